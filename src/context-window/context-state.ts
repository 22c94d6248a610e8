// Reads in one round trip everything that decides whether a cached context still holds.
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { RequestContexts } from '../platform/context/index.js';
import type { Read } from '../platform/database/index.js';
import { ContextReads } from './context-reads.js';
import { type ContextSource, ContextSources, type SourceState } from './context-source.js';
import { ContextRepository, type ConversationState } from './context.repository.js';

export interface ContextState {
  conversation: ConversationState;
  /** Changes whenever a context of the conversation could change. */
  version: string;
  /** The sources that may have something to contribute, in order. */
  sources: ContextSource[];
}

/** Conversations whose last state is kept in the process, each with some 500 bytes. */
const MAX_KNOWN_STATES = 10_000;

@Injectable()
export class ContextStates {
  private readonly known = new LRUCache<string, ContextState>({ max: MAX_KNOWN_STATES });

  constructor(
    private readonly contexts: RequestContexts,
    private readonly rows: ContextRepository,
    private readonly sources: ContextSources,
  ) {}

  /** Returns the state as it was at the last `read` in this process. */
  lastKnown(conversationId: string): ContextState | undefined {
    return this.known.get(this.keyOf(conversationId));
  }

  /**
   * Reads the state, null without the conversation, and then what else is asked for, in one round
   * trip. What is read after the state is at least as new as its version, so a context is never
   * kept under the version of a later state.
   * @returns also the rows of each of `more`
   */
  async read(
    conversationId: string,
    more: readonly Read[],
  ): Promise<{ state: ContextState | null; rows: object[][] }> {
    const reads = new ContextReads();
    const asked = this.sources.all.map((source) => {
      const read = source.stateRead();
      return { source, place: read && reads.add(read) };
    });
    const count = reads.all.length;
    const all = [...reads.all, ...more];
    const { state: conversation, rows } = await this.rows.readState(conversationId, all);
    if (!conversation) return { state: null, rows: [] };
    const states = rows.slice(0, count) as SourceState[][];
    const state: ContextState = {
      conversation,
      version: JSON.stringify([
        versionOf(conversation),
        ...states.map(([row]) => row?.version ?? ''),
      ]),
      sources: asked.flatMap(({ source, place }) =>
        place === null || mayContribute(source, states[place]?.[0]) ? [source] : [],
      ),
    };
    this.known.set(this.keyOf(conversationId), state);
    return { state, rows: rows.slice(count) };
  }

  private keyOf(conversationId: string): string {
    return `${this.contexts.userScope().userId} ${conversationId}`;
  }
}

/** True when the same statements are read for contexts of both states. */
export const haveSameReads = (a: ContextState, b: ContextState): boolean =>
  isDeepStrictEqual({ ...a.conversation, lastSeq: 0 }, { ...b.conversation, lastSeq: 0 }) &&
  a.sources.length === b.sources.length &&
  a.sources.every((source, i) => source === b.sources[i]);

const mayContribute = (
  { part, flag = part }: ContextSource,
  state: SourceState | undefined,
): boolean => state !== undefined && state[flag] !== false;

const versionOf = ({
  lastSeq,
  contextVersion,
  createdAt,
  agentRevision,
  agentOverrides,
}: ConversationState): string =>
  `${lastSeq}.${contextVersion}.${createdAt}.${agentRevision ?? ''}.${agentOverrides ?? ''}`;
