// The registry of features that contribute to contexts: memories, blocks, the agent's prompt. The
// builder knows none of them.
import { Injectable } from '@nestjs/common';
import type { MessagePath } from '../conversations/index.js';
import type { Read } from '../platform/database/index.js';
import type { Recalled } from './plan/recalled.js';

/** Parts that a request can name in `include`. Recent messages are always included. */
export const CONTEXT_PARTS = [
  'system',
  'pinned',
  'summaries',
  'memories',
  'blocks',
  'agentConfig',
] as const;
export type ContextPart = (typeof CONTEXT_PARTS)[number];

export interface ContextQuestion {
  conversationId: string;
  /** The messages up to the head. Null for a conversation without branches. */
  path: MessagePath | null;
  query: string | null;
  /** IANA name of the time zone of dates in the question; UTC without it. */
  timeZone: string | null;
  /**
   * The maximum number of memories, from the request or the agent configuration. With 0, no source of
   * memories is asked.
   */
  memoryLimit: number | null;
  /**
   * The agent of the conversation, in the version for this context. Memories for this agent only
   * may be included.
   */
  agent: Pick<AgentPolicy, 'id' | 'prompt' | 'blocksInPrompt'> | null;
  /** The whole budget; a longer contribution cannot fit. */
  tokens: number;
}

/** The settings of an agent configuration for contexts. */
export interface AgentPolicy {
  id: string;
  /** Null when the configuration has no prompt. */
  prompt: Pick<Contribution, 'ref' | 'text'> | null;
  memoryLimit: number;
  blocks: boolean;
  /** True when blocks have the voice of the system, as its prompt does. */
  blocksInPrompt: boolean;
  /** Budget of contexts when a request sets none. */
  budgetTokens: number | null;
  /** Paths of overrides that the service no longer lets users make; they are left out. */
  omittedOverrides: string[];
}

/**
 * Marks a text as recalled, which a model gets as data. A contribution without it is the
 * application's own text.
 */
export type Origin = Pick<Recalled, 'attributes'> & { element: 'memory' | 'block' };

export interface Contribution {
  /**
   * Names the text permanently: an id with its version. Asked for it again, the source must return
   * the same text or nothing.
   */
  ref: string;
  text: string;
  origin?: Origin;
  /**
   * `prefix` comes before the messages. It must not change between turns, or the provider's prompt
   * cache misses.
   * `tail` comes right before the user's last message.
   */
  place: 'prefix' | 'tail';
  /**
   * Limits these contributions together to a share of the budget. `standing` ones hold for every
   * question. `filling` ones are not about this question: they stand in the tail only, and are not
   * counted when they do not fit.
   */
  share?: 'standing' | 'filling';
}

type SourcePart = Exclude<ContextPart, 'system' | 'pinned' | 'summaries'>;

/** Flags of a source's state. */
type StateFlag = SourcePart | 'standingMemories';

/** The state of a source. A flag that is false says that there is nothing to contribute now. */
export type SourceState = { version: string } & { [Flag in StateFlag]?: boolean };

/** What a source does for one context. */
export interface PreparedSource {
  /**
   * Statements whose rows `contribute` needs. They are read together with the messages. Without
   * any, `contribute` may run while the messages are read.
   */
  reads: Read[];
  /**
   * Returns contributions, the most important first. Those that do not fit are left out and
   * counted.
   * @param rows of each statement of `reads`
   */
  contribute: (rows: object[][]) => Promise<Contribution[]>;
}

export interface ContextSource {
  readonly part: SourcePart;
  /** The flag of the state that concerns this source; by default, its part. */
  readonly flag?: StateFlag;
  /**
   * Returns a statement that reads the state. Its version changes whenever the source could
   * contribute something else. Without a row, there is nothing to contribute. Sources may share a
   * statement. Null when the conversation's own state includes that of the source.
   */
  stateRead: () => Read<SourceState> | null;
  /** Prepares what the source contributes to one context. Reads nothing from the database. */
  prepare: (question: ContextQuestion) => PreparedSource | Promise<PreparedSource>;
  /** Returns the texts of refs from earlier contributions. Erased ones are missing. */
  recall: (refs: string[]) => Promise<Map<string, string>>;
}

@Injectable()
export class ContextSources {
  private readonly sources: ContextSource[] = [];

  /** Call it from `onModuleInit`. Parts are ordered as in `CONTEXT_PARTS`. */
  register(source: ContextSource): void {
    this.sources.push(source);
    this.sources.sort((a, b) => CONTEXT_PARTS.indexOf(a.part) - CONTEXT_PARTS.indexOf(b.part));
  }

  get all(): readonly ContextSource[] {
    return this.sources;
  }
}
