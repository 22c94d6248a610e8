// The places of one provider that all processes share, counted in Redis.
import { randomUUID } from 'node:crypto';
import type { RedisClient } from '../../../platform/redis/index.js';
import type { GateLimits } from './gate-limits.js';
import { WINDOW_MS } from './request-window.js';

/** The place of a process that died comes free after this time. */
const LEASE_MS = 15_000;
const RENEWAL_MS = LEASE_MS / 3;
/** While all places are taken, each process asks this often for one. */
const FULL_POLL_MS = 100;
/** The longest wait between two questions, whatever Redis answers. */
const MAX_POLL_MS = 1_000;
/** A process that was refused waits for so long after the time at which it asks again. */
const WAITING_GRACE_MS = 300;

const NOW = `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;
/** Milliseconds until one more request may be sent. Times of requests may lie ahead. */
const REQUEST_WAIT = `
local function request_wait(key, per_minute)
  redis.call('zremrangebyscore', key, '-inf', now - ${WINDOW_MS})
  local surplus = redis.call('zcard', key) - per_minute
  if surplus < 0 then return 0 end
  local freed = redis.call('zrange', key, surplus, surplus, 'withscores')
  return math.max(0, freed[2] + ${WINDOW_MS} - now)
end`;

/**
 * Keys: places taken, requests sent, processes whose calls of this order wait, those whose foreground
 * calls wait, the process that took the last place. Arguments: token, concurrency (0: no limit),
 * requests a minute (0: no limit), the process, whether the call is of the foreground.
 * Foreground calls of any process go first, and processes that wait take turns.
 * Returns 0 when the place is taken, or the milliseconds after which to ask again.
 */
const TAKE = `${NOW}${REQUEST_WAIT}
local concurrency, per_minute = tonumber(ARGV[2]), tonumber(ARGV[3])
local process, is_foreground = ARGV[4], ARGV[5] == '1'
redis.call('zremrangebyscore', KEYS[1], '-inf', now)
redis.call('zremrangebyscore', KEYS[3], '-inf', now)
redis.call('zremrangebyscore', KEYS[4], '-inf', now)
local others = redis.call('zcard', KEYS[3])
if redis.call('zscore', KEYS[3], process) then others = others - 1 end
local wait = 0
if not is_foreground and redis.call('zcard', KEYS[4]) > 0 then
  wait = ${FULL_POLL_MS}
elseif concurrency > 0 and redis.call('zcard', KEYS[1]) >= concurrency then
  wait = ${FULL_POLL_MS}
elseif others > 0 and redis.call('get', KEYS[5]) == process then
  wait = ${FULL_POLL_MS}
elseif per_minute > 0 then
  wait = math.min(request_wait(KEYS[2], per_minute), ${MAX_POLL_MS})
end
if wait > 0 then
  redis.call('zadd', KEYS[3], now + wait + ${WAITING_GRACE_MS}, process)
  redis.call('pexpire', KEYS[3], ${MAX_POLL_MS + WAITING_GRACE_MS})
  return wait
end
redis.call('zrem', KEYS[3], process)
redis.call('set', KEYS[5], process, 'px', ${LEASE_MS})
redis.call('zadd', KEYS[1], now + ${LEASE_MS}, ARGV[1])
redis.call('pexpire', KEYS[1], ${LEASE_MS})
if per_minute > 0 then
  redis.call('zadd', KEYS[2], now, ARGV[1])
  redis.call('pexpire', KEYS[2], ${WINDOW_MS})
end
return 0`;

/** Keys: requests sent. Arguments: token, requests a minute. Returns the milliseconds until it may be sent. */
const RESERVE = `${NOW}${REQUEST_WAIT}
local wait = request_wait(KEYS[1], tonumber(ARGV[2]))
redis.call('zadd', KEYS[1], now + wait, ARGV[1])
redis.call('pexpire', KEYS[1], wait + ${WINDOW_MS})
return wait`;

/** Keys: places taken. Arguments: tokens. Places that were lost meanwhile are taken again: their calls go on. */
const RENEW = `${NOW}
for _, token in ipairs(ARGV) do redis.call('zadd', KEYS[1], now + ${LEASE_MS}, token) end
return redis.call('pexpire', KEYS[1], ${LEASE_MS})`;

/** Bounds a call to Redis, as `RedisGuard.run`. */
export type RunBounded = <T>(work: () => Promise<T>) => Promise<T>;

export interface SharedPlace {
  /** Milliseconds after which to ask again; 0 when the place is taken. */
  waitMs: number;
  /** Call it once when the place was taken. @param isUnused true when no request was sent */
  release: (isUnused?: boolean) => void;
}

const NO_PLACE = () => undefined;

/** While Redis does not answer, each process has the limits for itself. */
export class SharedPlaces {
  private readonly process = randomUUID();
  private readonly held = new Set<string>();
  private readonly renewal: NodeJS.Timeout;
  private readonly concurrency: number;
  private readonly requestsPerMinute: number;

  constructor(
    private readonly client: RedisClient,
    private readonly run: RunBounded,
    /** Begins the names of the provider's keys. */
    private readonly prefix: () => string,
    { concurrency, requestsPerMinute }: GateLimits,
  ) {
    this.concurrency = concurrency ?? 0;
    this.requestsPerMinute = requestsPerMinute ?? 0;
    this.renewal = setInterval(() => this.renew(), RENEWAL_MS).unref();
  }

  /** Takes a place and counts one request, if there is room. */
  async take(order: 'foreground' | 'background'): Promise<SharedPlace> {
    const token = randomUUID();
    const limits = [String(this.concurrency), String(this.requestsPerMinute)];
    const values = [token, ...limits, this.process, order === 'foreground' ? '1' : '0'];
    const keys = ['taken', 'sent', order, 'foreground', 'last'];
    // An answer that is late may have taken the place.
    const waitMs = (await this.ask(TAKE, keys, values)) ?? 0;
    if (waitMs > 0) return { waitMs: Math.min(waitMs, MAX_POLL_MS), release: NO_PLACE };
    this.held.add(token);
    return { waitMs: 0, release: (isUnused = false) => this.release(token, isUnused) };
  }

  /** Counts another request of a call that has a place. @returns milliseconds until it may be sent */
  async reserve(): Promise<number> {
    if (this.requestsPerMinute === 0) return 0;
    const values = [randomUUID(), String(this.requestsPerMinute)];
    return (await this.ask(RESERVE, ['sent'], values)) ?? 0;
  }

  close(): void {
    clearInterval(this.renewal);
  }

  /** When Redis does not answer, the place comes free by itself. */
  private release(token: string, isUnused: boolean): void {
    this.held.delete(token);
    for (const name of isUnused ? ['taken', 'sent'] : ['taken'])
      void this.run(() => this.client.zRem(this.key(name), token)).catch(() => undefined);
  }

  private renew(): void {
    if (this.held.size > 0) void this.ask(RENEW, ['taken'], [...this.held]);
  }

  private key = (name: string): string => `${this.prefix()}:${name}`;

  /** @returns null when Redis does not answer, or nonsense */
  private async ask(script: string, names: string[], values: string[]): Promise<number | null> {
    try {
      const options = { keys: names.map(this.key), arguments: values };
      const answer = await this.run(() => this.client.eval(script, options));
      return typeof answer === 'number' && answer >= 0 ? answer : null;
    } catch {
      return null;
    }
  }
}
