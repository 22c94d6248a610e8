// Speaks as much of PostgreSQL's protocol as a start needs to find out that it cannot use the server: an old one, or one that falls silent.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const message = (type: string, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};
const int = (value: number, bytes: 2 | 4): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
};
const text = (value: string): Buffer => Buffer.from(`${value}\0`);

const READY = message('Z', Buffer.from('I'));
const loggedIn = (version: string): Buffer =>
  Buffer.concat([
    message('R', int(0, 4)),
    message('S', text('server_version'), text(version)),
    READY,
  ]);

/** One row of one column, whatever the question: only that of the version is asked. */
const answer = (value: string): Buffer =>
  Buffer.concat([
    message(
      'T',
      int(1, 2),
      text('server_version_num'),
      int(0, 4),
      int(0, 2),
      int(25, 4),
      int(-1, 2),
      int(-1, 4),
      int(0, 2),
    ),
    message('D', int(1, 2), int(value.length, 4), Buffer.from(value)),
    message('C', text('SELECT 1')),
    READY,
  ]);

export class StubPostgres {
  private constructor(
    private readonly server: Server,
    private readonly sockets: Set<Socket>,
  ) {}

  /** Lets everybody in as the version `value`, which it answers to every question, too; with null it is a new one, and says no more. */
  static async answering(value: string | null): Promise<StubPostgres> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(loggedIn(value === null ? '17.2' : `${Math.floor(Number(value) / 10_000)}.4`));
        socket.on('data', () => value !== null && socket.write(answer(value)));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new StubPostgres(server, sockets);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}
