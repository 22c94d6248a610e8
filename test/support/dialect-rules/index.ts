// The checkers of the formats in which a context is given.
import type { ContextFormat } from '../../../src/context-window/formats.js';
import { checkAiSdk } from './ai-sdk.js';
import { checkAnthropic } from './anthropic.js';
import { checkGemini } from './gemini.js';
import { checkOpenAi } from './openai.js';
import { checkOpenAiResponses } from './openai-responses.js';
import type { Checker } from './rule.js';

export type { CheckedContext } from './rule.js';

export const CHECKERS: Readonly<Record<ContextFormat, Checker>> = {
  openai: checkOpenAi,
  'openai-responses': checkOpenAiResponses,
  anthropic: checkAnthropic,
  gemini: checkGemini,
  'ai-sdk': checkAiSdk,
};

export const CHECKED_FORMATS = Object.keys(CHECKERS) as ContextFormat[];
