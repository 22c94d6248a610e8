import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Config } from '../../platform/config/config.js';
import { AccessibleBy, DescribedAt, NeedsScope, Request } from '../../platform/context/index.js';
import { Answer, Operation, ownOrigin } from '../../platform/http/index.js';
import { BodyValidationPipe } from '../../platform/input/index.js';
import { OwnApi } from '../own-api.js';
import { McpMessageDto } from './message.dto.js';
import { McpErrors } from './mcp.errors.js';
import { RESOURCE_METADATA_PATH } from './resource-metadata.controller.js';

/** What the SDK asks each client to accept, whatever it is given. */
const ANSWERS = 'application/json, text/event-stream';
/** The SDK takes a request with a URL, but reads only its method and headers. */
const ANY_URL = 'http://localhost/mcp';

/** The Model Context Protocol, by streamable HTTP without sessions: any process answers. */
@ApiTags('mcp')
@AccessibleBy('user')
@DescribedAt(RESOURCE_METADATA_PATH)
@Controller('mcp')
export class McpController {
  private readonly origins: ReadonlySet<string>;

  constructor(
    private readonly api: OwnApi,
    @Inject(Config) { door }: Config,
  ) {
    this.origins = new Set(door.corsOrigins);
  }

  @Operation({
    summary: 'Speak MCP',
    description:
      'Takes a JSON-RPC message of an MCP client, and answers with JSON. There are tools to search, add, change and forget memories and to read conversations; memory blocks are resources, and agent configurations are prompts. A tool does what its route does, with the same scopes, limits and errors. A key without the scope `write` is offered tools that read.',
    errors: [...Object.values(McpErrors)],
  })
  @NeedsScope('read')
  @Post()
  @HttpCode(200)
  @ApiAcceptedResponse({ description: 'A notification has no answer.' })
  @ApiOkResponse({
    description: 'The result or the error of the message.',
    schema: { type: 'object', additionalProperties: true },
  })
  async answer(
    @Request() request: FastifyRequest,
    @Body(BodyValidationPipe) message: McpMessageDto,
  ): Promise<Answer<unknown>> {
    const { headers, context } = request;
    this.refuseStranger(request);
    const { createMcpServer, createTransport, paramsFault } = await import('./mcp-server.js');
    const fault = message.id === undefined ? null : paramsFault(message);
    if (fault !== null) return invalidParams(message.id, fault);
    const baseUrl = ownOrigin(request) ?? '';
    const client = { call: (call: Parameters<OwnApi['call']>[1]) => this.api.call(request, call) };
    const { principal } = context;
    const mayWrite = principal?.readOnly === false && principal.scopes.has('write');
    const server = createMcpServer({ ...client, baseUrl }, mayWrite);
    const transport = createTransport();
    await server.connect(transport);
    try {
      const response = await transport.handleRequest(
        new globalThis.Request(ANY_URL, {
          method: 'POST',
          headers: { ...texts(headers), accept: ANSWERS, 'content-type': 'application/json' },
        }),
        { parsedBody: message },
      );
      const text = await response.text();
      const type = response.headers.get('content-type');
      return new Answer(text === '' ? undefined : text, {
        status: response.status,
        headers: type === null ? {} : { 'content-type': type },
      });
    } finally {
      await server.close();
    }
  }

  /** A page may call from an origin of CORS_ORIGINS, or from this host. */
  private refuseStranger({ headers }: FastifyRequest): void {
    const { origin, host } = headers;
    if (origin === undefined || this.origins.has(origin)) return;
    if (!URL.canParse(origin) || new URL(origin).host !== host) throw McpErrors.originRefused();
  }
}

/** Code of JSON-RPC for parameters that are not those of the method. */
const INVALID_PARAMS = -32_602;

const invalidParams = (id: unknown, message: string): Answer<unknown> =>
  new Answer(JSON.stringify({ jsonrpc: '2.0', id, error: { code: INVALID_PARAMS, message } }), {
    headers: { 'content-type': 'application/json' },
  });

/** The headers that came once. */
const texts = (headers: FastifyRequest['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter((one): one is [string, string] => typeof one[1] === 'string'),
  );
