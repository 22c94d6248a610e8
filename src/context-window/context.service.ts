import { Injectable } from '@nestjs/common';
import {
  ConversationErrors,
  ConversationNames,
  type ConversationReference,
  HOW_TO_CREATE,
} from '../conversations/index.js';
import { RequestContexts } from '../platform/context/index.js';
import { ScopedCache } from '../platform/cache/index.js';
import { FairSemaphore } from '../platform/fairness/index.js';
import { HeavyWork } from '../platform/heavy-work/index.js';
import { Config } from '../platform/config/config.js';
import { isPlainObject, validateBody } from '../platform/input/index.js';
import { ContextBuilder, type PreparedContext, readsOf } from './context-builder.js';
import { ContextRepeater } from './manifests/context-repeater.js';
import { RepeatContextDto } from './dto/context.dto.js';
import { ContextRequests, type ParsedContextRequest } from './context-requests.js';
import { type ContextState, ContextStates, haveSameReads } from './context-state.js';

/**
 * Contents of most contexts, in bytes. Only what needs more waits for one of the few places for
 * large ones.
 */
const SMALL_CONTEXT_BYTES = 524_288;

/** Contexts whose rows are held before it is known whether they are needed. */
const READS_AHEAD = { total: 32, perOwner: 8 };

/** A context that is prepared from the last known state, to be read with the current one. */
interface ReadAhead {
  known: ContextState;
  prepared: PreparedContext;
  /** Gives back the slot of what is read ahead. */
  release: () => void;
}

@Injectable()
export class ContextService {
  private readonly readsAhead = new FairSemaphore(READS_AHEAD);

  constructor(
    private readonly requests: ContextRequests,
    private readonly builder: ContextBuilder,
    private readonly repeater: ContextRepeater,
    private readonly states: ContextStates,
    private readonly cache: ScopedCache,
    private readonly work: HeavyWork,
    private readonly config: Config,
    private readonly contexts: RequestContexts,
    private readonly names: ConversationNames,
  ) {}

  /**
   * Builds a context, or reproduces the one that `manifestId` of the body names.
   * @param createIfMissing makes a conversation without messages in the transaction of the build
   * @throws AppError as `build` and `repeat`
   */
  ofNamed(
    conversation: ConversationReference,
    body: unknown,
    createIfMissing: boolean,
  ): Promise<string> {
    const isAgain = isPlainObject(body) && 'manifestId' in body;
    const missing = {
      createIfMissing: createIfMissing && !isAgain,
      notFound: () => ConversationErrors.notFound(isAgain ? {} : { detail: HOW_TO_CREATE }),
    };
    return this.names.withId(conversation, missing, (id) =>
      isAgain
        ? this.repeat(id, validateBody(RepeatContextDto, body).manifestId)
        : this.build(id, body),
    );
  }

  /**
   * Builds a context, or returns it from the cache. The database is asked for everything that the
   * context depends on, and only a change builds it again: a cached context is never older than the
   * last write, in whichever process it was built.
   * @param body of the request
   * @returns a `ContextDto` as JSON text
   * @throws AppError 404 without the conversation; 422 for a body that is not a `BuildContextDto`;
   * 429 when too many contexts of this user wait
   */
  async build(conversationId: string, body: unknown): Promise<string> {
    const asked = this.requests.read(body);
    const ahead = await this.prepareAhead(conversationId, asked);
    try {
      return await this.buildFrom(conversationId, asked, ahead);
    } finally {
      ahead?.release();
    }
  }

  /**
   * Returns null when nothing is known of the conversation, it has branches, or its context may be
   * cached.
   */
  private async prepareAhead(
    conversationId: string,
    { request, digest }: ParsedContextRequest,
  ): Promise<ReadAhead | null> {
    const known = this.states.lastKnown(conversationId);
    if (known?.conversation.headSeq !== null) return null;
    const isCached = this.cache.isInMemory('context', [conversationId, digest], known.version);
    if (await isCached) return null;
    const release = this.readsAhead.tryTake(this.contexts.userScope().userId);
    if (!release) return null;
    try {
      const prepared = await this.builder.prepare(conversationId, request, known, this.smallBytes);
      return { known, prepared, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  private async buildFrom(
    conversationId: string,
    { request, digest }: ParsedContextRequest,
    ahead: ReadAhead | null,
  ): Promise<string> {
    const reads = ahead ? readsOf(ahead.prepared) : [];
    const { state, rows } = await this.states.read(conversationId, reads);
    if (!state) throw ConversationErrors.notFound();
    let read: object[][] | null = ahead && haveSameReads(ahead.known, state) ? rows : null;
    const build = async (bytes: number) =>
      this.builder.build(await this.builder.prepare(conversationId, request, state, bytes), state);
    const buildSmall = () =>
      ahead && read ? this.builder.build(ahead.prepared, state, read) : build(this.smallBytes);
    const text = await this.cache.getOrCompute(
      'context',
      [conversationId, digest],
      state.version,
      async () => {
        const small = await this.work.run('smallContext', buildSmall);
        if (small !== null) return small;
        // Frees the memory of the rows read ahead before the wait for a place.
        read = null;
        ahead?.release();
        return this.work.run('context', () => build(this.config.bytes.context));
      },
    );
    return text!;
  }

  private get smallBytes(): number {
    return Math.min(SMALL_CONTEXT_BYTES, this.config.bytes.context);
  }

  /**
   * Reproduces the context of a manifest.
   * @throws AppError 404; 410 with the names of what has been erased
   */
  repeat(conversationId: string, manifestId: string): Promise<string> {
    return this.work.run('context', () => this.repeater.repeat(conversationId, manifestId));
  }
}
