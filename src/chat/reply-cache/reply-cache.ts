// Answers of models, found again by exactly what was asked: those of turns, and those of applications
// that call models themselves.
import { Injectable } from '@nestjs/common';
import { ScopedCache } from '../../platform/cache/index.js';
import { canonicalJson, sha256Hex } from '../../platform/input/index.js';
import { ErasureMarkRepository } from './erasure-mark.repository.js';

export const MAX_TTL_SECONDS = 86_400;
/** Bytes of a reply as JSON, above which it is not kept. */
export const MAX_CACHED_BYTES = 131_072;
/** Replies of one user at most: a new one takes the place of another. */
const SLOTS = 256;

/** The place of a reply, and what is asked for. */
export interface ReplyAddress {
  slot: string;
  /** Digest of the question. */
  digest: string;
  /** Mark of the last erasure before the question was made; null without a user. */
  erasureMark: string | null;
}

interface Kept<T> {
  reply: T;
  /** Milliseconds since 1970. */
  at: number;
}

export interface FoundReply<T> {
  reply: T;
  ageSeconds: number;
}

@Injectable()
export class ReplyCache {
  constructor(
    private readonly cache: ScopedCache,
    private readonly marks: ErasureMarkRepository,
  ) {}

  /** Read it before what the question is made of: an erasure after that makes a miss. */
  erasureMark(): Promise<string | null> {
    return this.marks.current();
  }

  /**
   * @param origin who made the question, so that replies of turns and of applications stay apart
   * @param question a value of JSON: the order of the keys of its objects does not matter
   */
  address(
    origin: 'turn' | 'application',
    question: unknown,
    erasureMark: string | null,
  ): ReplyAddress {
    const digest = sha256Hex(`${origin} ${canonicalJson(question)}`);
    const slot = String(parseInt(digest.slice(0, 8), 16) % SLOTS);
    return { slot, digest, erasureMark };
  }

  /** @param maxAgeSeconds older replies are not found; null for any age */
  async find<T>(
    address: ReplyAddress,
    maxAgeSeconds: number | null,
  ): Promise<FoundReply<T> | null> {
    if (maxAgeSeconds === 0 || address.erasureMark === null) return null;
    const kept = await this.cache.find<Kept<T>>('reply', [address.slot], versionOf(address));
    if (!kept) return null;
    const ageSeconds = Math.max(0, Math.floor((Date.now() - kept.at) / 1_000));
    if (maxAgeSeconds !== null && ageSeconds >= maxAgeSeconds) return null;
    return { reply: kept.reply, ageSeconds };
  }

  /**
   * With Redis, lets one process at a time ask a question. Waits while another one does.
   * @returns a function to call once the reply is kept or will not be; null after another's question
   * @throws the reason of `signal` when it is aborted meanwhile
   */
  async claim(address: ReplyAddress, signal: AbortSignal): Promise<(() => Promise<void>) | null> {
    if (address.erasureMark === null) return () => Promise.resolve();
    return this.cache.claim('reply', [address.slot], versionOf(address), signal);
  }

  /** Does nothing with a reply of more than `MAX_CACHED_BYTES`. */
  async keep(address: ReplyAddress, reply: unknown, ttlSeconds: number): Promise<void> {
    if (address.erasureMark === null) return;
    if (Buffer.byteLength(JSON.stringify(reply)) > MAX_CACHED_BYTES) return;
    const value = { reply, at: Date.now() } satisfies Kept<unknown>;
    await this.cache.put('reply', [address.slot], versionOf(address), {
      value,
      seconds: ttlSeconds,
    });
    // An erasure that was committed meanwhile has emptied the cache before this was put into it.
    const mark = await this.erasureMark().catch(() => null);
    if (mark !== address.erasureMark) await this.cache.forget('reply', [address.slot]);
  }
}

const versionOf = ({ digest, erasureMark }: ReplyAddress): string => `${digest}.${erasureMark}`;
