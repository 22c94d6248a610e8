// Orders messages into turns in which each tool call has its result: providers refuse one without
// the other.
import {
  isToolCall,
  isToolResult,
  type Part,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
} from '../../conversations/parts/index.js';
import type { OmittedPart } from './counted-part.js';
import type { WindowMessage } from './window-message.js';

/** The turns that a message becomes: its own, then the results of its calls. */
export interface MessageTurns {
  message: WindowMessage;
  turns: Turn[];
}

export interface Exchanges {
  all: MessageTurns[];
  /** Calls and results that were left out because the other side is missing. */
  unpaired: OmittedPart[];
}

/** Results by call. */
type Answers = Map<ToolCallPart, ToolResultPart>;

/**
 * Pairs the calls and results of messages, which are in the order of the conversation. Results may
 * come later than the next message, and a call id may be used again once it was answered.
 */
export function pairToolCalls(messages: WindowMessage[]): Exchanges {
  const open = new OpenCalls();
  const answers: Answers = new Map();
  const unpaired: OmittedPart[] = [];
  for (const { parts } of messages)
    for (const { part } of parts) {
      if (isToolCall(part)) open.add(part);
      else if (isToolResult(part)) {
        const call = open.take(part);
        if (call) answers.set(call, part);
        else unpaired.push({ part, reason: 'unpaired' });
      }
    }
  for (const part of open.all) unpaired.push({ part, reason: 'unpaired' });
  return {
    all: messages.map((message) => ({ message, turns: toTurns(message, answers) })),
    unpaired,
  };
}

/** Calls of one id, of which the first `taken` have their results. */
interface Waiting {
  calls: ToolCallPart[];
  taken: number;
}

/** Calls without a result yet. Of several with the same id, the newest is last. */
class OpenCalls {
  private readonly byId = new Map<string, Waiting>();

  get all(): ToolCallPart[] {
    return [...this.byId.values()].flatMap(({ calls, taken }) => calls.slice(taken));
  }

  add(call: ToolCallPart): void {
    const id = keyOf(call);
    const same = this.byId.get(id);
    if (same) same.calls.push(call);
    else this.byId.set(id, { calls: [call], taken: 0 });
  }

  /**
   * Takes the call that a result answers: the newest of its id, the oldest of its name where there
   * are no ids, or the only one when the result tells neither.
   */
  take(result: ToolResultPart): ToolCallPart | null {
    const id = this.byId.has(keyOf(result)) ? keyOf(result) : this.onlyId(result);
    const same = id === null ? undefined : this.byId.get(id);
    if (!same) return null;
    const call = result.callId === null ? same.calls[same.taken++]! : same.calls.pop()!;
    if (same.taken === same.calls.length) this.byId.delete(id!);
    return call;
  }

  private onlyId({ callId }: ToolResultPart): string | null {
    if (callId !== null || this.byId.size !== 1) return null;
    const [[id, { calls, taken }]] = this.byId as unknown as [[string, Waiting]];
    return calls.length - taken === 1 ? id : null;
  }
}

const keyOf = ({ callId, name }: ToolCallPart | ToolResultPart): string =>
  callId === null ? `name:${name}` : `id:${callId}`;

/**
 * Splits a message into turns. Where a message has the results of its own calls, what stands after
 * a result was said after it, and begins another turn.
 */
function toTurns({ role, parts }: WindowMessage, answers: Answers): Turn[] {
  const turns: Turn[] = [];
  let said: Part[] = [];
  let results: Part[] = [];
  /** The results of this turn as they are stored, to tell those that stand in this message. */
  let answered = new Set<Part>();
  let hasAnswered = false;
  const end = () => {
    const speaker = results.length > 0 ? 'assistant' : role;
    if (said.length > 0) turns.push({ role: speaker, parts: said, isLeading: false });
    if (results.length > 0) turns.push({ role: 'tool', parts: results, isLeading: false });
    [said, results, answered, hasAnswered] = [[], [], new Set(), false];
  };
  for (const { part } of parts) {
    if (isToolResult(part)) {
      hasAnswered ||= answered.has(part);
      continue;
    }
    // Calls that stand among their results were made at once.
    if (hasAnswered && !isToolCall(part)) end();
    if (!isToolCall(part)) said.push(part);
    else {
      const result = answers.get(part);
      if (!result) continue;
      said.push(part);
      answered.add(result);
      results.push({ ...result, callId: part.callId, name: part.name });
    }
  }
  end();
  return turns;
}
