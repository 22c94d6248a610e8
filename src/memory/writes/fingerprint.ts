// Computes the fingerprint by which duplicates are recognised, which equates only what is the same
// text, and the one by which near texts are found.
import { createHash } from 'node:crypto';
import { MAX_NEAR_CHARACTERS, toNearForm, toSameForm } from '../../platform/text/index.js';
import type { MemoryValues } from '../memory-row.js';

/** What a fingerprint depends on. */
export type Fingerprinted = Pick<
  MemoryValues,
  'kind' | 'label' | 'content' | 'agentId' | 'conversationId' | 'validFrom'
>;

/**
 * Returns how much of two different texts is the same, from 0 to 0.999: the share of pairs of
 * neighbouring characters that both have (Dice's coefficient), rounded down. Only texts that are the
 * same would have 1.
 */
export function computeSimilarity(one: string, other: string): number {
  const [first, second] = [one, other].map((text) =>
    pairsOf(toSameForm(text.slice(0, MAX_NEAR_CHARACTERS))),
  );
  const counts = new Map<string, number>();
  for (const pair of first!) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  let shared = 0;
  for (const pair of second!) {
    const left = counts.get(pair) ?? 0;
    if (left > 0) shared++;
    counts.set(pair, left - 1);
  }
  const share = (2 * shared) / (first!.length + second!.length);
  return Math.min(999, Math.floor(share * 1_000)) / 1_000;
}

/** The ends count as spaces, so that a text of one character has pairs. */
function pairsOf(text: string): string[] {
  const padded = ` ${text} `;
  return Array.from({ length: text.length + 1 }, (_, i) => padded.slice(i, i + 2));
}

/**
 * Episodes are duplicates only when they happened at the same time. A block is identified by its
 * label.
 */
export function computeFingerprint(values: Fingerprinted): Buffer {
  const { kind, label, content } = values;
  return digest(values, kind === 'block' ? label : toSameForm(content)).subarray(0, 16);
}

/** Returns a signed 64-bit number in digits. It is null for a block, which is near to nothing. */
export const computeNearFingerprint = (values: Fingerprinted): string | null =>
  values.kind === 'block'
    ? null
    : String(digest(values, toNearForm(values.content)).readBigInt64BE());

function digest(
  { kind, agentId, conversationId, validFrom }: Fingerprinted,
  what: string | null,
): Buffer {
  const when = kind === 'episode' ? validFrom : null;
  const about = JSON.stringify([kind, agentId, conversationId, when, what]);
  return createHash('sha256').update(about).digest();
}
