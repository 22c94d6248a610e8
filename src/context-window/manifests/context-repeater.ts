// Reproduces a context from its manifest: the same bytes, or the names of what has been erased.
import { Injectable } from '@nestjs/common';
import { ContextComputer } from '../compute/context-computer.js';
import type { CountedContribution } from '../plan/context-plan.js';
import { contributionName } from './context-repetition.js';
import { type ContextPart, ContextSources, type Origin } from '../context-source.js';
import { ContextErrors } from '../context.errors.js';
import { ContextPaths } from '../context-paths.repository.js';
import { ContextRepository } from '../context.repository.js';
import {
  MANIFEST_RELEASE,
  MARKING_RELEASE,
  type Segment,
  listSegments,
  listSeqs,
  type StoredManifest,
} from './stored-manifest.js';

const BUILD_A_NEW_ONE = 'Build a new context with POST /v1/conversations/{id}/context.';

/** Returns the error for a context whose bytes differ from those returned before. */
const refusal = ({ release, contentSha256 }: StoredManifest) =>
  release < MANIFEST_RELEASE
    ? ContextErrors.outdated({ detail: BUILD_A_NEW_ONE, extra: { contentSha256 } })
    : ContextErrors.notReproducible({
        detail: `The same content now gives other bytes than contentSha256 says. ${BUILD_A_NEW_ONE}`,
        extra: { contentSha256 },
      });

@Injectable()
export class ContextRepeater {
  constructor(
    private readonly rows: ContextRepository,
    private readonly paths: ContextPaths,
    private readonly sources: ContextSources,
    private readonly computer: ContextComputer,
  ) {}

  /**
   * Reproduces a context.
   * @throws AppError 404 for a manifest that the conversation does not have; 410 with `erased` when
   * content is gone, or when a release no longer sends its form
   */
  async repeat(conversationId: string, manifestId: string): Promise<string> {
    const body = await this.rows.findManifest(conversationId, manifestId);
    if (body === null) throw ContextErrors.manifestNotFound();
    const stored = JSON.parse(body) as StoredManifest;
    const path =
      stored.headSeq === undefined ? null : await this.paths.find(conversationId, stored.headSeq);
    if (stored.headSeq !== undefined && !path) throw ContextErrors.manifestNotFound();
    const segments = listSegments(stored);
    const summaryIds = segments.flatMap((one) => ('summary' in one ? [one.summary] : []));
    const seqs = listSeqs(segments);
    const repetition = await this.computer.repeat({
      conversationId,
      manifestId,
      path: path?.spans ?? null,
      manifest: stored,
      messages: path
        ? await this.paths.listByPlace(conversationId, path, seqs)
        : await this.rows.listBySeq(conversationId, seqs),
      summaries: path
        ? await this.paths.listSummaries(conversationId, path, summaryIds)
        : await this.rows.listSummaries(conversationId, summaryIds),
      contributions: await this.recalled(stored.release, segments),
    });
    if ('answer' in repetition) return repetition.answer;
    if ('erased' in repetition)
      throw ContextErrors.erased({ extra: { erased: repetition.erased } });
    throw refusal(stored);
  }

  private async recalled(
    release: number,
    segments: Segment[],
  ): Promise<Map<string, CountedContribution>> {
    const wanted = segments.flatMap((segment) => ('part' in segment ? [segment] : []));
    const texts = new Map<string, CountedContribution>();
    for (const source of this.sources.all) {
      const own = wanted.filter(({ part }) => part === source.part);
      const recalled =
        own.length > 0 ? await source.recall(own.map(({ ref }) => ref)) : new Map<string, string>();
      for (const { part, ref, place, tokenCount, origin } of own) {
        const text = recalled.get(ref);
        if (text !== undefined)
          texts.set(contributionName({ part, ref }), {
            part,
            ref,
            text,
            place,
            tokenCount,
            ...restoreOrigin(release, part, origin),
          });
      }
    }
    return texts;
  }
}

/**
 * A manifest of release 1 does not mark memories and blocks as data. They are never sent as
 * anything else again.
 */
function restoreOrigin(
  release: number,
  part: ContextPart,
  origin: Origin | undefined,
): { origin?: Origin } {
  if (origin) return { origin };
  if (release >= MARKING_RELEASE) return {};
  return part === 'memories' || part === 'blocks'
    ? { origin: { element: part === 'memories' ? 'memory' : 'block', attributes: {} } }
    : {};
}
