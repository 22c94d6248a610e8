// Keeps each tool call together with its results: providers refuse a call without its result, and a result without its call.
import type { WindowMessage } from './window-message.js';
import type { ToolCall, ToolResult } from './tool-parts.js';

/** A message as it is sent: its calls are all answered, and their results follow it at once, in the order of the calls. */
export interface Turn {
  message: WindowMessage;
  exchanges: { call: ToolCall; result: ToolResult }[];
}

export interface Exchanges {
  turns: Turn[];
  /** Messages of which anything is sent. */
  used: Set<WindowMessage>;
  /** Calls and results that had to be left out because the other side is not there. */
  unpaired: number;
}

interface OpenCall {
  call: ToolCall;
  turn: Turn;
}

/** Calls that wait for a result, by their id; of several that share one, the newest is the last. */
type OpenCalls = Map<string, OpenCall[]>;

/** `messages` in the order of the log. A call's results may come later in it; a call id may be used again once it was answered. */
export function pairToolCalls(messages: WindowMessage[]): Exchanges {
  const open: OpenCalls = new Map();
  const used = new Set<WindowMessage>();
  let orphans = 0;
  const turns = messages.map((message) => {
    for (const result of message.results) {
      if (answer(open, result)) used.add(message);
      else orphans++;
    }
    const turn: Turn = { message, exchanges: [] };
    for (const call of message.calls) wait(open, { call, turn });
    return turn;
  });
  const speaking = turns.filter(saysSomething);
  for (const turn of speaking) {
    inOrderOfCalls(turn);
    used.add(turn.message);
  }
  return { turns: speaking, used, unpaired: orphans + waiting(open) };
}

function wait(open: OpenCalls, one: OpenCall): void {
  const same = open.get(one.call.id);
  if (same) same.push(one);
  else open.set(one.call.id, [one]);
}

function waiting(open: OpenCalls): number {
  let count = 0;
  for (const same of open.values()) count += same.length;
  return count;
}

/** The newest call that waits for this result. One that does not say what it answers takes the only call there is. */
function answer(open: OpenCalls, result: ToolResult): boolean {
  const [only] = open.size === 1 ? open.keys() : [];
  const id = result.callId ?? (only !== undefined && open.get(only)!.length === 1 ? only : null);
  const same = id === null ? undefined : open.get(id);
  if (!same) return false;
  const { call, turn } = same.pop()!;
  if (same.length === 0) open.delete(id!);
  turn.exchanges.push({ call, result });
  return true;
}

function inOrderOfCalls({ message, exchanges }: Turn): void {
  if (exchanges.length < 2) return;
  const places = new Map(message.calls.map((call, place) => [call, place]));
  exchanges.sort((a, b) => places.get(a.call)! - places.get(b.call)!);
}

const saysSomething = ({ message, exchanges }: Turn): boolean =>
  exchanges.length > 0 ||
  message.parts.length > 0 ||
  (message.calls.length === 0 && message.results.length === 0);
