// The registry of features that contribute to contexts: memories, blocks, the agent's prompt. The
// builder knows none of them.
import { Injectable } from '@nestjs/common';
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
  query: string | null;
  /** The maximum number of memories, from the request or the agent configuration. */
  memoryLimit: number | null;
  /**
   * The agent of the conversation, in the version for this context. Memories for this agent only
   * may be included.
   */
  agent: Pick<AgentPolicy, 'id' | 'prompt'> | null;
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
}

export interface ContextSource {
  readonly part: Exclude<ContextPart, 'system' | 'pinned' | 'summaries'>;
  /**
   * Returns a text, read from the database, that changes whenever `contribute` could return
   * something else.
   */
  stateVersion: (conversationId: string) => Promise<string>;
  /**
   * Returns contributions, the most important first. Those that do not fit are left out and
   * counted.
   */
  contribute: (question: ContextQuestion) => Promise<Contribution[]>;
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
