// Asks Redis, when there is one: without it the service is slower, never wrong, so it is degraded and not down.
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { createClient } from 'redis';
import { Config } from '../config/config.js';

@Injectable()
export class RedisProbe implements OnApplicationShutdown {
  private readonly logger = new Logger(RedisProbe.name);
  private readonly client: ReturnType<typeof createClient> | undefined;

  constructor({ redisUrl }: Config) {
    if (!redisUrl) return;
    // Bounded in every direction: by default a command to a dead or frozen Redis waits for ever.
    this.client = createClient({
      url: redisUrl,
      disableOfflineQueue: true,
      pingInterval: 500,
      socket: { connectTimeout: 900, socketTimeout: 1_000, reconnectStrategy: (tries) => Math.min(tries * 50, 1_000) },
    });
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
