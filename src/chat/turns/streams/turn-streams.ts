// Streams of a turn: each viewer reads the reply at a pace of its own, from the memory of the process
// that calls the model, or else from what is stored. So nothing is kept for a slow viewer.
import { Injectable } from '@nestjs/common';
import {
  MessagesRepository,
  toMessageDto,
  UnfinishedMessages,
} from '../../../conversations/index.js';
import { toAppError } from '../../../platform/errors/index.js';
import { type Answer, type EventStream, eventStream } from '../../../platform/http/index.js';
import {
  ChangeFeed,
  nextChange,
  type OpenStream,
  type Viewer,
} from '../../../platform/streams/index.js';
import type { LiveTurn } from '../run/live-turn.js';
import { TurnRunner } from '../run/turn-runner.js';
import { isFinal } from '../turn.entity.js';
import { messagesOf, type TurnMessage } from '../tools/turn-messages.js';
import { toTurnDto } from '../dto/turn.dto.js';
import { isAdmitted, type TurnRow } from '../turns.repository.js';
import { TurnsService } from '../turns.service.js';
import {
  type Parts,
  partsOf,
  reaches,
  readPosition,
  ReplyCursor,
  type ReplyPosition,
} from './reply-position.js';
import {
  OWN_EVENTS,
  sseOf,
  STREAM_HEADERS,
  type StreamFormat,
  type StreamWriter,
  UiMessageWriter,
} from './stream-formats.js';

/** Milliseconds between two looks at a reply that grows in this process. */
const MIN_INTERVAL_MS = 20;
/** Milliseconds after which the turn is read again, and between two heart-beats. */
const CHECK_INTERVAL_MS = 5_000;

