// An HTTP proxy that fails by script: it answers itself, loses an answer, or cuts one after some bytes.
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestOf,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export type ProxyFault =
  /** Answers in place of the server. */
  | { status: number; headers?: Record<string, string>; body?: string }
  /** The server gets the request, and its answer is lost. */
  | 'lost'
  /** Nothing is answered, until the client goes away. */
  | 'silent'
  /** Passes so many bytes of the body; then the connection breaks, or ends in order, or goes silent. */
  | { cutAfterBytes: number; how: 'broken' | 'ended' | 'silent' };

export interface ProxiedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
}

export class FaultyProxy {
  readonly requests: ProxiedRequest[] = [];
  private readonly script: (ProxyFault | null)[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.pass(request, response),
    );
  }

  static async inFrontOf(target: string): Promise<FaultyProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultyProxy(server, target);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What happens to the next requests, in order; null passes one. All others pass. */
  next(...faults: (ProxyFault | null)[]): void {
    this.script.push(...faults);
  }

  /** Faults that have not happened yet. */
  get pending(): number {
    return this.script.length;
  }

  forget(): void {
    this.requests.length = 0;
    this.script.length = 0;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url: path = '', headers } = request;
    this.requests.push({ method, path, headers });
    const fault = this.script.shift() ?? null;
    if (fault === 'silent') return;
    if (fault !== null && typeof fault === 'object' && 'status' in fault) {
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    const upstream = requestOf(this.target + path, { method, headers }, (answer) => {
      if (fault === 'lost') {
        response.destroy();
        answer.resume();
        return;
      }
      // An end in order is one that the length does not contradict.
      if (fault !== null) delete answer.headers['content-length'];
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      let left = fault === null ? Infinity : fault.cutAfterBytes;
      answer.on('data', (chunk: Buffer) => {
        response.write(chunk.subarray(0, left));
        left -= chunk.length;
        if (left > 0 || fault === null) return;
        upstream.destroy();
        // What was written before has to arrive.
        if (fault.how === 'broken') setImmediate(() => response.destroy());
        if (fault.how === 'ended') response.end();
      });
      answer.on('end', () => left > 0 && response.end());
      answer.on('error', () => {});
    });
    upstream.on('error', () => {});
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }
}
