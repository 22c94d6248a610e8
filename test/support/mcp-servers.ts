// MCP servers to be checked: the reference server, and small ones that do one thing wrong.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import type { StdioServer } from '../../src/agent-config/mcp/mcp-server.js';
import { PROJECT, plainEnvironment } from './npm.js';
import { freePort, isAlive } from './processes.js';
import { eventually } from './wait.js';

export const REFERENCE = join(
  PROJECT,
  'node_modules/@modelcontextprotocol/server-everything/dist/index.js',
);

/** The reference server over HTTP, on a port of its own. */
export class ReferenceServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(mode: 'streamableHttp' | 'sse'): Promise<ReferenceServer> {
    const port = await freePort();
    const child = spawn(process.execPath, [REFERENCE, mode], {
      env: { ...plainEnvironment(), PORT: String(port) },
      stdio: 'ignore',
    });
    await eventually(() =>
      fetch(`http://127.0.0.1:${port}/none`).then(
        () => true,
        () => false,
      ),
    );
    return new ReferenceServer(child, port);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    if (this.child.exitCode === null && this.child.signalCode === null)
      await once(this.child, 'exit');
  }
}

/** A script of Node as a server; `answer(request)` is what it says, and `say(object)` is at its hands. */
export function scripted(body: string, env: Record<string, string> = {}): StdioServer {
  const script = `
    const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
    const hello = { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'scripted', version: '1' } };
    const answerWith = (answer) => require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method, params } = JSON.parse(line);
      if (id === undefined) return;
      say({ jsonrpc: '2.0', id, result: method === 'initialize' ? hello : answer(params) });
    });
    ${body}`;
  return { transport: 'stdio', command: process.execPath, args: ['-e', script], env };
}

/** Answers a POST of MCP with JSON, without sessions and streams. */
export function answering(
  answer: (request: { method: string; params?: Record<string, unknown> }) => unknown,
): RequestListener {
  return (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { id, method, params } = JSON.parse(body) as {
        id?: number;
        method: string;
        params?: Record<string, unknown>;
      };
      if (id === undefined) return void response.writeHead(202).end();
      const hello = {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'answering', version: '1' },
      };
      const result =
        method === 'initialize' ? hello : answer({ method, ...(params ? { params } : {}) });
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    });
  };
}

/** Processes that run with this in their environment (Linux). */
export function processesWith(marker: string): number[] {
  const holds = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(marker);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && holds(name))
    .map(Number)
    .filter(isAlive);
}
