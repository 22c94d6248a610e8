import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { RequestErrors } from '../errors/index.js';
import { RedisConnection } from '../redis/index.js';
import { SigningKeys } from '../signing/index.js';
import { type Limit, RateLimiter } from './rate-limiter.js';
import { RedisStorage } from './redis-storage.js';

const MINUTE_MS = 60_000;

/** Failed logins of one name from one address. */
const NAME_AND_ADDRESS: Limit = { name: 'login', limit: 10, ttl: 15 * MINUTE_MS };
/** Failed logins of one name from everywhere. */
const NAME: Limit = { name: 'login-name', limit: 100, ttl: 60 * MINUTE_MS };
/** Refreshes of one session. A page needs one in each `ACCESS_TOKEN_SECONDS`. */
const REFRESHES: Limit = { name: 'refresh', limit: 60, ttl: MINUTE_MS };
/** An address has these attempts also beyond the limit of the name, so that nobody is locked out. */
const FIRST_ATTEMPTS = 2;

/**
 * Limits how often passwords are guessed, and how often anybody without a credential makes the
 * service work. Names are counted whether they exist or not.
 */
@Injectable()
export class LoginLimit {
  private readonly ofBoth: RateLimiter;
  private readonly ofName: RateLimiter;
  private readonly ofAddress: RateLimiter;
  private readonly ofSession: RateLimiter;

  constructor({ door }: Config, redis: RedisConnection, keys: SigningKeys) {
    const shared = redis.configured ? new RedisStorage(redis, keys) : undefined;
    this.ofBoth = new RateLimiter(NAME_AND_ADDRESS, shared);
    this.ofName = new RateLimiter(NAME, shared);
    this.ofSession = new RateLimiter(REFRESHES, shared);
    this.ofAddress = new RateLimiter(
      { name: 'login-address', limit: door.loginsPerMinute, ttl: MINUTE_MS },
      shared,
    );
  }

  private get isOn(): boolean {
    return this.ofAddress.limit.limit > 0;
  }

  /**
   * Counts an attempt of the address: a login, a registration, a request for mail.
   * @throws AppError 429 when the address, or the name, has tried too often
   */
  enter(address: string, name?: string): void {
    if (!this.isOn) return;
    refuseReached(this.ofAddress, address);
    this.ofAddress.hit(address);
    if (name === undefined) return;
    refuseReached(this.ofBoth, both(name, address));
    if (this.ofBoth.hitsOf(both(name, address)) >= FIRST_ATTEMPTS)
      refuseReached(this.ofName, keyOf(name));
  }

  /**
   * Counts a refresh of a session whose token is valid.
   * @throws AppError 429 when the session was refreshed too often
   */
  refresh(sessionId: string): void {
    if (!this.isOn) return;
    refuseReached(this.ofSession, sessionId);
    this.ofSession.hit(sessionId);
  }

  /** Counts a failed login. */
  failed(address: string, name: string): void {
    if (!this.isOn) return;
    this.ofBoth.hit(both(name, address));
    this.ofName.hit(keyOf(name));
  }
}

/** Names may be long. `RedisStorage` hides what they are. */
const keyOf = (name: string): string =>
  createHash('sha256').update(name.normalize('NFC').toLowerCase()).digest('base64url');
const both = (name: string, address: string): string => `${keyOf(name)} ${address}`;

function refuseReached(limiter: RateLimiter, key: string): void {
  if (limiter.hitsOf(key) >= limiter.limit.limit) throw refusal(limiter, key);
}

const refusal = (limiter: RateLimiter, key: string): Error =>
  RequestErrors.rateLimited({
    detail: 'Too many attempts. Try again later.',
    retryAfter: limiter.secondsLeft(key),
  });
