// The tools of a configuration's MCP servers, for one turn. Connections are opened when they are
// needed, and kept until the turn ends: a server may keep what it was told before.
import type { CallToolRequest } from '@modelcontextprotocol/sdk/types.js';
import { AppError } from '../../platform/errors/index.js';
import { fetchTools } from '../mcp/list-tools.js';
import type { McpConnection } from '../mcp/mcp-connection.js';
import { McpFault, toMcpFault } from '../mcp/mcp-fault.js';
import type { McpServer, McpTool } from '../mcp/mcp-server.js';
import { orAborted } from '../mcp/or-aborted.js';
import type { WithOwner } from '../mcp-servers/configured-servers.js';
import { toConnection } from '../mcp-servers/mcp-servers.service.js';
import type { McpServerSecrets, SealedMcpServerRow } from '../mcp-servers/mcp-server-row.js';
import { redacted } from '../mcp-servers/redaction.js';
import type { ServerTool, ToolOutput } from './server-tool.js';
import { boundedTools } from './tool-bounds.js';
import { outputOf } from './tool-output.js';

export type SessionServer = WithOwner<SealedMcpServerRow>;

/** A server with its secrets. */
interface Opened {
  connection: McpConnection;
  /** Values that are removed from what the server says. */
  secrets: string[];
}

/** What a session needs of the process. */
export interface SessionPort {
  /** Resolves when the turn may connect. */
  enter(signal: AbortSignal): Promise<void>;
  /** Gives the place back. */
  leave(): void;
  secretsOf(server: SessionServer): Promise<McpServerSecrets>;
  /** @throws McpFault when too many commands run, or it is not allowed */
  connect(server: McpServer, isService: boolean, stop: AbortSignal): Promise<McpConnection>;
  disconnect(connection: McpConnection): Promise<void>;
  findTools(server: SessionServer): { tools: readonly McpTool[] | null } | undefined;
  keepTools(server: SessionServer, tools: readonly McpTool[] | null): void;
  warn(server: SessionServer, fault: McpFault): void;
}

export interface SessionTimes {
  listTimeoutMs: number;
  callTimeoutMs: number;
  totalTimeoutMs: number;
}

export interface ToolCall {
  server: string;
  name: string;
  input: Record<string, unknown>;
  /** The same when the call is made again after a crash. */
  callId: string;
}

export class McpToolSession {
  private readonly closing = new AbortController();
  private readonly stop: AbortSignal;
  private readonly connections = new Map<string, Promise<Opened>>();
  private readonly until: number;
  private entered: Promise<void> | undefined;

  /** @param signal ends all calls at once */
  constructor(
    private readonly port: SessionPort,
    private readonly servers: readonly SessionServer[],
    private readonly times: SessionTimes,
    private readonly signal: AbortSignal,
  ) {
    this.stop = AbortSignal.any([signal, this.closing.signal]);
    this.until = performance.now() + times.totalTimeoutMs;
  }

  /** No tool may be called any more. */
  get isOverdue(): boolean {
    return this.left <= 0;
  }

  /**
   * Lists the tools of all servers, in the order of the servers' names. The tools of a server that
   * cannot be asked are left out.
   * @throws the reason of the signal when it aborts
   */
  async tools(): Promise<ServerTool[]> {
    const lists = await Promise.all(this.servers.map((server) => this.toolsOf(server)));
    return lists.flatMap((tools, i) =>
      tools.map((tool) => ({ server: this.servers[i]!.name, ...tool })),
    );
  }

  /**
   * Calls a tool. A failure is an output for the model.
   * @throws the reason of the signal when it aborts, and nothing else
   */
  async call({ server: name, name: tool, input, callId }: ToolCall): Promise<ToolOutput> {
    const server = this.servers.find((one) => one.name === name);
    if (!server) return failed('There is no such server any more.');
    try {
      const timeout = Math.min(this.times.callTimeoutMs, this.left);
      if (timeout <= 0) throw TOO_LATE;
      return await within(timeout, this.stop, (signal) =>
        this.ask(server, { name: tool, arguments: input, _meta: { [CALL_ID]: callId } }, signal),
      );
    } catch (error) {
      this.stop.throwIfAborted();
      const fault = toolFault(error);
      this.port.warn(server, fault);
      return failed(fault.detail);
    }
  }

