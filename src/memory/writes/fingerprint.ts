// Computes the fingerprint by which duplicates are recognised. It uses no model, so it equates only
// what certainly means the same.
import { createHash } from 'node:crypto';
import type { MemoryValues } from '../memory-row.js';

/**
 * Words that do not change the meaning. Negations, tenses, numbers and word order do, so they stay.
 */
const FILLERS = new Set(
  'a an the really very quite just please actually basically definitely certainly truly'.split(' '),
);

const CONTRACTIONS: [RegExp, string][] = [
  [/\bcan't\b/g, 'can not'],
  [/\bcannot\b/g, 'can not'],
  [/\bwon't\b/g, 'will not'],
  [/n't\b/g, ' not'],
  [/\bi'm\b/g, 'i am'],
  [/'re\b/g, ' are'],
  [/'ve\b/g, ' have'],
  [/'ll\b/g, ' will'],
  [/\b(it|he|she|that|there|what|where|who)'s\b/g, '$1 is'],
];

/**
 * Returns the words in one spelling, without punctuation and fillers; the trimmed text when no
 * words remain.
 */
export function normaliseText(text: string): string {
  let form = text.normalize('NFKC').toLowerCase().replaceAll('’', "'");
  for (const [contraction, words] of CONTRACTIONS) form = form.replace(contraction, words);
  // A sign before or between digits is part of the number; a symbol is a word of its own.
  const words =
    form.match(
      /[-+]?\p{N}+(?:[.,:/-]\p{N}+)*|[\p{L}\p{M}]+(?:'[\p{L}\p{M}]+)*|[\p{S}%#@&*+<>=]/gu,
    ) ?? [];
  const kept = words.filter((word) => !FILLERS.has(word));
  return kept.length > 0 ? kept.join(' ') : form.trim();
}

/**
 * Episodes are duplicates only when they happened at the same time. A block is identified by its
 * label.
 */
export function computeFingerprint({
  kind,
  label,
  content,
  agentId,
  conversationId,
  validFrom,
}: MemoryValues): Buffer {
  const what = kind === 'block' ? label : normaliseText(content);
  const when = kind === 'episode' ? validFrom : null;
  const about = JSON.stringify([kind, agentId, conversationId, when, what]);
  return createHash('sha256').update(about).digest().subarray(0, 16);
}
