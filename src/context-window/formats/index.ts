import { anthropic } from './anthropic.js';
import type { ContextFormat, Formatter } from './format.js';
import { openAi } from './openai.js';

export {
  type Breakpoint,
  CONTEXT_FORMATS,
  type ContextFormat,
  type FormatPiece,
  type ProviderMessage,
  type Rendered,
  type FormatInput,
} from './format.js';
export const formatters: Record<ContextFormat, Formatter> = { openai: openAi, anthropic };
