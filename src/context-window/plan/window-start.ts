// Where a window begins that cannot hold the whole conversation, so that it begins there for many turns.
import type { WindowMessage } from './window-message.js';

export interface Room {
  tokens: number;
  messages: number;
}

/** What a message takes of the room; what is in the window anyway takes nothing. */
type Cost = (message: WindowMessage) => number;

/** The share of what would fit that may be given up, so that the window need not move with every message. */
const SLACK = 0.25;

/** The index of the first message of the longest end of `messages` that fits; 0 when all do. */
export function earliestStart(messages: WindowMessage[], room: Room, cost: Cost): number {
  let [tokens, count] = [0, 0];
  for (let i = messages.length - 1; i >= 0; i--) {
    const own = cost(messages[i]!);
    tokens += own;
    if (own > 0) count++;
    if (tokens > room.tokens || count > room.messages) return i + 1;
  }
  return 0;
}

/**
 * Were the window as long as would fit, each new message would push the oldest out, and the model's provider would have to read all of
 * it anew. So among the starts that leave at most a quarter unused, it takes the roundest: the first message after the multiple
 * of the highest power of two. That one stays the roundest while the window grows, until it no longer fits.
 * A turn is not begun in the middle where that can be had: users' messages come first.
 */
export function steadyStart(messages: WindowMessage[], room: Room, cost: Cost): number {
  const earliest = earliestStart(messages, room, cost);
  if (earliest === 0) return 0;
  const latest = latestStart(messages, earliest, cost);
  const starts = (isStart: (message: WindowMessage) => boolean) =>
    indexes(earliest, latest).filter((i) => isStart(messages[i]!));
  const candidates = [starts(opensTurn), starts(isWhole)].find((found) => found.length > 0);
  return candidates ? roundest(messages, candidates) : nextWhole(messages, latest + 1);
}

/** The last index from where on three quarters of what would fit are still there. */
function latestStart(messages: WindowMessage[], earliest: number, cost: Cost): number {
  const total = messages.slice(earliest).reduce((sum, message) => sum + cost(message), 0);
  let left = total;
  for (let i = earliest; i < messages.length; i++) {
    if (
      left < total * (1 - SLACK) ||
      messages.length - i < (messages.length - earliest) * (1 - SLACK)
    )
      return i - 1;
    left -= cost(messages[i]!);
  }
  return messages.length - 1;
}

const isWhole = ({ results }: WindowMessage) => results.length === 0;
const opensTurn = (message: WindowMessage) => message.role === 'user' && isWhole(message);

function nextWhole(messages: WindowMessage[], from: number): number {
  const found = messages.findIndex((message, i) => i >= from && isWhole(message));
  return found < 0 ? messages.length : found;
}

/** Of each message the highest power of two that has a multiple after the user's message before it, up to this one. */
function roundnesses(messages: WindowMessage[]): number[] {
  let previous = (messages[0]?.seq ?? 1) - 1;
  return messages.map((message) => {
    const power = 31 - Math.clz32(previous ^ message.seq);
    if (opensTurn(message)) previous = message.seq;
    return power;
  });
}

function roundest(messages: WindowMessage[], candidates: number[]): number {
  const powers = roundnesses(messages);
  return candidates.reduce((best, i) => (powers[i]! > powers[best]! ? i : best));
}

const indexes = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
