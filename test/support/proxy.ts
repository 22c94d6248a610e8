// A TCP proxy that can go silent, as a broken network does, be late, or cut every connection.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** `blackhole`: nothing passes and nobody is told; what was sent meanwhile arrives when it passes again. */
export type ProxyMode = 'pass' | 'blackhole' | 'reset';

export class TcpProxy {
  private mode: ProxyMode = 'pass';
  private readonly sockets = new Set<Socket>();
  private delay = 0;
  /** Times the server's side spoke after the client's: round trips that followed each other, on each connection. */
  roundTrips = 0;
  /** Questions of the longest chain, on whichever connections, of which each was asked when the one before was answered. Delay answers, or it counts those that were asked together, too. */
  longestChain = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {
    server.on('connection', (client) => this.accept(client));
  }

  /** In front of the server that `url` names. */
  static async inFrontOf(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, { host: hostname, port: Number(port) });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** `url` by way of this proxy. */
  through(url: string): string {
    return String(Object.assign(new URL(url), { host: `127.0.0.1:${this.port}` }));
  }

  set(mode: ProxyMode): void {
    this.mode = mode;
    for (const socket of this.sockets) this.apply(socket);
  }

  /** What the server says from now on arrives so many milliseconds later. */
  delayAnswers(milliseconds: number): void {
    this.delay = milliseconds;
  }

  async close(): Promise<void> {
    this.set('reset');
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(client: Socket): void {
    const server = connect(this.target);
    let hasAsked = false;
    let place = 0;
    client.on('data', () => {
      hasAsked = true;
      place = this.longestChain + 1;
    });
    server.on('data', () => {
      if (hasAsked) this.roundTrips++;
      hasAsked = false;
      const answered = place;
      setTimeout(() => (this.longestChain = Math.max(this.longestChain, answered)), this.delay);
    });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (chunk) => {
        if (from === client || this.delay === 0) to.write(chunk);
        else setTimeout(() => to.write(chunk), this.delay);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => this.sockets.delete(from));
    }
    for (const socket of [client, server]) this.apply(socket);
  }

  private apply(socket: Socket): void {
    if (this.mode === 'reset') socket.resetAndDestroy();
    else if (this.mode === 'blackhole') socket.pause();
    else socket.resume();
  }
}
