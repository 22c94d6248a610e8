// What the stream of a conversation has told of its turns, and of the replies that grow in it.
import type {
  ConversationEvent,
  Message,
  TurnInfo,
} from '../../../../clients/typescript/src/index.js';

/** A part of a reply: a text that grows, or a whole part of another kind. */
export type ReplyPart =
  | { readonly kind: 'text' | 'reasoning'; readonly text: string }
  | { readonly kind: 'part'; readonly value: unknown };

export interface LiveTurns {
  /** By id, as they changed since the stream began, and those that had not ended then. */
  readonly turns: ReadonlyMap<string, TurnInfo>;
  /** By `seq` of the reply. Only the newest ones. */
  readonly replies: ReadonlyMap<number, readonly ReplyPart[]>;
}

const MAX_REPLIES = 20;

export const NOTHING_LIVE: LiveTurns = { turns: new Map(), replies: new Map() };

const ENDED = new Set<TurnInfo['state']>(['completed', 'failed', 'cancelled', 'interrupted']);
export const hasEnded = ({ state }: TurnInfo): boolean => ENDED.has(state);

/** @returns what is known after the event; the same object where it tells nothing of turns */
export function afterEvent(live: LiveTurns, { event, data }: ConversationEvent): LiveTurns {
  if (event === 'turn') return { ...live, turns: new Map(live.turns).set(data.id, data) };
  if (event === 'message')
    return data.role === 'assistant' ? withReply(live, data.seq, partsOf(data)) : live;
  if (event !== 'delta' && event !== 'part') return live;
  const parts = [...(live.replies.get(data.seq) ?? [])];
  parts[data.part] = event === 'part' ? { kind: 'part', value: data.value } : grown(parts, data);
  return withReply(live, data.seq, parts);
}

type Delta = Extract<ConversationEvent, { event: 'delta' }>['data'];

function grown(parts: readonly ReplyPart[], { part, kind, text }: Delta): ReplyPart {
  const before = parts[part];
  return { kind, text: before && before.kind !== 'part' ? before.text + text : text };
}

function withReply(live: LiveTurns, seq: number, parts: readonly ReplyPart[]): LiveTurns {
  const replies = new Map(live.replies).set(seq, parts);
  if (replies.size > MAX_REPLIES) replies.delete(Math.min(...replies.keys()));
  return { ...live, replies };
}

function partsOf({ content }: Message): ReplyPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  return (content as { type?: string; text?: unknown }[]).map((value) =>
    typeof value.text === 'string' && (value.type === 'text' || value.type === 'reasoning')
      ? { kind: value.type, text: value.text }
      : { kind: 'part', value },
  );
}

/** Turns of a page that was loaded, as the stream has changed them, and new ones; newest first. */
export function withLive(loaded: readonly TurnInfo[], { turns }: LiveTurns): TurnInfo[] {
  const all = new Map([...loaded.map((turn) => [turn.id, turn] as const), ...turns]);
  // Ids are UUIDv7: later ones are greater.
  return [...all.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** The turns to show as they go on, at most `limit`: those that have not ended, and then the newest. */
export function followedOf({ turns }: LiveTurns, limit: number): TurnInfo[] {
  const rank = (turn: TurnInfo): number => (hasEnded(turn) ? 2 : turn.state === 'queued' ? 1 : 0);
  const byRank = [...turns.values()].reverse().sort((a, b) => rank(a) - rank(b));
  const shown = new Set(byRank.slice(0, limit));
  return [...turns.values()].filter((turn) => shown.has(turn));
}

/** What a turn has said so far, in all rounds of its tools. */
export const saidBy = ({ rounds, replySeq }: TurnInfo, { replies }: LiveTurns): ReplyPart[] =>
  [...rounds.map((round) => round.replySeq), replySeq].flatMap((seq) =>
    seq === null ? [] : (replies.get(seq) ?? []),
  );
