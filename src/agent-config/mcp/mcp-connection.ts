import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { McpFault } from './mcp-fault.js';
import { orAborted } from './or-aborted.js';
import { leaveSession } from './remote-transport.js';

const SESSION_END_TIMEOUT_MS = 500;
const MAX_STRAY_MESSAGES = 100;

/** A connection to an MCP server, which ends when the server does not keep to the limits. */
export class McpConnection {
  private readonly client = new Client({ name: 'threadkeep', version: '1' }, { capabilities: {} });
  private readonly failure = new AbortController();
  private readonly signal: AbortSignal;
  private readonly transport: Transport;
  private negotiated = '';
  private closed: Promise<void> | undefined;

  /**
   * @param open makes the transport; `fail` ends the connection
   * @param maxMessages that are read; parsing megabytes of small ones would keep the process busy
   * @param stop ends the connection from outside
   */
  constructor(
    open: (fail: (error: Error) => void) => Transport,
    maxMessages: number,
    stop: AbortSignal,
  ) {
    const fail = (error: Error): void => this.failure.abort(error);
    this.signal = AbortSignal.any([stop, this.failure.signal]);
    this.transport = open(fail);
    // The client calls these handlers before its own.
    this.transport.onmessage = atMost(maxMessages, () =>
      fail(new McpFault('too_large', 'The server sends too many messages.')),
    );
    this.transport.onerror = atMost(MAX_STRAY_MESSAGES, () =>
      fail(
        new McpFault(
          'protocol',
          'The server sends messages that are not of the Model Context Protocol.',
        ),
      ),
    );
    this.noteVersion();
  }

  /** Negotiated version of the protocol, a date. */
  get protocolVersion(): string {
    return this.negotiated;
  }

  /** True once nothing can be asked any more. */
  get isOver(): boolean {
    return this.signal.aborted || this.closed !== undefined;
  }

  /** @throws McpFault, the reason of `stop`, or an error of the SDK */
  start(timeout: number): Promise<void> {
    return this.ask((client) => client.connect(this.transport, { timeout }));
  }

  /**
   * Asks the server something. After an abort the SDK reports its closed transport, which is only a
   * consequence: the reason of the abort is thrown.
   */
  async ask<T>(question: (client: Client) => Promise<T>): Promise<T> {
    this.signal.throwIfAborted();
    try {
      return await orAborted(question(this.client), this.signal);
    } catch (error) {
      throw this.signal.aborted ? this.signal.reason : error;
    }
  }

  /** Ends the connection, and a command with all processes that it started. Never rejects. */
  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    if (!this.signal.aborted) await leaveSession(this.transport, SESSION_END_TIMEOUT_MS);
    await this.client.close().catch(() => {});
    await this.transport.close().catch(() => {});
  }

  /** The client passes the version only to its transport. */
  private noteVersion(): void {
    const { transport } = this;
    const inform = transport.setProtocolVersion?.bind(transport);
    transport.setProtocolVersion = (version) => {
      this.negotiated = version;
      inform?.(version);
    };
  }
}

function atMost(times: number, otherwise: () => void): () => void {
  let left = times;
  return () => {
    if (--left < 0) otherwise();
  };
}
