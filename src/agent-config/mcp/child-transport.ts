import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { type Readable, type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import { type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { McpFault } from './mcp-fault.js';
import { type StdioServer } from './mcp-server.js';
import { type Cell, type Sandbox } from './sandbox.js';
import { ProcessGroup } from './process-group.js';

/** How long an exit is waited for after a failed write. */
const EXIT_REPORT_MS = 1_000;

export interface ChildLimits {
  /** All that is read. */
  maxBytes: number;
  maxAnswerBytes: number;
  /** Processor time of each process of the command. */
  cpuSeconds: number;
}

/**
 * MCP over the standard streams of a child process. Unlike the SDK's transport it uses a sandbox
 * and a process group, so that all processes can be ended, and limits what is read. Standard error
 * is discarded.
 */
export class ChildTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  private child: ChildProcessByStdio<Writable, Readable, null> | undefined;
  private closed: Promise<void> | undefined;
  private cell: Cell | undefined;
  private hasWritten = false;
  /** Resolves when the child has ended and its streams are closed. */
  private gone: Promise<void> = Promise.resolve();
  private readonly buffer: ReadBuffer;
  private bytesLeft: number;

  /** @param fail called when the connection cannot continue */
  constructor(
    private readonly server: StdioServer,
    private readonly sandbox: Sandbox,
    private readonly limits: ChildLimits,
    private readonly fail: (fault: McpFault) => void,
  ) {
    this.bytesLeft = limits.maxBytes;
    this.buffer = new ReadBuffer({ maxBufferSize: limits.maxAnswerBytes });
  }

  /** @throws McpFault when the command cannot be started */
  async start(): Promise<void> {
    const cell = await this.sandbox.enter(this.server, this.limits.cpuSeconds);
    if (this.closed) {
      await cell.leave();
      throw CANNOT_START;
    }
    this.cell = cell;
    const child = spawned(cell);
    this.child = child;
    child.stdin.on('error', (error) => this.onerror?.(error));
    child.stdout
      .on('error', (error) => this.onerror?.(error))
      .on('data', (chunk: Buffer) => this.read(chunk));
    await new Promise<void>((resolve, reject) =>
      child.on('error', () => reject(CANNOT_START)).once('spawn', resolve),
    );
    this.gone = new Promise<void>((resolve) =>
      child.on('close', (code, signal) => {
        this.ended(code, signal);
        resolve();
      }),
    );
  }

  /**
   * A command that has ended cannot be written to. Its exit, which says more, may be reported a
   * moment later.
   */
  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) =>
      this.child!.stdin.write(serializeMessage(message), (error) => {
        if (!error) return resolve();
        void Promise.race([this.gone, sleep(EXIT_REPORT_MS, undefined, { ref: false })]).then(() =>
          reject(error),
        );
      }),
    );
  }

  /** Ends the child and the processes it started. Never rejects. */
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
    await this.cell?.leave();
    this.onclose?.();
  }

  private ended(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.closed) return;
    // The shell of the sandbox exits with 126 or 127 when the command does not exist.
    const isMissing = !this.hasWritten && (code === 126 || code === 127);
    this.fail(
      isMissing
        ? CANNOT_START
        : new McpFault(
            'exited',
            `The command ended (${signal ?? `exit code ${code}`}) before it had answered.`,
          ),
    );
    this.onclose?.();
  }

  private read(chunk: Buffer): void {
    this.hasWritten = true;
    this.bytesLeft -= chunk.length;
    if (this.closed) return;
    if (this.bytesLeft < 0 || !this.keeps(chunk))
      return this.fail(new McpFault('too_large', 'The command writes too much.'));
    while (this.readLine());
  }

  /** Returns false for a line that is longer than an answer may be. */
  private keeps(chunk: Buffer): boolean {
    try {
      this.buffer.append(chunk);
      return true;
    } catch {
      return false;
    }
  }

  /** Reads a line. Returns false when no complete line is left. */
  private readLine(): boolean {
    try {
      const message = this.buffer.readMessage();
      if (message) this.onmessage?.(message);
      return message !== null;
    } catch (error) {
      // Ignores some wrong lines: servers log to standard output by mistake.
      this.onerror?.(error as Error);
      return true;
    }
  }
}

const CANNOT_START = new McpFault('unreachable', 'The command cannot be started.');

/** @throws McpFault */
function spawned({
  file,
  args,
  env,
  identity,
}: Cell): ChildProcessByStdio<Writable, Readable, null> {
  try {
    return spawn(file, args, {
      cwd: '/',
      env,
      ...identity,
      detached: true,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  } catch {
    // spawn throws some errors instead of emitting them, such as for arguments that are too long.
    throw CANNOT_START;
  }
}
