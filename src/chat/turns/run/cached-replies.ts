// Answers turns from the cache of replies. Of turns that ask the same at the same time, one calls the
// model.
import { Injectable, Logger } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { RequestContexts } from '../../../platform/context/index.js';
import type { ModelEvent, ModelPrompt, ModelUsage } from '../../models/index.js';
import { toNearQuestion } from '../../../platform/text/index.js';
import { type FoundReply, type ReplyAddress, ReplyCache } from '../../reply-cache/reply-cache.js';
import type { TurnCacheOptions, TurnCacheUse } from '../turn.entity.js';

type Finish = Extract<ModelEvent, { type: 'finish' }>;

/** A whole answer of a model. */
export interface WholeReply extends Pick<Finish, 'reason' | 'costUsd'> {
  usage: ModelUsage | null;
  parts: readonly Record<string, unknown>[];
}

export interface CachedQuestion {
  options: TurnCacheOptions;
  /** Mark of the last erasure before the context was built. */
  erasureMark: string | null;
  /** All that decides what the model answers, as JSON. */
  question: AskedQuestion;
  /** Ends the wait for another turn. */
  signal: AbortSignal;
}

interface AskedQuestion {
  messages: ModelPrompt;
}

/** Answers that break off are not given again. */
const KEPT_REASONS: readonly string[] = ['stop', 'tool-calls'];

@Injectable()
export class CachedReplies {
  private readonly logger = new Logger('Turns');
  /** Answers that are being made, by user and question. Null: it broke off. */
  private readonly asked = new Map<string, Promise<WholeReply | null>>();
  private readonly savedTokens: Counter;

  constructor(
    private readonly replies: ReplyCache,
    private readonly contexts: RequestContexts,
    registry: Registry,
  ) {
    this.savedTokens = new Counter({
      name: 'threadkeep_reply_cache_saved_tokens_total',
      help: 'Tokens of model calls that the cache of replies took the place of.',
      registers: [registry],
    });
  }

  /** Read it before the context is built. */
  erasureMark(): Promise<string | null> {
    return this.replies.erasureMark();
  }

  /**
   * @param ask calls the model
   * @returns the answer, and whether it was a cached one
   * @throws what `ask` throws
   */
  async answer(
    { options, erasureMark, question, signal }: CachedQuestion,
    ask: () => Promise<WholeReply>,
  ): Promise<WholeReply & { use: TurnCacheUse }> {
    const asked = options.isNear ? nearQuestion(question) : question;
    const address = this.addressOf(asked, erasureMark);
    if (address === null) return { ...(await ask()), use: MISS };
    const isFresh = options.maxAgeSeconds === 0;
    const kept = await this.replies.find<WholeReply>(address, options.maxAgeSeconds);
    // Nothing is awaited between this look and `tellOthers`, so that no two turns ask.
    const other = isFresh ? undefined : this.asked.get(this.idOf(address));
    const found = kept ?? (other ? await answerOf(other, signal) : null);
    if (found) return this.hit(found);
    const made = this.made(address, { options, signal }, ask);
    if (isFresh) return { ...(await made).reply, use: MISS };
    this.tellOthers(address, made);
    const { reply, ageSeconds } = await made;
    return ageSeconds === null ? { ...reply, use: MISS } : this.hit({ reply, ageSeconds });
  }

  /** Null for a question that is too deep to be written as JSON with sorted keys. */
  private addressOf(question: AskedQuestion, erasureMark: string | null): ReplyAddress | null {
    try {
      return this.replies.address('turn', question, erasureMark);
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  /** The answer that another process gets meanwhile, or one of our own. */
  private async made(
    address: ReplyAddress,
    { options, signal }: Pick<CachedQuestion, 'options' | 'signal'>,
    ask: () => Promise<WholeReply>,
  ): Promise<MadeReply> {
    const { maxAgeSeconds, ttlSeconds } = options;
    if (maxAgeSeconds === 0) return this.askAndKeep(address, ttlSeconds, ask);
    const release = await this.replies.claim(address, signal);
    try {
      const found = release ? null : await this.replies.find<WholeReply>(address, maxAgeSeconds);
      return found ?? (await this.askAndKeep(address, ttlSeconds, ask));
    } finally {
      void release?.();
    }
  }

  private async askAndKeep(
    address: ReplyAddress,
    ttlSeconds: number,
    ask: () => Promise<WholeReply>,
  ): Promise<MadeReply> {
    const reply = await ask();
    if (KEPT_REASONS.includes(reply.reason))
      await this.replies.keep(address, reply, ttlSeconds).catch((err: unknown) => {
        this.logger.warn({ msg: 'a reply could not be cached', err });
      });
    return { reply, ageSeconds: null };
  }

  private tellOthers(address: ReplyAddress, answer: Promise<MadeReply>): void {
    const id = this.idOf(address);
    if (this.asked.has(id)) return;
    const told = answer
      .then(({ reply }) => (KEPT_REASONS.includes(reply.reason) ? reply : null))
      .catch(() => null)
      .finally(() => this.asked.delete(id));
    this.asked.set(id, told);
  }

  private idOf = ({ digest, erasureMark }: ReplyAddress): string =>
    `${this.contexts.userScope().userId} ${digest} ${erasureMark}`;

  private hit({ reply, ageSeconds }: FoundReply<WholeReply>): WholeReply & { use: TurnCacheUse } {
    const savedTokens = (reply.usage?.inputTokens ?? 0) + (reply.usage?.outputTokens ?? 0);
    this.savedTokens.inc(savedTokens);
    const use = { hit: true, ageSeconds, savedTokens, savedCostUsd: reply.costUsd };
    return { ...reply, usage: null, costUsd: 0, use };
  }
}

/** An answer for which this process asked, or waited for another one. */
interface MadeReply {
  reply: WholeReply;
  /** Null for an answer that the model gave just now. */
  ageSeconds: number | null;
}

/** The same for questions whose last message, of a user, says the same in another way. */
function nearQuestion<Q extends AskedQuestion>(question: Q): Q & { match: 'near' } {
  const { messages } = question;
  const last = messages.at(-1);
  const match = 'near' as const;
  if (last?.role !== 'user') return { ...question, match };
  const content = last.content.map((part) =>
    part.type === 'text' ? { ...part, text: toNearQuestion(part.text) } : part,
  );
  return { ...question, messages: [...messages.slice(0, -1), { ...last, content }], match };
}

const MISS: TurnCacheUse = { hit: false, ageSeconds: null, savedTokens: null, savedCostUsd: null };

/** Waits for the answer to another turn. @returns null when it broke off */
async function answerOf(
  other: Promise<WholeReply | null>,
  signal: AbortSignal,
): Promise<FoundReply<WholeReply> | null> {
  signal.throwIfAborted();
  let leave = () => {};
  const left = new Promise<null>((resolve) => {
    leave = () => resolve(null);
    signal.addEventListener('abort', leave, { once: true });
  });
  const reply = await Promise.race([other, left]);
  signal.removeEventListener('abort', leave);
  signal.throwIfAborted();
  return reply && { reply, ageSeconds: 0 };
}
