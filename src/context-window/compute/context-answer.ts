// The answer as its bytes: the content is serialised once, hashed, and sent as it was hashed.
import type { Layout, RenderedLayout } from '../plan/context-layout.js';
import type { ContextManifestDto, OmittedDto } from '../dto/context.dto.js';
import type { StoredManifest } from '../manifests/stored-manifest.js';

/** JSON text of a `ContextDto`. */
export function answerText(
  conversationId: string,
  manifestId: string,
  stored: StoredManifest,
  layout: Layout,
  rendered: RenderedLayout,
): string {
  const { format, budgetTokens, lastSeq, contentSha256 } = stored;
  const items = [...layout.prefix, ...layout.carried, ...layout.tail];
  const manifest: ContextManifestDto = {
    conversationId,
    format,
    budgetTokens,
    lastSeq,
    messages: rendered.used.map(({ seq, id }) => ({ seq, id })),
    summaries: items.flatMap((item) => (item.kind === 'summary' ? [pickRange(item.summary)] : [])),
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

const pickRange = ({ id, fromSeq, toSeq }: { id: string; fromSeq: number; toSeq: number }) => ({
  id,
  fromSeq,
  toSeq,
});

/** Of the messages that are not in the context, how many there are and how many a summary stands for. */
export function omittedMessages(
  lastSeq: number,
  layout: Layout,
  { used }: RenderedLayout,
): { messages: number; summarised: number } {
  const sent = new Set(used.map(({ seq }) => seq));
  const summaries = [...layout.prefix, ...layout.carried].flatMap((item) =>
    item.kind === 'summary' ? [item.summary] : [],
  );
  return {
    messages: lastSeq - sent.size,
    summarised:
      covered(summaries) -
      [...sent].filter((seq) => summaries.some((one) => one.fromSeq <= seq && seq <= one.toSeq))
        .length,
  };
}

/** Messages in at least one of the ranges. */
function covered(ranges: { fromSeq: number; toSeq: number }[]): number {
  let [count, to] = [0, 0];
  for (const range of ranges.toSorted((a, b) => a.fromSeq - b.fromSeq)) {
    count += Math.max(0, range.toSeq - Math.max(to, range.fromSeq - 1));
    to = Math.max(to, range.toSeq);
  }
  return count;
}
