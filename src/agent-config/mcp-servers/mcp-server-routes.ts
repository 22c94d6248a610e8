// The routes of MCP servers, for users and for the service.
import { Body, Delete, Get, HttpCode, Injectable, Param, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { VaultErrors } from '../../platform/vault/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { McpServerErrors } from './mcp-servers.errors.js';
import { BodyLimit } from '../../platform/door/index.js';
import {
  BodyExample,
  created,
  DisconnectSignal,
  IfMatch,
  Operation,
  withEtag,
} from '../../platform/http/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import { IdParameter, validateBody } from '../../platform/input/index.js';
import { McpCheckDto } from './dto/mcp-check.dto.js';
import { McpServerDto, toMcpServerDto } from './dto/mcp-server.dto.js';
import {
  NewCommandServerDto,
  NewRemoteServerDto,
  readNewServer,
  UpdateMcpServerDto,
} from './dto/mcp-server-body.dto.js';
import { McpServerGuard } from './mcp-server-guard.js';
import type { SealedMcpServerRow } from './mcp-server-row.js';
import { McpServersService } from './mcp-servers.service.js';

/** Routes that users and the service share; the scope decides whose servers they reach. */
@Injectable()
export abstract class McpServerRoutes {
  /** Path prefix of the routes. */
  protected abstract readonly path: string;

  constructor(protected readonly servers: McpServersService) {}

  @Operation({
    summary: 'Add an MCP server',
    description:
      'Values of headers, URL parameters and variables are secrets: encrypted and never returned.',
    errors: [
      McpServerErrors.nameTaken,
      McpServerErrors.agentConfigNotFound,
      McpServerErrors.invalid,
      McpServerErrors.commandRefused,
      McpServerErrors.urlRefused,
      McpServerErrors.tooMany,
      RequestErrors.refused,
      VaultErrors.notConfigured,
      VaultErrors.ownerNotFound,
      VaultErrors.keyMissing,
    ],
    headers: ['ETag', 'Location'],
  })
  @BodyLimit('large')
  @IdempotentPost()
  @BodyExample([NewRemoteServerDto, NewCommandServerDto], {
    name: 'github',
    transport: 'http',
    url: 'https://mcp.example/mcp',
    headers: { 'x-team': 'travel' },
  })
  @ApiCreatedResponse({ type: McpServerDto })
  async create(@Body(McpServerGuard) body: unknown) {
    const server = await this.servers.create(readNewServer(body));
    const location = `/${this.path}/${server.id}`;
    return created(toMcpServerDto(server), this.servers.etag(server), location);
  }

  @Operation({
    summary: 'Read an MCP server',
    errors: [McpServerErrors.notFound],
    headers: ['ETag'],
  })
  @Get(':id')
  @ApiOkResponse({ type: McpServerDto })
  async get(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.servers.get(id));
  }

  @Operation({
    summary: 'Edit an MCP server',
    description:
      'Fields that are left out stay as they are. For secrets, a text sets one, null removes it, and `{"secret": true}` leaves it. When the server moves to another URL or command, all its secrets have to be sent again.',
    errors: [
      McpServerErrors.notFound,
      McpServerErrors.nameTaken,
      McpServerErrors.changed,
      McpServerErrors.invalid,
      McpServerErrors.commandRefused,
      McpServerErrors.urlRefused,
      McpServerErrors.secretsNeeded,
      RequestErrors.refused,
      VaultErrors.notConfigured,
      VaultErrors.ownerNotFound,
      VaultErrors.keyMissing,
      VaultErrors.unreadable,
    ],
    headers: ['ETag'],
  })
  @BodyLimit('large')
  @Patch(':id')
  @BodyExample([UpdateMcpServerDto], { enabled: false })
  @ApiOkResponse({ type: McpServerDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(McpServerGuard) body: unknown,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(
      await this.servers.update(id, validateBody(UpdateMcpServerDto, body), expected),
    );
  }

  @Operation({ summary: 'Remove an MCP server', errors: [McpServerErrors.notFound] })
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@Param('id', IdParameter) id: string, @IfMatch() expected: number | undefined) {
    return this.servers.remove(id, expected);
  }

  // Not idempotent: it writes nothing, and an idempotency key would keep a transaction open while
  // the other server answers.
  @Operation({
    summary: 'Check that an MCP server answers',
    description:
      'Connects once and lists its tools, within `MCP_CHECK_TIMEOUT`. A command is started only when the operator allows it. A server that fails is answered with 200 and `ok: false`.',
    errors: [
      McpServerErrors.notFound,
      McpServerErrors.commandRefused,
      McpServerErrors.urlRefused,
      VaultErrors.notConfigured,
      VaultErrors.ownerNotFound,
      VaultErrors.keyMissing,
      VaultErrors.unreadable,
    ],
  })
  @Post(':id/check')
  @HttpCode(200)
  @ApiOkResponse({ type: McpCheckDto })
  async check(
    @Param('id', IdParameter) id: string,
    @DisconnectSignal() disconnected: AbortSignal,
  ): Promise<McpCheckDto> {
    return this.servers.check(id, disconnected).catch((error: unknown) => {
      if (error !== disconnected.reason) throw error;
      // The client has disconnected and does not read this.
      return { ok: false, ms: 0 };
    });
  }

  protected tagged(server: SealedMcpServerRow) {
    return withEtag(toMcpServerDto(server), this.servers.etag(server));
  }
}
