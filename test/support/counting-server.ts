// A listener on loopback that counts who connects.
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export class CountingServer {
  connections = 0;
  readonly requests: string[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => {});
    });
    server.on('request', (request: IncomingMessage) =>
      this.requests.push(`${request.method} ${request.url}`),
    );
  }

  static async start(
    answer: RequestListener = (_request, response) => response.end(),
    host = '127.0.0.1',
    port = 0,
  ): Promise<CountingServer> {
    const server = createServer(answer).listen(port, host);
    await once(server, 'listening');
    return new CountingServer(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get open(): number {
    return this.sockets.size;
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, 'close');
  }
}

/** Writes until the other side goes. */
export function endless(response: ServerResponse, chunk: Buffer | string): void {
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
