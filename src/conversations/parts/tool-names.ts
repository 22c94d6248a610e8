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
