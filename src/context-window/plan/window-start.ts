// Finds where a window starts when it cannot hold the whole conversation. The start stays the same
// for many turns.
import type { WindowMessage } from './window-message.js';

export interface RemainingBudget {
  tokens: number;
  messages: number;
}

/** The tokens that a message takes. A reserved message takes none here. */
type Cost = (message: WindowMessage) => number;

/**
 * The share of what would fit that may stay unused, so that the start need not move with every
 * message.
 */
const MAX_UNUSED_SHARE = 0.25;

/** Returns the index from which on all messages fit; 0 when the whole list fits. */
export function findEarliestStart(
  messages: WindowMessage[],
  budget: RemainingBudget,
  cost: Cost,
): number {
  let [tokens, count] = [0, 0];
  for (let i = messages.length - 1; i >= 0; i--) {
    const own = cost(messages[i]!);
    tokens += own;
    if (own > 0) count++;
    if (tokens > budget.tokens || count > budget.messages) return i + 1;
  }
  return 0;
}

/**
 * Finds a start that stays the same while the window grows.
 * A window as long as possible would drop its oldest message with each new one, and the provider
 * would read all of it anew.
 * So among the starts that leave at most a quarter unused, this picks the first message after a
 * multiple of the highest power of two. That message stays the best choice until it no longer fits.
 * Users' messages are preferred, so that a window does not begin inside a turn.
 */
export function findStableStart(
  messages: WindowMessage[],
  budget: RemainingBudget,
  cost: Cost,
): number {
  const earliest = findEarliestStart(messages, budget, cost);
  if (earliest === 0) return 0;
  const latest = findLatestStart(messages, earliest, cost);
  const starts = (isStart: (message: WindowMessage) => boolean) =>
    indexes(earliest, latest).filter((i) => isStart(messages[i]!));
  const candidates = [starts(opensTurn), starts(isWhole)].find((found) => found.length > 0);
  return candidates ? mostStable(messages, candidates) : findNextWhole(messages, latest + 1);
}

/** Returns the last index from which on three quarters of what would fit are used. */
function findLatestStart(messages: WindowMessage[], earliest: number, cost: Cost): number {
  const total = messages.slice(earliest).reduce((sum, message) => sum + cost(message), 0);
  let left = total;
  for (let i = earliest; i < messages.length; i++) {
    if (
      left < total * (1 - MAX_UNUSED_SHARE) ||
      messages.length - i < (messages.length - earliest) * (1 - MAX_UNUSED_SHARE)
    )
      return i - 1;
    left -= cost(messages[i]!);
  }
  return messages.length - 1;
}

const isWhole = ({ answers }: WindowMessage) => !answers;
const opensTurn = (message: WindowMessage) => message.role === 'user' && isWhole(message);

function findNextWhole(messages: WindowMessage[], from: number): number {
  const found = messages.findIndex((message, i) => i >= from && isWhole(message));
  return found < 0 ? messages.length : found;
}

/**
 * Returns for each message the highest power of two with a multiple between the user's message
 * before it and this message.
 */
function computeStability(messages: WindowMessage[]): number[] {
  let previous = (messages[0]?.seq ?? 1) - 1;
  return messages.map((message) => {
    const power = 31 - Math.clz32(previous ^ message.seq);
    if (opensTurn(message)) previous = message.seq;
    return power;
  });
}

function mostStable(messages: WindowMessage[], candidates: number[]): number {
  const powers = computeStability(messages);
  return candidates.reduce((best, i) => (powers[i]! > powers[best]! ? i : best));
}

const indexes = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
