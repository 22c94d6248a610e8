// What a manifest keeps: which messages, summaries and contributions went in, in order, and what came of them. None of the content.
import type { CountedContribution, Item } from '../plan/context-plan.js';
import type { Layout } from '../plan/context-layout.js';
import type { ContextFormat } from '../formats/index.js';

/** A range of messages, a summary, or what a source contributed. */
export type Segment =
  [fromSeq: number, toSeq: number] | { summary: string } | Omit<CountedContribution, 'text'>;

/** The second release tells recalled data from instructions; contexts of the first that had any cannot be made again. */
export const RELEASE = 2;

export interface StoredManifest {
  /** Of this shape, and of the formats: what is stored must be rendered as it was. */
  release: number;
  format: ContextFormat;
  budgetTokens: number;
  lastSeq: number;
  sections: Record<keyof Layout, Segment[]>;
  contentSha256: string;
  omitted: { messages: number; summarised: number; unfitting: number; overrides?: string[] };
}

export function segmentsOf(items: Item[]): Segment[] {
  const segments: Segment[] = [];
  for (const item of items) {
    const last = segments.at(-1);
    if (item.kind === 'summary') segments.push({ summary: item.summary.id });
    else if (item.kind === 'contribution') segments.push(withoutText(item.contribution));
    else if (Array.isArray(last) && last[1] === item.message.seq - 1) last[1]++;
    else segments.push([item.message.seq, item.message.seq]);
  }
  return segments;
}

const withoutText = ({ part, ref, place, tokenCount, origin }: CountedContribution) => ({
  part,
  ref,
  place,
  tokenCount,
  ...(origin ? { origin } : {}),
});

export const segmentsIn = ({ sections: { prefix, carried, tail } }: StoredManifest): Segment[] => [
  ...prefix,
  ...carried,
  ...tail,
];

export const seqsIn = (segments: Segment[]): number[] =>
  segments.flatMap((segment) =>
    Array.isArray(segment)
      ? Array.from({ length: segment[1] - segment[0] + 1 }, (_, i) => segment[0] + i)
      : [],
  );
