// How far a viewer has a conversation. Any process can go on from a position, because it names places
// in what is stored.
import type { ReplyPosition } from '../turns/streams/reply-position.js';
import { MAX_INTEGER } from '../../platform/input/index.js';

export interface ConversationPosition {
  /** `seq` of the last message that the viewer has. */
  lastSeq: number;
  headSeq: number;
  /** Milliseconds since 1970, up to which the viewer has everything else. */
  at: number;
  /** Places in messages in progress. */
  open: ReplyPosition[];
}

/** A conversation has at most ten messages in progress. */
const FORM = /^\d{1,10}\.\d{1,10}\.\d{1,15}(?:_\d{1,10}\.\d{1,6}\.\d{1,9}){0,10}$/;
const MAX_LENGTH = 400;

export const writeConversationPosition = (position: ConversationPosition): string => {
  const { lastSeq, headSeq, at, open } = position;
  const places = open.map(({ seq, part, bytes }) => `_${seq}.${part}.${bytes}`);
  return `${lastSeq}.${headSeq}.${at}${places.join('')}`;
};

/** Reads what `writeConversationPosition` wrote; null for anything else. */
export function readConversationPosition(text: unknown): ConversationPosition | null {
  if (typeof text !== 'string' || text.length > MAX_LENGTH || !FORM.test(text)) return null;
  const [first, ...open] = text
    .split('_')
    .map((numbers) => numbers.split('.').map(Number) as [number, number, number]);
  const [lastSeq, headSeq, at] = first!;
  if (lastSeq > MAX_INTEGER) return null;
  return {
    ...{ lastSeq, headSeq, at },
    open: open.map(([seq, part, bytes]) => ({ seq, part, bytes })),
  };
}
