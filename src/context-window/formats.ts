// The formats in which a context is given.
import type { Dialect } from '../conversations/parts/index.js';

export const CONTEXT_FORMATS = [
  'openai',
  'openai-responses',
  'anthropic',
  'gemini',
  'ai-sdk',
] as const satisfies Dialect[];
export type ContextFormat = (typeof CONTEXT_FORMATS)[number];

/**
 * A suggested breakpoint for a provider's prompt cache: after this block of `system`, or after this
 * message.
 */
export interface Breakpoint {
  in: 'system' | 'messages';
  index: number;
}
