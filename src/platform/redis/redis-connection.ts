// The one connection to Redis, when there is one. Whoever uses it must do without: Redis holds nothing that PostgreSQL does not.
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { createClient } from 'redis';
import { Config } from '../config/config.js';

export type RedisClient = ReturnType<typeof createClient>;

/** Bounded in every direction: by default a command to a dead or frozen Redis waits for ever. Times are in milliseconds. */
export const redisOptions = (url: string) => ({
  url,
  disableOfflineQueue: true,
  pingInterval: 500,
  socket: { connectTimeout: 900, socketTimeout: 1_000, reconnectStrategy: (tries: number) => Math.min(tries * 50, 1_000) },
});

@Injectable()
export class RedisConnection implements OnApplicationShutdown {
  private readonly logger = new Logger(RedisConnection.name);
  /** Undefined without REDIS_URL. Commands fail at once while it is not connected. */
  readonly client: RedisClient | undefined;

  constructor({ redisUrl }: Config) {
    if (!redisUrl) return;
    this.client = createClient(redisOptions(redisUrl));
    // Without a listener a dropped connection would end the process.
    this.client.on('error', (error: Error) => this.logger.debug({ msg: 'redis', err: error }));
    this.client.connect().catch(() => undefined);
  }

  get configured(): boolean {
    return this.client !== undefined;
  }

  /** @throws Error when Redis does not answer. */
  async ping(): Promise<void> {
    if (!this.client?.isReady) throw new Error('redis is not connected');
    await this.client.ping();
  }

  onApplicationShutdown(): void {
    this.client?.destroy();
  }
}
