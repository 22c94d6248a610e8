// Processes of the built application on one database and one Redis, each of which may be killed and started again.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from './database.js';
import { freePort, Started } from './processes.js';
import { RedisServer } from './redis-server.js';
import { Wire, type WireResponse } from './wire.js';

class Member {
  private process: Started | undefined;
  private wire: Wire | undefined;
  /** Settles when it listens. */
  ready: Promise<unknown> = Promise.resolve();

  constructor(private readonly environment: Record<string, string>) {}

  get output(): string {
    return `${this.process?.output}${this.process?.errors}`;
  }

  start(): Promise<unknown> {
    this.process = Started.run(this.environment);
    this.ready = this.process.url().then((url) => (this.wire = new Wire(url, 100)));
    return this.ready;
  }

  /** Requests under way end with a broken connection. */
  async crash(): Promise<void> {
    const { process, wire } = this;
    this.wire = undefined;
    await process?.kill('SIGKILL');
    wire?.close();
  }

  async stop(): Promise<void> {
    await this.ready.catch(() => undefined);
    await this.crash();
  }

  /** Rejects when nobody answers. */
  request(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<WireResponse> {
    return this.wire
      ? this.wire.json(method, path, headers, body)
      : Promise.reject(new Error('not started'));
  }
}

/** Tries of one request, 50 ms apart: as long as a start may take. */
const TRIES = 600;

export class Cluster {
  /** Requests that were sent again, because the process that had them was killed. */
  repeated = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly redis: RedisServer,
    readonly serviceKey: string,
    readonly members: Member[],
  ) {}

  static async start(size: number): Promise<Cluster> {
    const [database, redis] = [await createTestDatabase(), await RedisServer.start()];
    const serviceKey = `tk_${randomBytes(32).toString('base64url')}`;
    const shared = {
      DATABASE_URL: database.adminUrl,
      REDIS_URL: redis.url,
      BOOTSTRAP_API_KEY: serviceKey,
      DB_POOL_SIZE: '6',
      DB_POOL_OVERFLOW: '0',
      JOB_CONCURRENCY: '0',
    };
    const members: Member[] = [];
    for (let i = 0; i < size; i++)
      members.push(new Member({ ...shared, PORT: String(await freePort()) }));
    const cluster = new Cluster(database, redis, serviceKey, members);
    // The first makes the key.
    for (const member of members) await member.start();
    return cluster;
  }

  /** Through one process; through the next one when that is killed meanwhile. Give writes a key of their own. */
  async send(
    first: number,
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<WireResponse> {
    for (let i = 0; ; i++) {
      const answer = await this.members[(first + i) % this.members.length]!.request(
        method,
        path,
        headers,
        body,
      ).catch((error: Error) => error);
      const inFlight =
        'status' in answer &&
        answer.status === 409 &&
        answer.text.includes('"idempotency.in_flight"');
      if ('status' in answer && !inFlight) return answer;
      if (i > TRIES) throw answer instanceof Error ? answer : new Error(answer.text);
      this.repeated++;
      await sleep(50);
    }
  }

  async stop(): Promise<void> {
    for (const member of this.members) await member.stop();
    await this.redis.stop();
    await this.database.drop();
  }
}
