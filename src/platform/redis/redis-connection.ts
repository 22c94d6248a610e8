// The process's connection to Redis, if it is configured. Redis holds only what may be lost. All
// code that uses it must also work without it.
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { createClient } from 'redis';
import { Config } from '../config/config.js';
import type { RedisSettings } from '../config/redis-settings.js';
import { nodeRedis } from '../optional-packages.js';
import { handshakeError } from './redis-handshake.js';
import { distrustIn } from './redis-setup-error.js';

export type RedisClient = ReturnType<typeof createClient>;

/**
 * Bounds every wait: by default, a command to a dead Redis waits for ever. Times in milliseconds.
 * With rediss:// the certificate and host name are checked, even with
 * NODE_TLS_REJECT_UNAUTHORIZED=0.
 */
export const redisOptions = ({ url, tls }: RedisSettings) => ({
  url,
  disableOfflineQueue: true,
  pingInterval: 500,
  socket: {
    connectTimeout: 900,
    socketTimeout: 1_000,
    reconnectStrategy: (tries: number) => Math.min(tries * 50, 1_000),
    ...(tls && { ...tls, tls: true as const, rejectUnauthorized: true }),
  },
});

/**
 * True for a lost connection, which may hide a TLS alert. A server sends an alert when it refuses
 * the client's certificate, or requires one. When the client is already writing, the alert is lost.
 */
const isReset = (error: NodeJS.ErrnoException): boolean =>
  error.code === 'ECONNRESET' ||
  error.code === 'EPIPE' ||
  error instanceof nodeRedis().SocketClosedUnexpectedlyError;

/** True for an attempt that ended before the server had said anything. A busy process has such. */
function isTimeout(error: Error): boolean {
  const { ConnectionTimeoutError, SocketTimeoutError } = nodeRedis();
  return error instanceof ConnectionTimeoutError || error instanceof SocketTimeoutError;
}

/** Milliseconds for which a start goes on trying to learn whether it can trust a server. */
const TRUST_PATIENCE_MS = 10_000;

@Injectable()
export class RedisConnection implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(RedisConnection.name);
  private readonly settings: RedisSettings | undefined;
  /** The error of the first attempt that the server answered; null when that succeeded. */
  private firstAnswer: Promise<Error | null> = Promise.resolve(null);
  private isDistrusted = false;
  /** Undefined without REDIS_URL. While it is not connected, commands fail at once. */
  readonly client: RedisClient | undefined;

  constructor({ redis }: Config) {
    this.settings = redis;
    if (!redis) return;
    const client: RedisClient = nodeRedis().createClient(redisOptions(redis));
    this.client = client;
    this.firstAnswer = new Promise((resolve) => {
      setTimeout(resolve, TRUST_PATIENCE_MS, null).unref();
      client.on('ready', () => ((this.isDistrusted = false), resolve(null)));
      // Without an error listener, a dropped connection would end the process.
      client.on('error', (error: Error) => {
        this.note(error, redis);
        if (!isTimeout(error)) resolve(error);
      });
    });
    client.connect().catch(() => undefined);
  }

  get configured(): boolean {
    return this.client !== undefined;
  }

  /**
   * With TLS, waits for the first answer: an untrusted server is a wrong setting, not an outage.
   * @throws RedisSetupError
   */
  async onModuleInit(): Promise<void> {
    if (!this.settings?.tls) return;
    const error = await this.firstAnswer;
    const distrust =
      error &&
      distrustIn(isReset(error) ? await handshakeError(this.settings) : error, this.settings);
    if (!distrust) return;
    this.client!.destroy();
    throw distrust;
  }

  /**
   * Makes another client with the same settings, which is not connected yet. Whoever makes it ends it.
   * @throws Error without REDIS_URL
   */
  createClient(): RedisClient {
    if (!this.settings) throw new Error('no redis is configured');
    const { settings } = this;
    const client: RedisClient = nodeRedis().createClient(redisOptions(settings));
    client.on('error', (error: Error) => this.note(error, settings));
    return client;
  }

  /** @throws Error when Redis does not answer. */
  async ping(): Promise<void> {
    if (!this.client?.isReady) throw new Error('redis is not connected');
    await this.client.ping();
  }

  onApplicationShutdown(): void {
    if (this.client?.isOpen) this.client.destroy();
  }

  /**
   * Logs once when a certificate becomes invalid while the process runs, and again after it was
   * valid.
   */
  private note(error: Error, settings: RedisSettings): void {
    this.logger.debug({ msg: 'redis', err: error });
    const distrust = distrustIn(error, settings);
    if (distrust && !this.isDistrusted) this.logger.warn(distrust.message);
    this.isDistrusted ||= distrust !== null;
  }
}
