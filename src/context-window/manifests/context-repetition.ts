// Finds the items that the segments of a manifest name, as far as they still exist.
import type { MessagePath } from '../../conversations/index.js';
import type { WindowLayout } from '../plan/context-layout.js';
import type { CountedContribution, WindowItem, WindowSummary } from '../plan/context-plan.js';
import type { ContextPart } from '../context-source.js';
import { type Segment, listSeqs, type StoredManifest } from './stored-manifest.js';
import { isSilent, type LogRow, type WindowMessage } from '../plan/window-message.js';

interface RepetitionMaterial {
  manifest: StoredManifest;
  messages: LogRow[];
  summaries: WindowSummary[];
  /** By `contributionName`. */
  contributions: Map<string, CountedContribution>;
}

/** The items of a segment, and the names of those that no longer exist. */
interface FoundItems {
  items: WindowItem[];
  erased: Record<string, unknown>[];
}

export const contributionName = ({ part, ref }: { part: ContextPart; ref: string }): string =>
  `${part}:${ref}`;

export function repeatedLayout(
  material: RepetitionMaterial,
  toMessage: (row: LogRow) => WindowMessage,
  path: MessagePath | null,
): {
  layout: WindowLayout;
  erased: Record<string, unknown>[];
} {
  const find = itemFinder(material, toMessage, path);
  const { prefix, carried, tail } = material.manifest.sections;
  const sections = [prefix, carried, tail].map((segments) => mergeFound(segments.map(find)));
  const [before, between, after] = sections.map(({ items }) => items) as [
    WindowItem[],
    WindowItem[],
    WindowItem[],
  ];
  return {
    layout: { prefix: before, carriedOver: between, tail: after },
    erased: sections.flatMap(({ erased }) => erased),
  };
}

function itemFinder(
  material: RepetitionMaterial,
  toMessage: (row: LogRow) => WindowMessage,
  path: MessagePath | null,
): (segment: Segment) => FoundItems {
  const messages = new Map(material.messages.map((row) => [row.seq, toMessage(row)]));
  const summaries = new Map(material.summaries.map((summary) => [summary.id, summary]));
  return (segment) => {
    if ('summary' in segment) {
      const summary = summaries.get(segment.summary);
      return summary ? found({ kind: 'summary', summary }) : erased(segment);
    }
    if ('part' in segment) {
      const contribution = material.contributions.get(contributionName(segment));
      return contribution ? found({ kind: 'contribution', contribution }) : erased(segment);
    }
    return mergeFound(
      listSeqs([segment]).map((seq) => {
        const message = messages.get(seq);
        return message && !isSilent(message.state)
          ? found({ kind: 'message', message })
          : erased({ message: path?.seqAt(seq) ?? seq });
      }),
    );
  };
}

const found = (item: WindowItem): FoundItems => ({ items: [item], erased: [] });
const erased = (name: object): FoundItems => ({ items: [], erased: [{ ...name }] });
const mergeFound = (all: FoundItems[]): FoundItems => ({
  items: all.flatMap(({ items }) => items),
  erased: all.flatMap(({ erased }) => erased),
});
