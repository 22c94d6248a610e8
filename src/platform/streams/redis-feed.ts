// Carries the change feed by Redis pub/sub. A connection that subscribes sends no other commands, so
// there is a second one.
import { randomUUID } from 'node:crypto';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { RedisClient, RedisConnection } from '../redis/index.js';
import { type FeedListener, FeedTransport } from './feed-transport.js';

const CHANNEL = 'threadkeep:changes';

export class RedisFeed extends FeedTransport implements OnApplicationShutdown {
  private readonly subscriber: RedisClient;
  /** Begins what this process publishes: Redis sends it back. */
  private readonly sender = `${randomUUID()} `;
  private isSubscribed = false;

  constructor(
    private readonly publisher: RedisClient,
    redis: RedisConnection,
  ) {
    super();
    this.subscriber = redis.createClient();
  }

  override start({ heard, connected }: FeedListener): void {
    const { subscriber } = this;
    const listener = (message: string) => {
      if (!message.startsWith(this.sender)) heard(message.slice(this.sender.length));
    };
    // The client subscribes again by itself when it has connected again.
    subscriber.on('ready', () => this.isSubscribed && connected());
    subscriber
      .connect()
      .then(() => subscriber.subscribe(CHANNEL, listener))
      .then(() => ((this.isSubscribed = true), connected()))
      .catch(() => undefined);
  }

  override get isConnected(): boolean {
    return this.isSubscribed && this.subscriber.isReady;
  }

  override publish(payload: string): void {
    if (this.publisher.isReady)
      this.publisher.publish(CHANNEL, this.sender + payload).catch(() => undefined);
  }

  onApplicationShutdown(): void {
    if (this.subscriber.isOpen) this.subscriber.destroy();
  }
}