@Injectable()
export class TurnStreams {
  constructor(
    private readonly turns: TurnsService,
    private readonly runner: TurnRunner,
    private readonly messages: MessagesRepository,
    private readonly unfinished: UnfinishedMessages,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * @param stream is closed with the answer
   * @param lastEventId id of the last event that the viewer has seen; anything else is ignored
   */
  answer(
    turn: TurnRow,
    stream: OpenStream,
    format: StreamFormat,
    lastEventId: unknown,
  ): Answer<EventStream> {
    const events =
      format === 'ai-sdk'
        ? this.events(turn, stream, new UiMessageWriter(), null)
        : sseOf(this.events(turn, stream, OWN_EVENTS, readPosition(lastEventId)));
    return eventStream(events, STREAM_HEADERS[format], stream.close);
  }

  /**
   * Streams a turn, until it has ended or waits for results of tools. Ask for
   * it in the scope of the viewer.
   * @param stream is closed at the end
   * @param writer of this stream only
   * @param after where the viewer is, of the form `threadkeep`; null for the beginning
   */
  async *events<T>(
    turn: TurnRow,
    stream: OpenStream,
    writer: StreamWriter<T>,
    after: ReplyPosition | null,
  ): AsyncGenerator<T> {
    const watch = this.feed.watch(turn.conversationId);
    try {
      yield* this.watched(turn, { stream, watch }, writer, after);
    } catch (error) {
      // The turn, or the right to see it, is gone.
      const { definition } = toAppError(error);
      if (definition.status >= 500) throw error;
      yield writer.leave(definition.title);
    } finally {
      watch.close();
      stream.close();
    }
  }

  private async *watched<T>(
    turn: TurnRow,
    viewer: Viewer,
    writer: StreamWriter<T>,
    after: ReplyPosition | null,
  ): AsyncGenerator<T> {
    const { stream, watch } = viewer;
    let current = isAdmitted(turn) ? turn : yield* this.untilAdmitted(turn, viewer, writer);
    let at = placeIn(current, after);
    let cursor = new ReplyCursor(at?.seq ?? 0);
    let isPlaced = at?.seq !== after?.seq;
    let live: LiveTurn | undefined;
    let checkedAt = performance.now();
    yield writer.begin(toTurnDto(current));
    for (;;) {
      // What this process has seen growing is read from its memory to the end.
      live = this.runner.find(turn.id) ?? live;
      // Taken before the message is read: what comes meanwhile is seen in the next round.
      const reply = at && live?.replySeq === at.seq ? live.reply : undefined;
      const isGrowing = reply !== undefined && live?.isOver === false;
      const seen = reply?.version ?? 0;
      const heard = watch.version;
      const readAt = performance.now();
      const next = nextOf(current, at);
      const parts = reply?.values ?? (await this.stored(current.conversationId, at));
      // What the viewer has may not be stored yet, where another process writes it.
      if (!isPlaced && after && (next || isSettled(current) || reaches(parts, after))) {
        cursor.skipTo(parts, after);
        isPlaced = true;
      }
      if (isPlaced) for (const change of cursor.take(parts)) yield writer.change(change);
      // A message that another one follows grows no more.
      if (next) {
        at = next;
        cursor = new ReplyCursor(at.seq);
        if (at.kind === 'reply') yield writer.step();
        continue;
      }
      if (isSettled(current) || stream.end) break;
      const isDue = performance.now() - checkedAt >= CHECK_INTERVAL_MS;
      if (isDue) yield writer.beat;
      if (isDue || !isGrowing) {
        current = await this.turns.get(current.conversationId, current.id);
        checkedAt = performance.now();
      }
      if (isGrowing && reply) {
        if (reply.version === seen) await nextChange([reply.changes, stream], CHECK_INTERVAL_MS);
        // The first delta is sent at once, and those that come soon after each other are sent together.
        if (parts.length > 0)
          await nextChange([stream], readAt + MIN_INTERVAL_MS - performance.now());
      } else if (!isSettled(current) && !nextOf(current, at))
        // A reply that another process writes, or one that this process is about to write.
        if (live && !live.isOver) await nextChange([stream], MIN_INTERVAL_MS);
        else await this.feed.nextRead(viewer, heard, readAt);
    }
    yield isSettled(current) ? writer.end(toTurnDto(current)) : writer.leave(leaveReasonOf(stream));
  }

  /** Waits for the turn to come next, or to end. Sends heart-beats meanwhile. */
  private async *untilAdmitted<T>(
    turn: TurnRow,
    viewer: Viewer,
    writer: StreamWriter<T>,
  ): AsyncGenerator<T, TurnRow> {
    yield writer.wait(toTurnDto(turn));
    let beatAt = performance.now();
    let [heard, readAt] = [viewer.watch.version, beatAt];
    // It may have begun since it was read.
    turn = await this.turns.get(turn.conversationId, turn.id);
    while (!isAdmitted(turn) && !isSettled(turn) && !viewer.stream.end) {
      await this.feed.nextRead(viewer, heard, readAt);
      [heard, readAt] = [viewer.watch.version, performance.now()];
      turn = await this.turns.get(turn.conversationId, turn.id);
      if (performance.now() - beatAt < CHECK_INTERVAL_MS) continue;
      beatAt = performance.now();
      yield writer.beat;
    }
    return turn;
  }

  /** @param at undefined for a turn that ended before it had any message */
  private async stored(conversationId: string, at: TurnMessage | undefined): Promise<Parts> {
    const row = at && (await this.messages.findOne(conversationId, at.id));
    if (!row) return [];
    const [filled] = await this.unfinished.fill(conversationId, [row]);
    return partsOf(toMessageDto(conversationId, filled!).content);
  }
}

/** The message in which a viewer is, or else the first one. */
function placeIn(turn: TurnRow, place: ReplyPosition | null): TurnMessage | undefined {
  const written = messagesOf(turn);
  return written.find(({ seq }) => seq === place?.seq) ?? written[0];
}

/** The message of the turn that follows one; the first one after none. */
const nextOf = (turn: TurnRow, at: TurnMessage | undefined) =>
  messagesOf(turn).find(({ seq }) => seq > (at?.seq ?? 0));

const isSettled = ({ state }: TurnRow): boolean => isFinal(state) || state === 'waiting_for_tools';

/** What a viewer is told whose stream ends before its end. */
export const leaveReasonOf = ({ end }: OpenStream): string =>
  !end || end.definition.status >= 500 ? 'The service stops. Ask again.' : end.definition.title;
