// Streams to clients: the feed that wakes them, and how many may be open, and until when.
import { Global, Module } from '@nestjs/common';
import { Notifications } from '../database/index.js';
import { RedisConnection } from '../redis/index.js';
import { ChangeFeed } from './change-feed.js';
import { FeedTransport } from './feed-transport.js';
import { OpenStreams } from './open-streams.js';
import { PostgresFeed } from './postgres-feed.js';
import { RedisFeed } from './redis-feed.js';

@Global()
@Module({
  providers: [
    {
      provide: FeedTransport,
      inject: [RedisConnection, Notifications],
      useFactory: (redis: RedisConnection, notifications: Notifications) =>
        redis.client ? new RedisFeed(redis.client, redis) : new PostgresFeed(notifications),
    },
    ChangeFeed,
    OpenStreams,
  ],
  exports: [ChangeFeed, OpenStreams],
})
export class StreamsModule {}
