// A Redis of the test's own, to be killed, frozen, filled and poisoned.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { type RedisClient, redisOptions } from '../../src/platform/redis/index.js';
import { freePort } from './processes.js';
import { eventually } from './wait.js';

const MISSING =
  'redis-server is not on the PATH. Install it (Debian: apt-get install redis-server, macOS: brew install redis) and run npm run test:faults again.';

/** Of a server that takes nothing but TLS. Paths of files in PEM. */
export interface RedisServerTls {
  /** Whose certificates of clients it trusts, and whose its own is from. */
  ca: string;
  certificate: string;
  key: string;
  /** What it asks of its clients, when it does. */
  client?: { certificate: string; key: string };
}

export class RedisServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly directory: string,
    readonly port: number,
    /** What it shows from its next start on. */
    public tls: RedisServerTls | undefined,
  ) {}

  /** @throws Error that says how to get it when it is not installed. */
  static async start(tls?: RedisServerTls): Promise<RedisServer> {
    if (spawnSync('redis-server', ['--version']).error) throw new Error(MISSING);
    const server = new RedisServer(
      await mkdtemp(join(tmpdir(), 'threadkeep-redis-')),
      await freePort(),
      tls,
    );
    await server.run();
    return server;
  }

  get url(): string {
    return this.tls ? `rediss://localhost:${this.port}` : `redis://127.0.0.1:${this.port}`;
  }

  /** Empty, as it keeps nothing on the disk. */
  async run(): Promise<void> {
    const child = spawn(
      'redis-server',
      [
        ...this.ports(),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--appendonly',
        'no',
        '--dir',
        this.directory,
      ],
      { stdio: 'ignore' },
    );
    this.child = child;
    await eventually(
      async () =>
        child.exitCode !== null ||
        this.ask((client) => client.ping()).then(
          () => true,
          () => false,
        ),
    );
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
  }

  /** SIGKILL, also when it is frozen. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** It accepts connections, which the kernel does, and answers nothing. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** Up and answering, whatever a test has left it in. */
  async heal(): Promise<void> {
    this.thaw();
    if (this.child?.exitCode !== null || this.child.signalCode !== null) await this.run();
  }

  /** On a connection that is made for it. */
  async ask<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    const { ca, client: shown } = this.tls ?? {};
    const read = (path: string) => readFileSync(path, 'utf8');
    const tls =
      ca === undefined
        ? undefined
        : { ca: read(ca), ...(shown && { cert: read(shown.certificate), key: read(shown.key) }) };
    const options = redisOptions({ url: this.url, tls });
    const client: RedisClient = createClient({
      ...options,
      socket: { ...options.socket, reconnectStrategy: false as const },
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      client.destroy();
    }
  }

  private ports(): string[] {
    const { port, tls } = this;
    if (!tls) return ['--port', String(port)];
    const files = [
      '--tls-cert-file',
      tls.certificate,
      '--tls-key-file',
      tls.key,
      '--tls-ca-cert-file',
      tls.ca,
    ];
    return [
      '--port',
      '0',
      '--tls-port',
      String(port),
      ...files,
      '--tls-auth-clients',
      tls.client ? 'yes' : 'no',
    ];
  }

  keys(pattern: string): Promise<string[]> {
    return this.ask((client) => client.keys(pattern));
  }

  /** What lies under a key, as it lies there. */
  raw(key: string): Promise<string | null> {
    return this.ask((client) => client.get(key));
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}
