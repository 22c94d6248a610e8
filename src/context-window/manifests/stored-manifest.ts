// The stored form of a manifest: which messages, summaries and contributions went in, in order, and
// the resulting hash. None of the content.
import { isSilent } from '../plan/window-message.js';
import type { CountedContribution, WindowItem } from '../plan/context-plan.js';
import type { ContextFormat } from '../formats.js';

/** A range of messages, a summary, or a contribution of a source. */
export type Segment =
  [fromSeq: number, toSeq: number] | { summary: string } | Omit<CountedContribution, 'text'>;

/**
 * Release 2 marks recalled data as data; release 3 sends parts of every dialect, and shortens long
 * ones. Contexts of earlier releases that had any of these cannot be reproduced.
 */
export const MANIFEST_RELEASE = 3;

/** The release from which on recalled data is marked in manifests. */
export const MARKING_RELEASE = 2;

export interface StoredManifest {
  /**
   * Version of this structure and of the formats: a manifest must be rendered as it was when it was
   * stored.
   */
  release: number;
  format: ContextFormat;
  budgetTokens: number;
  lastSeq: number;
  /**
   * `seq` of the head of a conversation with branches. With it, all other numbers are places on the
   * path to the head, which never changes.
   */
  headSeq?: number;
  /** `seq` of the user's last message when it was not shortened. Missing before release 3. */
  wholeSeq?: number | null;
  /** Tokens to which longer messages were shortened; null or missing when none was. */
  maxMessageTokens?: number | null;
  /** Stored manifests keep the key `carried` for what `WindowLayout` calls `carriedOver`. */
  sections: Record<'prefix' | 'carried' | 'tail', Segment[]>;
  contentSha256: string;
  omitted: {
    messages: number;
    summarised: number;
    unfitting: number;
    overrides?: string[];
    removed?: { seq: number; id: string }[];
    unfinished?: { seq: number; id: string }[];
  };
}

/** A silent message sends nothing. A manifest that names a removed one was made before. */
export function toSegments(items: WindowItem[]): Segment[] {
  const segments: Segment[] = [];
  for (const item of items) {
    if (item.kind === 'message' && isSilent(item.message.state)) continue;
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

export const listSegments = ({
  sections: { prefix, carried, tail },
}: StoredManifest): Segment[] => [...prefix, ...carried, ...tail];

export const listSeqs = (segments: Segment[]): number[] =>
  segments.flatMap((segment) =>
    Array.isArray(segment)
      ? Array.from({ length: segment[1] - segment[0] + 1 }, (_, i) => segment[0] + i)
      : [],
  );
