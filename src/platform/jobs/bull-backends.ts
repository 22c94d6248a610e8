// The two back-ends of BullMQ. BullMQ is loaded when one is opened, so a process without jobs does
// not load it.
import type { EventEmitter } from 'node:events';
import type { ConnectionOptions, NodeRedisRawClient, PgPool } from 'bullmq';
import { createClient } from 'redis';
import { type Connection, QUEUE_CONNECTIONS, SafePool } from '../database/index.js';
import type { RedisSettings } from '../config/redis-settings.js';
import { type RedisClient, redisOptions } from '../redis/index.js';
import { type BullBackend, processorOf, QUEUE, WORKER_OPTIONS } from './bull-transport.js';
import { bullmq } from './bullmq.js';
import { BULLMQ_SCHEMA } from './bullmq-schema.js';
import type { Run } from './job-transport.js';

export interface Workers {
  run: Run;
  concurrency: number;
}

const PREFIX = 'threadkeep';
const OPEN_TIMEOUT_MS = 30_000;
/** Keeps BullMQ's own history short. It is not used. */
const STREAMS = { events: { maxLen: 100 } };

/** A worker waits on its connection, so the socket time-out must be longer than its wait. */
function workerClient(settings: RedisSettings): RedisClient {
  const { url, socket } = redisOptions(settings);
  return quiet(
    createClient({
      url,
      socket: { ...socket, socketTimeout: 3 * WORKER_OPTIONS.drainDelay * 1000 },
    }),
  );
}

/** Adds an error listener. Without one, a dropped connection would end the process. */
function quiet<T>(client: T): T {
  (client as EventEmitter).on('error', () => undefined);
  return client;
}

const classes = async () => ({
  ...(await bullmq<'Queue'>('classes/queue')),
  ...(await bullmq<'Worker'>('classes/worker')),
});

/** Wraps the clients as BullMQ would, but keeps an error listener after BullMQ has closed them. */
async function wrapped(clients: readonly unknown[]): Promise<ConnectionOptions[]> {
  const { createNodeRedisClient } = await bullmq<'createNodeRedisClient'>(
    'classes/node-redis-client',
  );
  return clients.map(
    (client) =>
      quiet(createNodeRedisClient(client as NodeRedisRawClient)) as unknown as ConnectionOptions,
  );
}

/** Opens two connections. BullMQ opens a third one to wait on. */
export async function redisBackend(
  settings: RedisSettings,
  { run, concurrency }: Workers,
): Promise<BullBackend> {
  const { Queue, Worker } = await classes();
  const clients = [quiet(createClient(redisOptions(settings))), workerClient(settings)] as const;
  const [publishing, working] = await wrapped(clients);
  const common = { prefix: PREFIX, skipVersionCheck: true };
  const queue = new Queue(QUEUE, { ...common, connection: publishing!, streams: STREAMS });
  const worker = new Worker(QUEUE, processorOf(run), {
    ...common,
    ...WORKER_OPTIONS,
    connection: working!,
    concurrency,
  });
  const disconnect = async () => clients.forEach((client) => client.isOpen && client.destroy());
  return { kind: 'redis', queue, worker, isReady: () => clients[0].isReady, disconnect };
}

/**
 * Opens up to three connections as the system; one of them listens. BullMQ's rows contain job ids
 * and nothing else. What BullMQ creates belongs to the role, not to the login.
 * @throws Error when its schema is missing, or has another version
 */
export async function postgresBackend(
  { url, connectTimeout = OPEN_TIMEOUT_MS }: Pick<Connection, 'url' | 'connectTimeout'>,
  role: string,
  { run, concurrency }: Workers,
): Promise<BullBackend> {
  const { Queue, Worker } = await classes();
  const { createPostgresBackend } = await bullmq<'createPostgresBackend'>(
    'postgres/create-postgres-backend',
  );
  const options = `-c role=${role} -c search_path=${BULLMQ_SCHEMA}`;
  const pool = new SafePool({
    connectionString: url,
    options,
    max: QUEUE_CONNECTIONS,
    keepAlive: true,
    connectionTimeoutMillis: OPEN_TIMEOUT_MS,
    connectTimeout,
    application_name: 'threadkeep jobs',
  });
  pool.on('error', () => undefined);
  const queue = new Queue(
    QUEUE,
    { connection: pool as unknown as PgPool, streams: STREAMS },
    createPostgresBackend,
  );
  queue.on('error', () => undefined);
  try {
    await queue.waitUntilReady();
  } catch (error) {
    await queue.close().catch(() => undefined);
    await pool.end();
    throw error;
  }
  const worker = new Worker(
    QUEUE,
    processorOf(run),
    { ...WORKER_OPTIONS, connection: pool as unknown as PgPool, concurrency },
    createPostgresBackend,
  );
  return { kind: 'postgres', queue, worker, isReady: () => true, disconnect: () => pool.end() };
}
