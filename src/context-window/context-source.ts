// What other features put into a context: memories, blocks, the agent's own prompt. They register here; the builder knows none of them.
import { Injectable } from '@nestjs/common';
import type { Recalled } from './plan/recalled.js';

/** What a caller can ask for by name with `include`, besides the recent messages, which are always there. */
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
  /** Of memories, at most: what the caller says, or the agent. */
  memoryLimit: number | null;
  /** The agent that leads the conversation, in the version it has for this context: what is for it alone may go in, too. */
  agent: Pick<AgentPolicy, 'id' | 'prompt'> | null;
  /** The whole budget: more than that is never of use. */
  tokens: number;
}

/** What the agent that leads a conversation says of its contexts. */
export interface AgentPolicy {
  id: string;
  /** Null when it has none. */
  prompt: Pick<Contribution, 'ref' | 'text'> | null;
  memoryLimit: number;
  blocks: boolean;
  /** What its contexts may take when a request does not say it. */
  budgetTokens: number | null;
  /** Paths of what the user laid over the configuration and the service does not let users change. */
  omittedOverrides: string[];
}

/** What is known of a text that was recalled: it is data to a model. A contribution without is the application's own word. */
export type Origin = Pick<Recalled, 'attributes'> & { element: 'memory' | 'block' };

export interface Contribution {
  /** Names the text for good: an id with its version. Asked for it again, the source must give the same text, or nothing. */
  ref: string;
  text: string;
  origin?: Origin;
  /**
   * `prefix` comes before the messages and must not change from turn to turn, or the provider's prompt cache is lost;
   * `tail` comes right before the newest message of the user.
   */
  place: 'prefix' | 'tail';
}

export interface ContextSource {
  readonly part: Exclude<ContextPart, 'system' | 'pinned' | 'summaries'>;
  /** Read from the database: another text whenever `contribute` could answer otherwise. */
  stamp: (conversationId: string) => Promise<string>;
  /** Most important first: what no longer fits is left out, and said to be. */
  contribute: (question: ContextQuestion) => Promise<Contribution[]>;
  /** The texts behind refs that were given before; what has been erased since is missing. */
  recall: (refs: string[]) => Promise<Map<string, string>>;
}

@Injectable()
export class ContextSources {
  private readonly sources: ContextSource[] = [];

  /** Call it from `onModuleInit`. The order of the parts is the order of `CONTEXT_PARTS`. */
  register(source: ContextSource): void {
    this.sources.push(source);
    this.sources.sort((a, b) => CONTEXT_PARTS.indexOf(a.part) - CONTEXT_PARTS.indexOf(b.part));
  }

  get all(): readonly ContextSource[] {
    return this.sources;
  }
}
