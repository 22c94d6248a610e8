// Makes turns of messages that are converted. What one side said in several messages, such as
// calls that are items of their own, becomes one turn where providers want it in one message.
import type { Turn } from './dialect.js';
import { isToolCall, isToolResult, type Part } from './part.js';

/**
 * Splits a message where results of tools begin and end: they are turns of their own. Calls that
 * stand among their results, as in the AI SDK, were made at once.
 */
export function splitTurns(role: Turn['role'], parts: Part[]): Turn[] {
  const turns: Turn[] = [];
  for (const part of parts) {
    const speaker = isToolResult(part) ? 'tool' : role === 'tool' ? 'user' : role;
    const last = turns.at(-1);
    const calling = isToolCall(part) && last?.role === 'tool' ? turns.at(-2) : last;
    if (calling?.role === speaker) calling.parts.push(part);
    else turns.push({ role: speaker, parts: [part], isLeading: false });
  }
  return turns;
}

/** Joins the turns of messages that follow each other. */
export class JoinedTurns {
  private turns: Turn[] = [];
  /** True while the last turn has calls, which wait for their results. */
  private hasCalls = false;
  /** True while the last turn is nothing but thoughts, which lead to what follows. */
  private isThinking = false;

  add(turn: Turn): void {
    const { role, parts } = turn;
    const last = this.turns.at(-1);
    const isSame = last?.role === role;
    if (isSame && (role === 'tool' || (role === 'assistant' && this.belongs(parts))))
      for (const part of parts) last.parts.push(part);
    else {
      this.turns.push(turn);
      if (role === 'assistant') [this.hasCalls, this.isThinking] = [false, true];
    }
    if (role !== 'assistant') return;
    this.hasCalls ||= parts.some(isToolCall);
    this.isThinking &&= parts.every(isThought);
  }

  /** Returns the turns and begins anew. */
  take(): Turn[] {
    const { turns } = this;
    [this.turns, this.hasCalls, this.isThinking] = [[], false, false];
    return turns.map((turn, i) =>
      turn.role === 'tool'
        ? { ...turn, parts: inOrder(turn.parts, turns[i - 1]?.parts ?? []) }
        : turn,
    );
  }

  /**
   * Tells whether the assistant says this in the same message. What stands between calls and their
   * results does, as nothing may come between two messages with calls and results.
   */
  private belongs(parts: Part[]): boolean {
    if (this.hasCalls || this.isThinking) return true;
    const first = parts.find((part) => !isThought(part));
    return first !== undefined && isToolCall(first);
  }
}

const isThought = ({ kind }: Part): boolean => kind === 'reasoning';

/** Returns results in the order of their calls, when each of them tells one. */
function inOrder(results: Part[], said: Part[]): Part[] {
  const places = new Map(said.filter(isToolCall).map(({ callId }, i) => [callId, i]));
  const placed = results.map((result) => ({
    result,
    place: isToolResult(result) && result.callId !== null ? places.get(result.callId) : undefined,
  }));
  return placed.some(({ place }) => place === undefined)
    ? results
    : placed.toSorted((a, b) => a.place! - b.place!).map(({ result }) => result);
}
