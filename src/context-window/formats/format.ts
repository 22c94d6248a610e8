// The interface of provider formats. Each format is a pure function: the same items give the same
// bytes.
import type { ToolCall, ToolResult } from '../plan/tool-parts.js';
import type { Turn } from '../plan/tool-exchange.js';

export const CONTEXT_FORMATS = ['openai', 'anthropic'] as const;
export type ContextFormat = (typeof CONTEXT_FORMATS)[number];

/**
 * One part of what is sent: a message with its answered calls, the application's prompt, or
 * recalled elements.
 */
export type FormatPiece =
  | { kind: 'turn'; turn: Turn }
  | { kind: 'prompt'; text: string }
  | { kind: 'recalled'; elements: string[] };

export interface FormatInput {
  prefix: FormatPiece[];
  rest: FormatPiece[];
}

export type ProviderMessage = Record<string, unknown>;

export interface Rendered {
  /** Only for a provider with a separate place for system texts. */
  system?: ProviderMessage[];
  messages: ProviderMessage[];
  /**
   * How many whole `messages` belong to the prefix. What follows may be joined to its last message,
   * which then does not count.
   */
  prefixMessages: number;
  /** The messages of the prefix by themselves. */
  prefix: ProviderMessage[];
  /** Tokens that the format added: at most its `maxAddedTokens`. */
  addedTokens: number;
}

/**
 * A suggested breakpoint for a provider's prompt cache: after this block of `system`, or after this
 * message.
 */
export interface Breakpoint {
  in: 'system' | 'messages';
  index: number;
}

export interface Formatter {
  /** Tokens that the format may add. */
  readonly maxAddedTokens: number;
  render: (sections: FormatInput) => Rendered;
}

/** Returns arguments as JSON text. */
export const inputAsText = ({ input }: ToolCall): string =>
  typeof input === 'string' ? input : JSON.stringify(input);

/** Returns arguments as an object. Another value becomes the field `input`. */
export function inputAsObject({ input }: ToolCall): Record<string, unknown> {
  const value = typeof input === 'string' ? parseOrText(input) : input;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : { input: value };
}

function parseOrText(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Returns the text of a result: the joined texts of its parts, or its JSON. */
export function outputAsText({ output }: ToolResult): string {
  if (typeof output === 'string') return output;
  if (Array.isArray(output) && output.every(hasText))
    return output.map(({ text }) => text).join('\n');
  return JSON.stringify(output);
}

const hasText = (part: unknown): part is { text: string } =>
  typeof (part as { text?: unknown } | null)?.text === 'string';
