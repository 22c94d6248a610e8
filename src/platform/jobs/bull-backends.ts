// BullMQ on Redis. It is loaded when the queue is opened, so a process without Redis does not load
// it.
import type { EventEmitter } from 'node:events';
import type * as Bullmq from 'bullmq';
import type { ConnectionOptions, NodeRedisRawClient } from 'bullmq';
import type { RedisSettings } from '../config/redis-settings.js';
import { nodeRedis } from '../optional-packages.js';
import { type RedisClient, redisOptions } from '../redis/index.js';
import {
  type BullBackend,
  processorOf,
  QUEUE,
  type Run,
  WORKER_OPTIONS,
} from './bull-transport.js';

export interface Workers {
  run: Run;
  concurrency: number;
}

const PREFIX = 'threadkeep';
/** Keeps BullMQ's own history short. It is not used. */
const STREAMS = { events: { maxLen: 100 } };

/**
 * Loads one file of BullMQ: its index would also load drivers of 10 MB. The package (bullmq 6.7)
 * exports no other way to its parts.
 */
const bullmq = <Name extends keyof typeof Bullmq>(path: string) =>
  import(`bullmq/dist/cjs/classes/${path}.js`) as Promise<Pick<typeof Bullmq, Name>>;

/** A worker waits on its connection, so the socket time-out must be longer than its wait. */
function workerClient(settings: RedisSettings): RedisClient {
  const { url, socket } = redisOptions(settings);
  return quiet(
    nodeRedis().createClient({
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

/** Wraps the clients as BullMQ would, but keeps an error listener after BullMQ has closed them. */
async function wrapped(clients: readonly unknown[]): Promise<ConnectionOptions[]> {
  const { createNodeRedisClient } = await bullmq<'createNodeRedisClient'>('node-redis-client');
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
  const { Queue } = await bullmq<'Queue'>('queue');
  const { Worker } = await bullmq<'Worker'>('worker');
  const clients = [
    quiet(nodeRedis().createClient(redisOptions(settings))),
    workerClient(settings),
  ] as const;
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
  return { queue, worker, isReady: () => clients[0].isReady, disconnect };
}
