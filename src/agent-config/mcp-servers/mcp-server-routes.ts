// The routes of MCP servers, for users and for the service.
import { Body, Delete, Get, HttpCode, Injectable, Param, Patch, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { Request } from '../../platform/context/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import {
  ApiNotModified,
  created,
  DisconnectSignal,
  IfMatch,
  IdempotentPost,
  IdParameter,
  withEtag,
} from '../../platform/http/index.js';
import { documented, readBody } from '../agent-config-input.js';
import { McpCheckDto } from './dto/mcp-check.dto.js';
import { McpServerDto, toMcpServerDto } from './dto/mcp-server.dto.js';
import { McpServerGuard } from './mcp-server-guard.js';
import { mcpServerChangesSchema, newMcpServerSchema } from './mcp-server-input.js';
import type { SealedMcpServerRow } from './mcp-server-row.js';
import { McpServersService } from './mcp-servers.service.js';

/** What can be done with a server, whoever owns it: the scope says whose they are. */
@Injectable()
export abstract class McpServerRoutes {
  /** Where they are. */
  protected abstract readonly path: string;

  constructor(protected readonly servers: McpServersService) {}

  /** Values of headers, of parameters of the URL and of the environment are kept secret: no answer has them. */
  @BodyLimit('large')
  @IdempotentPost()
  @ApiBody({ schema: documented(newMcpServerSchema) })
  @ApiCreatedResponse({ type: McpServerDto })
  async create(@Body(McpServerGuard) body: unknown) {
    const server = await this.servers.create(readBody(newMcpServerSchema, body));
    const location = `/${this.path}/${server.id}`;
    return created(toMcpServerDto(server), this.servers.etag(server), location);
  }

  @Get(':id')
  @ApiOkResponse({ type: McpServerDto })
  @ApiNotModified()
  async get(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.servers.get(id));
  }

  /** Of secrets, a text sets one, null takes it away, and `{"secret": true}` or nothing leaves it; at another place all have to be sent again. */
  @BodyLimit('large')
  @Patch(':id')
  @ApiBody({ schema: documented(mcpServerChangesSchema) })
  @ApiOkResponse({ type: McpServerDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(McpServerGuard) body: unknown,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(
      await this.servers.update(id, readBody(mcpServerChangesSchema, body), expected),
    );
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@Param('id', IdParameter) id: string, @IfMatch() expected: number | undefined) {
    return this.servers.remove(id, expected);
  }

  /** Connects to it once and lists its tools, within MCP_CHECK_TIMEOUT. A command is started only when the operator allows it: a user's with its very arguments. */
  // Nothing is written, and nothing may be open in the database while another server takes its time: no IdempotentPost.
  @Post(':id/check')
  @HttpCode(200)
  @ApiOkResponse({ type: McpCheckDto })
  async check(
    @Param('id', IdParameter) id: string,
    @DisconnectSignal() disconnected: AbortSignal,
  ): Promise<McpCheckDto> {
    return this.servers.check(id, disconnected).catch((error: unknown) => {
      if (error !== disconnected.reason) throw error;
      // The client has left and does not read this.
      return { ok: false, ms: 0 };
    });
  }

  protected tagged(server: SealedMcpServerRow) {
    return withEtag(toMcpServerDto(server), this.servers.etag(server));
  }
}
