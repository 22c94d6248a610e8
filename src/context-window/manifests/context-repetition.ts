// What the segments of a manifest stand for, as far as it is still there.
import type { Layout } from '../plan/context-layout.js';
import type { CountedContribution, Item, WindowSummary } from '../plan/context-plan.js';
import type { ContextPart } from '../context-source.js';
import { type Segment, seqsIn, type StoredManifest } from './stored-manifest.js';
import { type LogRow, toWindowMessage } from '../plan/window-message.js';

interface Material {
  manifest: StoredManifest;
  messages: LogRow[];
  summaries: WindowSummary[];
  /** By their names. */
  contributions: Map<string, CountedContribution>;
}

/** What a segment of a manifest was, and the names of what is no longer there. */
interface Found {
  items: Item[];
  erased: Record<string, unknown>[];
}

export const nameOf = ({ part, ref }: { part: ContextPart; ref: string }): string =>
  `${part}:${ref}`;

export function repeatedLayout(material: Material): {
  layout: Layout;
  erased: Record<string, unknown>[];
} {
  const find = finder(material);
  const { prefix, carried, tail } = material.manifest.sections;
  const sections = [prefix, carried, tail].map((segments) => merged(segments.map(find)));
  const [before, between, after] = sections.map(({ items }) => items) as [Item[], Item[], Item[]];
  return {
    layout: { prefix: before, carried: between, tail: after },
    erased: sections.flatMap(({ erased }) => erased),
  };
}

function finder(material: Material): (segment: Segment) => Found {
  const messages = new Map(material.messages.map((row) => [row.seq, toWindowMessage(row)]));
  const summaries = new Map(material.summaries.map((summary) => [summary.id, summary]));
  return (segment) => {
    if ('summary' in segment) {
      const summary = summaries.get(segment.summary);
      return summary ? one({ kind: 'summary', summary }) : gone(segment);
    }
    if ('part' in segment) {
      const contribution = material.contributions.get(nameOf(segment));
      return contribution ? one({ kind: 'contribution', contribution }) : gone(segment);
    }
    return merged(
      seqsIn([segment]).map((seq) => {
        const message = messages.get(seq);
        return message ? one({ kind: 'message', message }) : gone({ message: seq });
      }),
    );
  };
}

const one = (item: Item): Found => ({ items: [item], erased: [] });
const gone = (name: object): Found => ({ items: [], erased: [{ ...name }] });
const merged = (all: Found[]): Found => ({
  items: all.flatMap(({ items }) => items),
  erased: all.flatMap(({ erased }) => erased),
});
