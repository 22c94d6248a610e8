import { type Client } from '@modelcontextprotocol/sdk/client/index.js';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { FairSemaphore } from '../../platform/fairness/index.js';
import { fetchTools } from './list-tools.js';
import { type McpConnection } from './mcp-connection.js';
import { McpConnector, type McpLimits } from './mcp-connector.js';
import { toMcpFault, McpFault } from './mcp-fault.js';
import { type McpCheck, type McpContents, type McpServer } from './mcp-server.js';

/**
 * At most two checks of one owner run at a time, so that a user's silent servers do not block
 * others.
 */
const MAX_CHECKS = { total: 8, perOwner: 2 };
/** Leaves room for what is read but not kept: annotations, output schemas. */
const MAX_READ_BYTES = 4 * 1024 * 1024;
const MAX_NAME_CHARACTERS = 200;
const MAX_MESSAGES = 1_000;

/** Connects to an MCP server once, as an agent would, and reports the result. */
@Injectable()
export class McpChecker implements OnApplicationShutdown {
  private readonly checks = new FairSemaphore(MAX_CHECKS);
  private readonly closing = new AbortController();
  private readonly timeout: number;
  private readonly limits: McpLimits;

  constructor(
    config: Config,
    private readonly connector: McpConnector,
  ) {
    const { checkTimeout } = config.mcp;
    this.timeout = checkTimeout * 1000;
    this.limits = {
      timeoutMs: this.timeout,
      maxAnswerBytes: MAX_READ_BYTES,
      maxBytes: MAX_READ_BYTES,
      maxMessages: MAX_MESSAGES,
      cpuSeconds: 4 * Math.ceil(checkTimeout),
    };
  }

  /**
   * Checks a server within MCP_CHECK_TIMEOUT, waiting included. Ending a command may take two
   * seconds more.
   * @param principal who asks; the operator must allow commands
   * @returns on failure a description of our own, which contains nothing of the server's
   *   configuration
   * @throws the reason of the signal when it is aborted, and nothing else
   */
  async check(
    server: McpServer,
    principal: { owner: string; isService: boolean },
    signal?: AbortSignal,
  ): Promise<McpCheck> {
    const started = performance.now();
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new McpFault('timeout', 'The server did not answer in time.')),
      this.timeout,
    );
    const stop = AbortSignal.any([late.signal, this.closing.signal, ...(signal ? [signal] : [])]);
    const ms = (): number => Math.round(performance.now() - started);
    try {
      const { owner, isService } = principal;
      this.connector.check(server, isService);
      const contents = await this.checks.run(
        owner,
        () => this.contents(server, isService, stop),
        stop,
      );
      return {
        ok: true,
        ...contents,
        ...(server.transport === 'stdio' ? { isolation: await this.connector.isolation() } : {}),
        ms: ms(),
      };
    } catch (error) {
      signal?.throwIfAborted();
      const { reason, detail } = toMcpFault(error);
      return { ok: false, reason, detail, ms: ms() };
    } finally {
      clearTimeout(timer);
    }
  }

  onApplicationShutdown(): void {
    this.closing.abort(new McpFault('timeout', 'The service is shutting down.'));
  }

  private async contents(
    server: McpServer,
    isService: boolean,
    stop: AbortSignal,
  ): Promise<McpContents> {
    const connection = await this.connector.connection(server, isService, this.limits, stop);
    try {
      await connection.start(this.timeout);
      return await connection.ask((client) => this.read(client, connection));
    } finally {
      await connection.close();
    }
  }

  private async read(client: Client, connection: McpConnection): Promise<McpContents> {
    const tools = await fetchTools(client, this.timeout);
    const { name, version } = client.getServerVersion()!;
    return {
      serverInfo: {
        name: name.slice(0, MAX_NAME_CHARACTERS),
        version: version.slice(0, MAX_NAME_CHARACTERS),
      },
      protocolVersion: connection.protocolVersion,
      tools,
    };
  }
}
