import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { type Readable, type Writable } from 'node:stream';
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import { type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { childEnvironment } from './child-environment.js';
import { McpFault } from './mcp-fault.js';
import { type StdioServer } from './mcp-server.js';
import { ProcessGroup } from './process-group.js';

/**
 * MCP over the standard streams of a child. Unlike the SDK's it starts the child in a process group, so that all of it can be ended,
 * passes nothing else of our environment, and bounds what is read. Standard error goes nowhere.
 */
export class ChildTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  private child: ChildProcessByStdio<Writable, Readable, null> | undefined;
  private closed: Promise<void> | undefined;
  private readonly buffer: ReadBuffer;

  /**
   * @param left bytes that are read of it
   * @param fail told once the conversation cannot go on
   */
  constructor(
    private readonly server: StdioServer,
    private left: number,
    private readonly fail: (fault: McpFault) => void,
  ) {
    this.buffer = new ReadBuffer({ maxBufferSize: left });
  }

  /** @throws McpFault when the command cannot be started */
  async start(): Promise<void> {
    const cannot = new McpFault('unreachable', 'The command cannot be started.');
    const child = this.spawned(cannot);
    this.child = child;
    child.stdin.on('error', (error) => this.onerror?.(error));
    child.stdout.on('error', (error) => this.onerror?.(error)).on('data', (chunk: Buffer) => this.read(chunk));
    await new Promise<void>((resolve, reject) => child.on('error', () => reject(cannot)).once('spawn', resolve));
    child.on('close', (code, signal) => this.ended(signal ?? `exit code ${code}`));
  }

  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => this.child!.stdin.write(serializeMessage(message), (error) => (error ? reject(error) : resolve())));
  }

  /** Ends the child and what it started. Never fails. */
  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    if (this.child) {
      this.child.stdin.end();
      await new ProcessGroup(this.child).end();
      this.child.stdin.destroy();
      this.child.stdout.destroy();
    }
    this.onclose?.();
  }

  private spawned(otherwise: McpFault): ChildProcessByStdio<Writable, Readable, null> {
    const { command, args, env } = this.server;
    try {
      return spawn(command, args, { cwd: '/', env: childEnvironment(env), detached: true, windowsHide: true, stdio: ['pipe', 'pipe', 'ignore'] });
    } catch {
      // Some failures are thrown instead of told, as of arguments that are too long.
      throw otherwise;
    }
  }

  private ended(how: string): void {
    if (this.closed) return;
    this.fail(new McpFault('exited', `The command ended (${how}) before it had answered.`));
    this.onclose?.();
  }

  private read(chunk: Buffer): void {
    this.left -= chunk.length;
    if (this.closed) return;
    if (this.left < 0) return this.fail(new McpFault('too_large', 'The command writes too much.'));
    this.buffer.append(chunk);
    while (this.readLine());
  }

  /** False when there is none. */
  private readLine(): boolean {
    try {
      const message = this.buffer.readMessage();
      if (message) this.onmessage?.(message);
      return message !== null;
    } catch (error) {
      // Servers that log to their standard output get by with some lines of it.
      this.onerror?.(error as Error);
      return true;
    }
  }
}
