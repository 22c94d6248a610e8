// What says the same about the same has one fingerprint. No model is asked, so what it takes for the same must be beyond doubt.
import { createHash } from 'node:crypto';
import type { MemoryValues } from '../memory-row.js';

/** They add nothing to what is said. Negations, tenses, numbers and the order of words stay: they change it. */
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

/** The words of a text in one spelling, without punctuation and fillers; the text itself where nothing else is left of it. */
export function normalForm(text: string): string {
  let form = text.normalize('NFKC').toLowerCase().replaceAll('’', "'");
  for (const [contraction, words] of CONTRACTIONS) form = form.replace(contraction, words);
  // A sign between digits, or before one, is part of the number; a symbol is no punctuation.
  const words =
    form.match(
      /[-+]?\p{N}+(?:[.,:/-]\p{N}+)*|[\p{L}\p{M}]+(?:'[\p{L}\p{M}]+)*|[\p{S}%#@&*+<>=]/gu,
    ) ?? [];
  const kept = words.filter((word) => !FILLERS.has(word));
  return kept.length > 0 ? kept.join(' ') : form.trim();
}

/** An episode is the same only if it happened at the same time; a block is its name. */
export function fingerprintOf({
  kind,
  label,
  content,
  agentId,
  conversationId,
  validFrom,
}: MemoryValues): Buffer {
  const what = kind === 'block' ? label : normalForm(content);
  const when = kind === 'episode' ? validFrom : null;
  const about = JSON.stringify([kind, agentId, conversationId, when, what]);
  return createHash('sha256').update(about).digest().subarray(0, 16);
}
