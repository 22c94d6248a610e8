// Streams of a conversation: messages, turns and the head, as the rows say. The change feed wakes a
// stream; what it sends is read at the pace of its viewer, so nothing is kept for a slow one.
import { Injectable } from '@nestjs/common';
import {
  ConversationErrors,
  type MessageDto,
  MessagesRepository,
  toMessageDto,
  UnfinishedMessages,
} from '../../conversations/index.js';
import { RequestContexts } from '../../platform/context/index.js';
import { toAppError } from '../../platform/errors/index.js';
import { ChangeFeed, type OpenStream } from '../../platform/streams/index.js';
import { leaveReasonOf } from '../turns/streams/turn-streams.js';
import { type Beat, leaveEvent } from '../turns/streams/stream-formats.js';
import { type ConversationPosition, readConversationPosition } from './conversation-position.js';
import {
  type ConversationState,
  ConversationStateRepository,
} from './conversation-state.repository.js';
import { type ConversationEvent, ConversationView } from './conversation-view.js';

const HEART_BEAT_MS = 5_000;
/** Messages, and their bytes, that are read at a time. */
const PAGE_MESSAGES = 20;
const PAGE_BYTES = 1_048_576;
const MAX_TURNS = 20;
/** Erased messages that one look finds. */
const MAX_ERASED = 1_000;

@Injectable()
export class ConversationEvents {
  constructor(
    private readonly states: ConversationStateRepository,
    private readonly messages: MessagesRepository,
    private readonly unfinished: UnfinishedMessages,
    private readonly feed: ChangeFeed,
    private readonly contexts: RequestContexts,
  ) {}

  /** @throws AppError 404 without the conversation */
  async stateOf(conversationId: string): Promise<ConversationState> {
    const state = await this.states.find(conversationId);
    if (!state) throw ConversationErrors.notFound();
    return state;
  }

  /**
   * Streams what changes, until the stream ends. Ask for it in the scope of the viewer. Null is a
   * heart-beat.
   * @param state as the conversation was when the stream was asked for
   * @param stream is closed at the end
   * @param after where the viewer is; null for a viewer that has read the conversation just now
   */
  async *events(
    conversationId: string,
    state: ConversationState,
    stream: OpenStream,
    after: ConversationPosition | null,
  ): AsyncGenerator<Beat> {
    const watch = this.feed.watch(conversationId);
    const context = this.contexts.current();
    // A replica may not have what the feed tells of.
    if (context) context.allowsReplica = false;
    const view = new ConversationView(after, state);
    try {
      let beatAt = performance.now();
      while (!stream.end) {
        const { version } = watch;
        const readAt = performance.now();
        yield* this.changes(conversationId, view);
        if (performance.now() - beatAt >= HEART_BEAT_MS) {
          beatAt = performance.now();
          yield null;
        }
        await this.feed.nextRead({ stream, watch }, version, readAt);
      }
      yield leaveEvent(leaveReasonOf(stream));
    } catch (error) {
      // The conversation, or the right to see it, is gone.
      const { definition } = toAppError(error);
      if (definition.status >= 500) throw error;
      yield leaveEvent(definition.title);
    } finally {
      watch.close();
      stream.close();
    }
  }

  private async *changes(
    conversationId: string,
    view: ConversationView,
  ): AsyncGenerator<ConversationEvent> {
    const found = await this.states.look(conversationId, view.knownTurns, MAX_TURNS);
    if (!found) throw ConversationErrors.notFound();
    const { state, turns } = found;
    for (const seq of view.changedOpen(state)) {
      const message = await this.message(conversationId, seq);
      if (message) yield* view.grown(message);
    }
    for (const seq of view.unknownOpen(state)) {
      const message = await this.message(conversationId, seq);
      if (message) yield view.whole(message);
    }
    if (view.erasures !== state.erasures) yield* this.erased(conversationId, view);
    while (view.lastSeq < state.lastSeq) {
      const page = await this.page(conversationId, view.lastSeq, state.lastSeq + 1);
      if (page.length === 0) break;
      for (const message of page) yield view.whole(message);
    }
    yield* view.head(state);
    yield* view.read(state);
    yield* view.turnsOf(turns);
    view.settle(state);
  }

  private async *erased(
    conversationId: string,
    view: ConversationView,
  ): AsyncGenerator<ConversationEvent> {
    const { since, lastSeq } = view;
    const seqs = await this.states.erasedSince(conversationId, since, lastSeq, MAX_ERASED);
    for (const seq of seqs) {
      const message = await this.message(conversationId, seq);
      if (message) yield view.whole(message);
    }
  }

  private async message(conversationId: string, seq: number): Promise<MessageDto | undefined> {
    return (await this.page(conversationId, seq - 1, seq + 1))[0];
  }

  private async page(
    conversationId: string,
    afterSeq: number,
    beforeSeq: number,
  ): Promise<MessageDto[]> {
    const range = { afterSeq, beforeSeq, order: 'asc' as const };
    const page = await this.messages.listAll(conversationId, range, PAGE_MESSAGES, PAGE_BYTES);
    if (!page) throw ConversationErrors.notFound();
    const rows = await this.unfinished.fill(conversationId, page.rows);
    return rows.map((row) => toMessageDto(conversationId, row));
  }
}

/**
 * Where a viewer is: after an event, or else after a message. Null for one that names neither.
 * @param lastEventId of any type; what is no id of an event is ignored
 */
export const placeOf = (
  { at }: ConversationState,
  lastEventId: unknown,
  afterSeq: number | undefined,
): ConversationPosition | null =>
  readConversationPosition(lastEventId) ??
  (afterSeq === undefined ? null : { lastSeq: afterSeq, headSeq: 0, at, open: [] });