  /** Ends all connections. Resolves when nothing of them is left. Never rejects. */
  async close(): Promise<void> {
    this.closing.abort(new McpFault('timeout', 'The turn has ended.'));
    const opened = await Promise.allSettled(this.connections.values());
    const connected = opened.filter((one) => one.status === 'fulfilled');
    await Promise.all(connected.map(({ value }) => this.port.disconnect(value.connection)));
    this.port.leave();
  }

  private get left(): number {
    return this.until - performance.now();
  }

  private async toolsOf(server: SessionServer): Promise<readonly McpTool[]> {
    const known = this.port.findTools(server);
    if (known) return known.tools ?? [];
    try {
      const { connection, secrets } = await this.opened(server);
      const timeout = this.times.listTimeoutMs;
      const read = await within(timeout, this.stop, () =>
        connection.ask((client) => fetchTools(client, timeout)),
      );
      const tools = redacted(boundedTools(read), secrets);
      this.port.keepTools(server, tools);
      return tools;
    } catch (error) {
      this.stop.throwIfAborted();
      this.port.warn(server, toolFault(error));
      this.port.keepTools(server, null);
      return [];
    }
  }

  private async ask(
    server: SessionServer,
    params: CallToolRequest['params'],
    signal: AbortSignal,
  ): Promise<ToolOutput> {
    const { connection, secrets } = await this.opened(server);
    const options = { timeout: this.times.callTimeoutMs, signal };
    const { CallToolResultSchema } = await import('@modelcontextprotocol/sdk/types.js');
    const result = await connection.ask((client) =>
      client.request({ method: 'tools/call', params }, CallToolResultSchema, options),
    );
    return outputOf(result, (text) => redacted(text, secrets));
  }

  private opened(server: SessionServer): Promise<Opened> {
    const known = this.connections.get(server.id) ?? Promise.reject(NOT_OPEN);
    // Opened again after a server has broken off.
    const opening = known
      .catch(() => null)
      .then(async (open) => {
        if (open && !open.connection.isOver) return open;
        if (open) await this.port.disconnect(open.connection);
        return this.open(server);
      });
    this.connections.set(server.id, opening);
    return opening;
  }

  private async open(server: SessionServer): Promise<Opened> {
    this.entered ??= this.port.enter(this.stop);
    await this.entered;
    const secrets = await this.port.secretsOf(server);
    this.stop.throwIfAborted();
    const target = toConnection(server, secrets);
    const connection = await this.port.connect(target, server.owner === 'service', this.signal);
    try {
      this.stop.throwIfAborted();
      const { listTimeoutMs } = this.times;
      await within(listTimeoutMs, this.stop, () => connection.start(listTimeoutMs));
    } catch (error) {
      await this.port.disconnect(connection);
      throw error;
    }
    return { connection, secrets: Object.values(secrets).flatMap((one) => Object.values(one)) };
  }
}

/** Field of `_meta` by which a server can tell a call that is made again. */
const CALL_ID = 'threadkeep/callId';
const NOT_OPEN = new Error('not connected yet');
const TOO_LATE = new McpFault('timeout', 'The turn has no more time for tools.');
const SILENT = new McpFault('timeout', 'The tool did not answer in time.');

const NO_SECRETS = new McpFault('invalid', 'The secrets of the server cannot be read.');

const failed = (text: string): ToolOutput => ({ text, isError: true });

/** What the SDK says of a request that took too long, or that the server refused. */
function toolFault(error: unknown): McpFault {
  const { code } = error as { code?: unknown };
  if (code === REQUEST_TIMEOUT) return SILENT;
  if (error instanceof AppError) return NO_SECRETS;
  if (code === INVALID_PARAMS) return new McpFault('protocol', 'The server refuses this call.');
  return toMcpFault(error);
}

const REQUEST_TIMEOUT = -32_001;
const INVALID_PARAMS = -32_602;

/** @param work gets a signal that aborts when the time is over, or with `stop` */
async function within<T>(
  milliseconds: number,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(SILENT), milliseconds);
  const signal = AbortSignal.any([late.signal, stop]);
  try {
    return await orAborted(work(signal), signal);
  } finally {
    clearTimeout(timer);
  }
}
