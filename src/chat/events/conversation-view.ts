// What one viewer has of a conversation, and the events that bring it to what is stored.
import type { StreamEvent } from '../turns/streams/stream-formats.js';
import { type Parts, partsOf, ReplyCursor } from '../turns/streams/reply-position.js';
import { type MessageDto, toReadMark } from '../../conversations/index.js';
import { toTurnDto, type TurnDto } from '../turns/dto/turn.dto.js';
import { isFinal } from '../turns/turn.entity.js';
import type { ShownTurn } from '../turns/turns.repository.js';
import { type ConversationPosition, writeConversationPosition } from './conversation-position.js';
import type { ConversationState } from './conversation-state.repository.js';

export interface ConversationEvent extends StreamEvent {
  event: 'message' | 'delta' | 'part' | 'turn' | 'head' | 'read';
}

/** A message in progress that the viewer has in part. */
interface OpenMessage {
  cursor: ReplyCursor;
  /** Version that was read; null before the first read. */
  version: number | null;
  /** Of what the viewer has; null when it is not known. */
  digest: string | null;
}

/**
 * Times of changes may be older than their commit, and clocks of processes differ. What changed in this time before a
 * position is sent again.
 */
const OVERLAP_MS = 60_000;

export class ConversationView {
  lastSeq: number;
  /** What was erased, and turns that ended, since then may be unknown to the viewer. */
  since: number;
  erasures: number | null = null;
  readonly open = new Map<number, OpenMessage>();
  private headSeq: number | null;
  /** The mark of reading as it was sent. */
  private readMark: string | null = null;
  private at: number;
  /** Turns that have not ended, as they were sent. */
  private readonly turns = new Map<string, string>();
  /** Turns with a later id are new. Null before the first look. */
  private newestTurn: string | null = null;

  /** @param after null for a viewer that needs nothing of the past */
  constructor(after: ConversationPosition | null, state: ConversationState) {
    const isNew = after === null || after.lastSeq > state.lastSeq;
    this.lastSeq = isNew ? state.lastSeq : after.lastSeq;
    this.headSeq = isNew ? null : after.headSeq;
    this.at = isNew ? state.at : Math.min(after.at, state.at);
    this.since = isNew ? Infinity : this.at - OVERLAP_MS;
    if (isNew) this.erasures = state.erasures;
    for (const place of isNew ? [] : after.open) {
      if (place.seq > this.lastSeq) continue;
      const cursor = new ReplyCursor(place.seq, place);
      this.open.set(place.seq, { cursor, version: null, digest: null });
    }
  }

  /** Messages that the viewer has in part, and that have changed. */
  changedOpen({ drafts }: ConversationState): number[] {
    const versions = new Map(drafts);
    return [...this.open].flatMap(([seq, { version }]) =>
      version === null || versions.get(seq) !== version ? [seq] : [],
    );
  }

  /** Messages in progress of which the viewer has nothing. */
  unknownOpen({ drafts }: ConversationState): number[] {
    return drafts.flatMap(([seq]) => (seq <= this.lastSeq && !this.open.has(seq) ? [seq] : []));
  }

  /** Sends the whole message. */
  whole(message: MessageDto): ConversationEvent {
    const { seq } = message;
    this.lastSeq = Math.max(this.lastSeq, seq);
    if (message.status === 'in_progress') {
      const cursor = new ReplyCursor(seq);
      const parts = partsOf(message.content);
      cursor.skip(parts);
      this.keep(message, cursor, parts);
    } else this.open.delete(seq);
    return this.event('message', message);
  }

  /** Sends what is new of a message that the viewer has in part. */
  *grown(message: MessageDto): Generator<ConversationEvent> {
    const { seq } = message;
    const open = this.open.get(seq);
    const parts = partsOf(message.content);
    const { cursor, digest } = open ?? { cursor: null, digest: null };
    cursor?.place(parts);
    const isReplaced = !cursor || (digest !== null && cursor.digest(parts) !== digest);
    if (isReplaced || message.status !== 'in_progress') return void (yield this.whole(message));
    for (const change of cursor.take(parts)) {
      const { part } = change;
      this.keep(message, cursor, parts);
      yield change.kind === 'part'
        ? this.event('part', { seq, part, value: change.value })
        : this.event('delta', { seq, part, kind: change.kind, text: change.text });
    }
    this.keep(message, cursor, parts);
  }

  *head({ headSeq, headId, lastSeq }: ConversationState): Generator<ConversationEvent> {
    if (headSeq === this.headSeq) return;
    this.headSeq = headSeq;
    yield this.event('head', { seq: headSeq || null, messageId: headId, lastSeq });
  }

  /** The mark of reading, when there is one, and it or the number of unread messages has changed. */
  *read(state: ConversationState): Generator<ConversationEvent> {
    if (state.readUpTo === null) return;
    const mark = toReadMark(state);
    const text = JSON.stringify(mark);
    if (text === this.readMark) return;
    this.readMark = text;
    yield this.event('read', mark);
  }

  get knownTurns(): string[] {
    return [...this.turns.keys()];
  }

  /** @param rows the newest ones and the known ones, oldest first */
  *turnsOf(rows: readonly ShownTurn[]): Generator<ConversationEvent> {
    for (const row of rows) {
      const { id } = row;
      const isOver = isFinal(row.state);
      const isNew = this.newestTurn === null ? this.endedSince(row) : id > this.newestTurn;
      const turn: TurnDto = toTurnDto(row);
      const known = this.turns.get(id);
      if (isOver && known === undefined && !isNew) continue;
      const text = JSON.stringify(turn);
      if (isOver) this.turns.delete(id);
      else this.turns.set(id, text);
      if (known !== text) yield this.event('turn', turn);
    }
    const last = rows.at(-1)?.id ?? '';
    if (this.newestTurn === null || last > this.newestTurn) this.newestTurn = last;
  }

  /** Notes that the viewer has all that the state says. */
  settle({ at, erasures }: ConversationState): void {
    this.at = at;
    this.since = at - OVERLAP_MS;
    this.erasures = erasures;
  }

  private endedSince({ finishedAt }: ShownTurn): boolean {
    return finishedAt !== null && Date.parse(finishedAt) >= this.since;
  }

  private keep({ seq, version }: MessageDto, cursor: ReplyCursor, parts: Parts): void {
    this.open.set(seq, { cursor, version: version ?? null, digest: cursor.digest(parts) });
  }

  private event(event: ConversationEvent['event'], data: unknown): ConversationEvent {
    const { lastSeq, at } = this;
    const open = [...this.open.values()].map(({ cursor }) => cursor.position);
    const position = { lastSeq, headSeq: this.headSeq ?? 0, at, open };
    return { event, id: writeConversationPosition(position), data };
  }
}
