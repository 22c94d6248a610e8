// Makes names and ids of tools legal for a provider, in the same way each time.
import { createHash } from 'node:crypto';
import { isToolCall, isToolResult, type Part } from './part.js';

const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

const ILLEGAL = /[^a-zA-Z0-9_-]/g;
const DIGEST_LENGTH = 8;

/**
 * Returns the name when it is legal. Otherwise its illegal characters become `_`, and a digest of
 * the whole name follows, so that two names stay two.
 */
export function legalToolName(name: string, maxLength = 64): string {
  const clean = name.slice(0, maxLength).replace(ILLEGAL, '_');
  if (clean === name && name !== '') return name;
  const kept = clean.slice(0, maxLength - DIGEST_LENGTH - 1);
  return `${kept}_${digest(name, DIGEST_LENGTH)}`;
}

/** Returns the id when it is legal; otherwise its characters are replaced, and a digest follows. */
export function legalCallId(id: string, maxLength = 64): string {
  const clean = id.slice(0, maxLength).replace(ILLEGAL, '_');
  if (clean === id && id !== '') return id;
  const kept = clean.slice(0, maxLength - DIGEST_LENGTH - 1);
  return `${kept}_${digest(id, DIGEST_LENGTH)}`;
}

interface Identified {
  callId: string | null;
}

/** Gives results the names of their calls, which some dialects tell with the call only. */
export class CallNames {
  private readonly byId = new Map<string, string>();

  /**
   * Returns the parts of the next message, in which each result that tells no name has that of the
   * call with its id. The Agents SDK tells the id itself where it does not know the name.
   */
  named(parts: readonly Part[]): Part[] {
    for (const part of parts)
      if (isToolCall(part) && part.callId !== null) this.byId.set(part.callId, part.name);
    return parts.map((part) => {
      if (!isToolResult(part) || part.callId === null) return part;
      const isNamed = part.name !== null && part.name !== part.callId;
      const name = isNamed ? undefined : this.byId.get(part.callId);
      return name === undefined ? part : { ...part, name };
    });
  }
}

/**
 * Gives calls without an id, and their results, ids by the place of the message in its conversation. So
 * they are the same on each page, and those of two messages differ.
 */
export class PlacedCallIds {
  /** By the numbers of the messages with the calls. */
  private readonly open = new Map<number, OpenCalls>();
  /** Those of the last message with calls; a message without calls and results ends them. */
  private last: OpenCalls | undefined;

  /** @param parts of the next message */
  placed(parts: readonly Part[], { seq, parentSeq }: PlacedMessage): Part[] {
    const before = parentSeq ?? seq - 1;
    const answered = this.open.get(before) ?? this.last;
    let made: OpenCalls | undefined;
    let [calls, results] = [0, 0];
    const placed = parts.map((part) => {
      if (isToolCall(part) && part.callId === null) {
        const callId = `call_${seq}_${++calls}`;
        (made ??= new OpenCalls()).add(part.name, callId);
        return { ...part, callId };
      }
      if (!isToolResult(part) || part.callId !== null) return part;
      const callId = (made ?? answered)?.take(part.name) ?? `call_${before}_${++results}`;
      return { ...part, callId };
    });
    if (made) this.open.set(seq, made);
    if (made || !parts.some(isToolResult)) this.last = made;
    return placed;
  }
}

/** Calls of one message that have no result yet, by the names of their tools. */
class OpenCalls {
  private readonly ids = new Map<string, string[]>();

  add(name: string, id: string): void {
    const ids = this.ids.get(name);
    if (ids) ids.push(id);
    else this.ids.set(name, [id]);
  }

  /** Takes the first call of the tool, or the first of all when there is none. */
  take(name: string | null): string | undefined {
    const [first] = this.ids.keys();
    const key = name !== null && this.ids.has(name) ? name : first;
    if (key === undefined) return undefined;
    const ids = this.ids.get(key)!;
    if (ids.length === 1) this.ids.delete(key);
    return ids.shift();
  }
}

/** Numbers of a message and of the one that it follows. */
export interface PlacedMessage {
  seq: number;
  parentSeq?: number | null;
}

/**
 * Gives each call of one request an id that is legal and used once, and its result the same. A
 * conversation may use an id again, or have none.
 */
export class CallIds {
  private readonly given = new Set<string>();
  /** For each id, the next number to try, so that many equal ids take linear time. */
  private readonly next = new Map<string, number>();

  /** The id that was given last for each id of the conversation. */
  private readonly current = new Map<string | null, string>();
  private lastCalls: readonly Identified[] = [];
  private lastIds: string[] = [];

  constructor(private readonly maxLength = 40) {}

  /** Returns the ids for the calls of a turn. */
  forCalls(calls: readonly Identified[]): string[] {
    this.lastCalls = calls;
    this.lastIds = calls.map(({ callId }) => {
      const id = this.idFor(callId);
      this.current.set(callId, id);
      return id;
    });
    return this.lastIds;
  }

  /**
   * Returns the ids for the results of a turn: those of the calls of the turn before when they
   * answer all of them in order, otherwise each by its own id.
   */
  forResults(results: readonly Identified[]): string[] {
    const { lastCalls, lastIds } = this;
    const areAll =
      results.length === lastCalls.length &&
      results.every(({ callId }, i) => callId === null || callId === lastCalls[i]!.callId);
    return areAll
      ? lastIds
      : results.map(({ callId }) => this.current.get(callId) ?? this.idFor(callId));
  }

  private idFor(callId: string | null): string {
    const own = legalCallId(callId ?? 'call', this.maxLength);
    let unique = own;
    let number = this.next.get(own) ?? 2;
    while (this.given.has(unique)) unique = this.numbered(own, number++);
    this.next.set(own, number);
    this.given.add(unique);
    return unique;
  }

  private numbered(own: string, number: number): string {
    const suffix = `_${number}`;
    return own.slice(0, this.maxLength - suffix.length) + suffix;
  }
}
