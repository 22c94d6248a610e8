// Begins sessions with the MCP servers of configurations, and bounds what all turns of this process
// use of them.
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import { FairSemaphore } from '../../platform/fairness/index.js';
import type { McpConnection } from '../mcp/mcp-connection.js';
import { McpConnector, type McpLimits } from '../mcp/mcp-connector.js';
import { McpFault } from '../mcp/mcp-fault.js';
import type { McpServer } from '../mcp/mcp-server.js';
import { ConfiguredServers, type ServerOwner } from '../mcp-servers/configured-servers.js';
import { RunnerServers } from '../mcp-servers/runner-servers.js';
import {
  McpToolSession,
  type SessionPort,
  type SessionServer,
  type SessionTimes,
} from './mcp-tool-session.js';
import { ToolLists } from './tool-lists.js';

/** Servers of one session, the first by their names. */
const MAX_SERVERS = 16;
/** A user may have a quarter of the places. */
const USER_SHARE = 0.25;
/** Commands that run for turns at a time. Fewer than the sandbox has users. */
const MAX_COMMANDS = { total: 48, perOwner: 12 };
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_COMMAND_BYTES = 16 * 1024 * 1024;
const MAX_MESSAGES = 5_000;

@Injectable()
export class McpToolSessions implements OnApplicationShutdown {
  private readonly logger = new Logger('McpTools');
  private readonly places: FairSemaphore;
  private readonly commands = new FairSemaphore(MAX_COMMANDS);
  private readonly running = new WeakMap<McpConnection, () => void>();
  private readonly closing = new Set<Promise<void>>();
  private readonly times: SessionTimes;
  private readonly limits: McpLimits;

  constructor(
    { mcp }: Config,
    private readonly servers: ConfiguredServers,
    private readonly choice: RunnerServers,
    private readonly connector: McpConnector,
    private readonly lists: ToolLists,
    private readonly contexts: RequestContexts,
  ) {
    const total = mcp.turnConcurrency;
    this.places = new FairSemaphore({ total, perOwner: Math.ceil(total * USER_SHARE) });
    this.times = {
      listTimeoutMs: mcp.checkTimeout * 1_000,
      callTimeoutMs: mcp.callTimeout * 1_000,
      totalTimeoutMs: mcp.turnTimeout * 1_000,
    };
    this.limits = {
      timeoutMs: this.times.totalTimeoutMs,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      maxBytes: MAX_COMMAND_BYTES,
      maxMessages: MAX_MESSAGES,
      cpuSeconds: Math.ceil(mcp.turnTimeout),
    };
  }

  /** Commands end before the process does. */
  async onApplicationShutdown(): Promise<void> {
    while (this.closing.size > 0) await Promise.all(this.closing);
  }

  /**
   * Begins a session with the servers that a runner of the configuration would get, for the user of
   * the scope. Nothing is connected yet.
   * @param signal ends all calls of the session at once
   */
  async begin(
    config: { id: string; owner: ServerOwner },
    signal: AbortSignal,
  ): Promise<McpToolSession> {
    const all = await this.servers.all(config, await this.servers.own(config.id));
    const { servers } = this.choice.select(all);
    return new McpToolSession(this.port(), servers.slice(0, MAX_SERVERS), this.times, signal);
  }

  /** Ends a session, in the background. */
  end(session: McpToolSession): void {
    const closed: Promise<void> = session.close().finally(() => this.closing.delete(closed));
    this.closing.add(closed);
  }

  private port(): SessionPort {
    const { owner } = this.contexts;
    let leave = () => {};
    const left = new Promise<void>((resolve) => (leave = resolve));
    return {
      enter: (signal) =>
        new Promise((resolve, reject) => {
          const stay = (): Promise<void> => {
            resolve();
            return left;
          };
          this.places.run(owner, stay, signal).catch(reject);
        }),
      leave,
      secretsOf: (server) => this.servers.open(server),
      connect: (server, isService, stop) => this.connect(owner, server, isService, stop),
      disconnect: (connection) => this.disconnect(connection),
      findTools: (server) => this.lists.find(server),
      keepTools: (server, tools) => this.lists.keep(server, tools),
      warn: (server, fault) => this.warn(server, fault),
    };
  }

  private async connect(
    owner: string,
    server: McpServer,
    isService: boolean,
    stop: AbortSignal,
  ): Promise<McpConnection> {
    const release = server.transport === 'stdio' ? this.commands.tryTake(owner) : () => {};
    if (!release)
      throw new McpFault('unreachable', 'Too many commands are running. Try again later.');
    try {
      const connection = await this.connector.connection(server, isService, this.limits, stop);
      this.running.set(connection, release);
      return connection;
    } catch (error) {
      release();
      throw error;
    }
  }

  private async disconnect(connection: McpConnection): Promise<void> {
    await connection.close();
    this.running.get(connection)?.();
  }

  private warn({ id, owner }: SessionServer, { reason, detail }: McpFault): void {
    this.logger.warn({
      msg: 'an MCP server failed in a turn',
      serverId: id,
      owner,
      reason,
      detail,
    });
  }
}
