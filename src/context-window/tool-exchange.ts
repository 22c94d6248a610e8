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

/** `messages` in the order of the log. A call's results may come later in it; a call id may be used again once it was answered. */
export function pairToolCalls(messages: WindowMessage[]): Exchanges {
  const open: OpenCall[] = [];
  const used = new Set<WindowMessage>();
  let orphans = 0;
  const turns = messages.map((message) => {
    for (const result of message.results) {
      if (answer(open, result)) used.add(message);
      else orphans++;
    }
    const turn: Turn = { message, exchanges: [] };
    open.push(...message.calls.map((call) => ({ call, turn })));
    return turn;
  });
  const speaking = turns.filter(saysSomething);
  for (const turn of speaking) {
    inOrderOfCalls(turn);
    used.add(turn.message);
  }
  return { turns: speaking, used, unpaired: orphans + open.length };
}

/** The newest call that waits for this result. One that does not say what it answers takes the only call there is. */
function answer(open: OpenCall[], result: ToolResult): boolean {
  const at = result.callId === null ? (open.length === 1 ? 0 : -1) : open.findLastIndex(({ call }) => call.id === result.callId);
  if (at < 0) return false;
  const [{ call, turn }] = open.splice(at, 1) as [OpenCall];
  turn.exchanges.push({ call, result });
  return true;
}

function inOrderOfCalls({ message, exchanges }: Turn): void {
  if (exchanges.length > 1) exchanges.sort((a, b) => message.calls.indexOf(a.call) - message.calls.indexOf(b.call));
}

const saysSomething = ({ message, exchanges }: Turn): boolean => exchanges.length > 0 || message.parts.length > 0 || (message.calls.length === 0 && message.results.length === 0);
