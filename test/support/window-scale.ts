// The scale by which messages of a window are counted, without a conversation behind it.
import { WRITERS } from '../../src/conversations/parts/index.js';
import type { ContextFormat } from '../../src/context-window/formats.js';
import type { Scale } from '../../src/context-window/plan/counted-part.js';
import { maxMessageTokens } from '../../src/context-window/plan/window-message.js';

/** Counts a token for each four characters, rounded up. */
export const countQuarters = (text: string): number => Math.ceil(text.length / 4);

export const scaleOf = (
  format: ContextFormat,
  budgetTokens: number,
  count: (text: string) => number = countQuarters,
): Scale => ({
  writer: WRITERS[format],
  count,
  counts: new Map<string, readonly number[]>(),
  maxMessageTokens: maxMessageTokens(budgetTokens),
  wholeSeq: null,
});
