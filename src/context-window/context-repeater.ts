// Makes a context again from its manifest: the same bytes, or the names of what has been erased since.
import { Injectable } from '@nestjs/common';
import { answerText } from './context-answer.js';
import { type Layout, renderLayout } from './context-layout.js';
import type { CountedContribution, Item } from './context-plan.js';
import { type ContextPart, ContextSources, type Origin } from './context-source.js';
import { ContextErrors } from './context.errors.js';
import { ContextRepository } from './context.repository.js';
import { RELEASE, type Segment, segmentsIn, seqsIn, type StoredManifest } from './stored-manifest.js';
import { toWindowMessage } from './window-message.js';

/** Why what was made is not what was given out. */
const refusal = ({ release, contentSha256 }: StoredManifest) =>
  release < RELEASE ? ContextErrors.outdated({ extra: { contentSha256 } }) : ContextErrors.notReproducible({ extra: { contentSha256 } });

/** What a segment of a manifest was, and the names of what is no longer there. */
type Found = { items: Item[]; erased: Record<string, unknown>[] };

@Injectable()
export class ContextRepeater {
  constructor(
    private readonly rows: ContextRepository,
    private readonly sources: ContextSources,
  ) {}

  /** @throws AppError 404 for a manifest the conversation does not have; 410 with `erased` when some of it is gone, or for one of a form that is no longer sent */
  async repeat(conversationId: string, manifestId: string): Promise<string> {
    const body = await this.rows.findManifest(conversationId, manifestId);
    if (body === null) throw ContextErrors.manifestNotFound();
    const stored = JSON.parse(body) as StoredManifest;
    const find = await this.finder(conversationId, segmentsIn(stored));
    const sections = Object.entries(stored.sections).map(([name, segments]) => [name, segments.map(find)] as const);
    const erased = sections.flatMap(([, found]) => found.flatMap((one) => one.erased));
    if (erased.length > 0) throw ContextErrors.erased({ extra: { erased } });
    const layout = Object.fromEntries(sections.map(([name, found]) => [name, found.flatMap(({ items }) => items)])) as unknown as Layout;
    const rendered = renderLayout(layout, stored.format);
    if (rendered.contentSha256 !== stored.contentSha256) throw refusal(stored);
    return answerText(conversationId, manifestId, stored, layout, rendered);
  }

  private async finder(conversationId: string, segments: Segment[]): Promise<(segment: Segment) => Found> {
    const summaryIds = segments.flatMap((segment) => ('summary' in segment ? [segment.summary] : []));
    const messages = new Map((await this.rows.listBySeq(conversationId, seqsIn(segments))).map((row) => [row.seq, toWindowMessage(row)]));
    const summaries = new Map((await this.rows.listSummaries(conversationId, summaryIds)).map((summary) => [summary.id, summary]));
    const texts = await this.recalled(segments);
    return (segment) => {
      if ('summary' in segment) return found(summaries.get(segment.summary), (summary) => ({ kind: 'summary', summary }), segment);
      if ('part' in segment) return found(texts.get(nameOf(segment)), (contribution) => ({ kind: 'contribution', contribution }), segment);
      return merged(seqsIn([segment]).map((seq) => found(messages.get(seq), (message) => ({ kind: 'message', message }), { message: seq })));
    };
  }

  private async recalled(segments: Segment[]): Promise<Map<string, CountedContribution>> {
    const wanted = segments.flatMap((segment) => ('part' in segment ? [segment] : []));
    const texts = new Map<string, CountedContribution>();
    for (const source of this.sources.all) {
      const own = wanted.filter(({ part }) => part === source.part);
      const recalled = own.length > 0 ? await source.recall(own.map(({ ref }) => ref)) : new Map<string, string>();
      for (const { part, ref, place, tokenCount, origin } of own) {
        const text = recalled.get(ref);
        if (text !== undefined) texts.set(nameOf({ part, ref }), { part, ref, text, place, tokenCount, ...originOf(part, origin) });
      }
    }
    return texts;
  }
}

/** A manifest of the first release does not say that memories and blocks are data. They are never again sent as anything else. */
function originOf(part: ContextPart, origin: Origin | undefined): { origin?: Origin } {
  if (origin) return { origin };
  return part === 'memories' || part === 'blocks' ? { origin: { element: part === 'memories' ? 'memory' : 'block', attributes: {} } } : {};
}

const nameOf = ({ part, ref }: { part: ContextPart; ref: string }): string => `${part}:${ref}`;

const found = <T>(value: T | undefined, item: (value: T) => Item, name: Record<string, unknown>): Found =>
  value === undefined ? { items: [], erased: [name] } : { items: [item(value)], erased: [] };

const merged = (all: Found[]): Found => ({ items: all.flatMap(({ items }) => items), erased: all.flatMap(({ erased }) => erased) });
