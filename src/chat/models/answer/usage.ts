// Reads what a call has used, and computes what it costs.
import type { LanguageModelV3Usage } from '@ai-sdk/provider';
import type { ModelPrice } from '../../../platform/config/model-settings.js';
import { storableFaults } from '../../../platform/input/index.js';
import type { ModelUsage } from '../model-call.js';

const MAX_RAW_CHARACTERS = 16_384;
const TOKENS_OF_PRICE = 1_000_000;
/** Digits of a dollar that a cost keeps: more than the price of one token has. */
const COST_DIGITS = 12;

export function usageOf({ inputTokens, outputTokens, raw }: LanguageModelV3Usage): ModelUsage {
  return {
    inputTokens: countOf(inputTokens.total),
    cachedInputTokens: countOf(inputTokens.cacheRead),
    cacheWriteTokens: countOf(inputTokens.cacheWrite),
    outputTokens: countOf(outputTokens.total),
    reasoningTokens: countOf(outputTokens.reasoning),
    raw: raw && isStorable(raw) ? raw : null,
  };
}

/** A provider's object is kept when `jsonb` can have it, and it is as small as such objects are. */
function isStorable(raw: object): boolean {
  try {
    return JSON.stringify(raw).length <= MAX_RAW_CHARACTERS && storableFaults(raw, '').length === 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** A provider may tell anything; what is no count is not told. */
const countOf = (tokens: number | undefined): number | null =>
  Number.isSafeInteger(tokens) && tokens! >= 0 ? tokens! : null;

/** Returns US dollars; null without a price, or when the provider tells too little. */
export function costOf(usage: ModelUsage, price: ModelPrice | undefined): number | null {
  const { inputTokens, outputTokens } = usage;
  if (price === undefined || inputTokens === null || outputTokens === null) return null;
  const cached = Math.min(usage.cachedInputTokens ?? 0, inputTokens);
  const written = Math.min(usage.cacheWriteTokens ?? 0, inputTokens - cached);
  const dollars =
    (inputTokens - cached - written) * price.input +
    cached * (price.cachedInput ?? price.input) +
    written * (price.cacheWrite ?? price.input) +
    outputTokens * price.output;
  return Number((dollars / TOKENS_OF_PRICE).toFixed(COST_DIGITS));
}

/** Returns what two calls used together. A number that neither tells is null. */
export function sumOfUsage(
  earlier: ModelUsage | null,
  usage: ModelUsage | null,
): ModelUsage | null {
  if (earlier === null || usage === null) return usage ?? earlier;
  const sum = (name: Exclude<keyof ModelUsage, 'raw'>): number | null =>
    earlier[name] === null && usage[name] === null
      ? null
      : (earlier[name] ?? 0) + (usage[name] ?? 0);
  return {
    inputTokens: sum('inputTokens'),
    cachedInputTokens: sum('cachedInputTokens'),
    cacheWriteTokens: sum('cacheWriteTokens'),
    outputTokens: sum('outputTokens'),
    reasoningTokens: sum('reasoningTokens'),
    raw: usage.raw,
  };
}
