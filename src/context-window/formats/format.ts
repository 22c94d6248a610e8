// What a window becomes for a provider. Each format is a pure function of the items, so that the same items give the same bytes.
import type { ToolCall, ToolResult } from '../plan/tool-parts.js';
import type { Turn } from '../plan/tool-exchange.js';

export const CONTEXT_FORMATS = ['openai', 'anthropic'] as const;
export type ContextFormat = (typeof CONTEXT_FORMATS)[number];

/** What is sent, in order: a message with its answered calls, the application's own prompt, or elements that were recalled. */
export type Piece =
  | { kind: 'turn'; turn: Turn }
  | { kind: 'prompt'; text: string }
  | { kind: 'recalled'; elements: string[] };

export interface Sections {
  prefix: Piece[];
  rest: Piece[];
}

export type ProviderMessage = Record<string, unknown>;

export interface Rendered {
  /** Where the provider has a place of its own for it. */
  system?: ProviderMessage[];
  messages: ProviderMessage[];
  /** How many of `messages` are the prefix, as far as they are whole: what follows may be joined to its last one. */
  prefixMessages: number;
  /** The messages of the prefix by themselves. */
  prefix: ProviderMessage[];
  /** Tokens of what the format added: at most its `overhead`. */
  addedTokens: number;
}

/** Where a provider's prompt cache should have its break points: after this block of `system`, or this message. */
export interface Breakpoint {
  in: 'system' | 'messages';
  index: number;
}

export interface Formatter {
  /** Tokens it may add to what it is given. */
  readonly overhead: number;
  render: (sections: Sections) => Rendered;
}

/** Arguments as a text of JSON. */
export const inputAsText = ({ input }: ToolCall): string =>
  typeof input === 'string' ? input : JSON.stringify(input);

/** Arguments as an object; what is not one stands under `input`. */
export function inputAsObject({ input }: ToolCall): Record<string, unknown> {
  const value = typeof input === 'string' ? parsed(input) : input;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : { input: value };
}

function parsed(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The text of a result: of parts, their texts; of anything else, its JSON. */
export function outputAsText({ output }: ToolResult): string {
  if (typeof output === 'string') return output;
  if (Array.isArray(output) && output.every(hasText))
    return output.map(({ text }) => text).join('\n');
  return JSON.stringify(output);
}

const hasText = (part: unknown): part is { text: string } =>
  typeof (part as { text?: unknown } | null)?.text === 'string';
