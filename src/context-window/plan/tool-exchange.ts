// Pairs each tool call with its result: providers refuse one without the other.
import type { WindowMessage } from './window-message.js';
import type { ToolCall, ToolResult } from './tool-parts.js';

/**
 * A message as it is sent: each of its calls has a result, and the results follow it in the order
 * of the calls.
 */
export interface Turn {
  message: WindowMessage;
  exchanges: { call: ToolCall; result: ToolResult }[];
}

export interface Exchanges {
  turns: Turn[];
  /** Messages of which anything is sent. */
  used: Set<WindowMessage>;
  /** Number of calls and results that were left out because the other side is missing. */
  unpaired: number;
}

interface OpenCall {
  call: ToolCall;
  turn: Turn;
}

/** Calls without a result yet, by id. Of several with the same id, the newest is last. */
type OpenCalls = Map<string, OpenCall[]>;

/**
 * Pairs the calls and results of messages, which are in the order of the conversation. Results may
 * come later than the next message, and a call id may be used again once it was answered.
 */
export function pairToolCalls(messages: WindowMessage[]): Exchanges {
  const open: OpenCalls = new Map();
  const used = new Set<WindowMessage>();
  let orphans = 0;
  const turns = messages.map((message) => {
    for (const result of message.results) {
      if (pairResult(open, result)) used.add(message);
      else orphans++;
    }
    const turn: Turn = { message, exchanges: [] };
    for (const call of message.calls) addOpenCall(open, { call, turn });
    return turn;
  });
  const speaking = turns.filter(hasContent);
  for (const turn of speaking) {
    sortByCalls(turn);
    used.add(turn.message);
  }
  return { turns: speaking, used, unpaired: orphans + countOpenCalls(open) };
}

function addOpenCall(open: OpenCalls, one: OpenCall): void {
  const same = open.get(one.call.id);
  if (same) same.push(one);
  else open.set(one.call.id, [one]);
}

function countOpenCalls(open: OpenCalls): number {
  let count = 0;
  for (const same of open.values()) count += same.length;
  return count;
}

/**
 * Pairs a result with the newest open call of its id. A result without an id takes the only open
 * call.
 */
function pairResult(open: OpenCalls, result: ToolResult): boolean {
  const [only] = open.size === 1 ? open.keys() : [];
  const id = result.callId ?? (only !== undefined && open.get(only)!.length === 1 ? only : null);
  const same = id === null ? undefined : open.get(id);
  if (!same) return false;
  const { call, turn } = same.pop()!;
  if (same.length === 0) open.delete(id!);
  turn.exchanges.push({ call, result });
  return true;
}

function sortByCalls({ message, exchanges }: Turn): void {
  if (exchanges.length < 2) return;
  const places = new Map(message.calls.map((call, place) => [call, place]));
  exchanges.sort((a, b) => places.get(a.call)! - places.get(b.call)!);
}

const hasContent = ({ message, exchanges }: Turn): boolean =>
  exchanges.length > 0 ||
  message.parts.length > 0 ||
  (message.calls.length === 0 && message.results.length === 0);
