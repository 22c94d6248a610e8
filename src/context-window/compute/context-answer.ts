// Writes the answer of a context. Its content is serialised once, and the same bytes are hashed and
// sent.
import type { WindowLayout, RenderedLayout } from '../plan/context-layout.js';
import type { ContextManifestDto, OmittedDto } from '../dto/context.dto.js';
import type { StoredManifest } from '../manifests/stored-manifest.js';

/** Writes a `ContextDto` as JSON text. */
export function answerText(
  conversationId: string,
  manifestId: string,
  stored: StoredManifest,
  layout: WindowLayout,
  rendered: RenderedLayout,
): string {
  const { format, budgetTokens, lastSeq, contentSha256 } = stored;
  const items = [...layout.prefix, ...layout.carriedOver, ...layout.tail];
  const manifest: ContextManifestDto = {
    conversationId,
    format,
    budgetTokens,
    lastSeq,
    messages: rendered.used.map(({ seq, id }) => ({ seq, id })),
    summaries: items.flatMap((item) => (item.kind === 'summary' ? [toRange(item.summary)] : [])),
    sources: items.flatMap((item) =>
      item.kind === 'contribution'
        ? [{ part: item.contribution.part, ref: item.contribution.ref }]
        : [],
    ),
    contentSha256,
  };
  const omitted: OmittedDto = { ...stored.omitted, unpairedToolParts: rendered.unpairedToolParts };
  const { tokens, prefixSha256, cacheBreakpoints } = rendered;
  const rest = JSON.stringify({
    tokens,
    manifestId,
    manifest,
    prefixSha256,
    cacheBreakpoints,
    omitted,
  });
  return `{${rendered.system === null ? '' : `"system":${rendered.system},`}"messages":${rendered.messages},${rest.slice(1)}`;
}

const toRange = ({ id, fromSeq, toSeq }: { id: string; fromSeq: number; toSeq: number }) => ({
  id,
  fromSeq,
  toSeq,
});

/** Counts the messages that are not in the context, and how many of them a summary covers. */
export function omittedMessages(
  lastSeq: number,
  layout: WindowLayout,
  { used }: RenderedLayout,
): { messages: number; summarised: number } {
  const sent = new Set(used.map(({ seq }) => seq));
  const summaries = [...layout.prefix, ...layout.carriedOver].flatMap((item) =>
    item.kind === 'summary' ? [item.summary] : [],
  );
  return {
    messages: lastSeq - sent.size,
    summarised:
      countCovered(summaries) -
      [...sent].filter((seq) => summaries.some((one) => one.fromSeq <= seq && seq <= one.toSeq))
        .length,
  };
}

/** Counts the messages in at least one of the ranges. */
function countCovered(ranges: { fromSeq: number; toSeq: number }[]): number {
  let [count, to] = [0, 0];
  for (const range of ranges.toSorted((a, b) => a.fromSeq - b.fromSeq)) {
    count += Math.max(0, range.toSeq - Math.max(to, range.fromSeq - 1));
    to = Math.max(to, range.toSeq);
  }
  return count;
}
