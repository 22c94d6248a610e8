// Writes the answer of a context. Its content is serialised once, and the same bytes are hashed and
// sent.
import type {
  ContextManifestDto,
  ExplainedDto,
  ManifestMessageDto,
  OmittedDto,
  OmittedPartsDto,
  OmittedRangeDto,
} from '../dto/context.dto.js';
import type { MessagePath } from '../../conversations/index.js';
import type { StoredManifest } from '../manifests/stored-manifest.js';
import type { OmittedOf, RenderedLayout, WindowLayout } from '../plan/context-layout.js';
import type { WindowItem, WindowSummary } from '../plan/context-plan.js';

/** The encoding by which all tokens are counted. Providers other than OpenAI publish none. */
export const TOKEN_ENCODING = 'o200k_base';

/** What an answer is written from. */
export interface AnswerMaterial {
  conversationId: string;
  manifestId: string;
  /** Null for a conversation without branches. With it, each `seq` is a place on the path. */
  path: MessagePath | null;
  stored: StoredManifest;
  layout: WindowLayout;
  rendered: RenderedLayout;
}

/**
 * Writes a `ContextDto` as JSON text.
 * @param explain whether each thing that is left out is listed
 */
export function answerText(material: AnswerMaterial, explain: boolean): string {
  const { conversationId, manifestId, path, stored, layout, rendered } = material;
  const { format, budgetTokens, lastSeq, headSeq = lastSeq, contentSha256 } = stored;
  const seqAt = seqsOf(path);
  const items = itemsOf(layout);
  const manifest: ContextManifestDto = {
    conversationId,
    format,
    budgetTokens,
    lastSeq: headSeq,
    messages: rendered.used.map(({ seq, id }) => ({ seq: seqAt(seq), id })),
    summaries: summariesIn(layout).map(({ id, fromSeq, toSeq }) => ({
      id,
      fromSeq: seqAt(fromSeq),
      toSeq: seqAt(toSeq),
    })),
    sources: items.flatMap((item) =>
      item.kind === 'contribution'
        ? [{ part: item.contribution.part, ref: item.contribution.ref }]
        : [],
    ),
    contentSha256,
  };
  const { removed, unfinished } = stored.omitted;
  const onPath = ({ seq, id }: ManifestMessageDto) => ({ seq: seqAt(seq), id });
  const omitted: OmittedDto = {
    ...stored.omitted,
    ...(removed ? { removed: removed.map(onPath) } : {}),
    ...(unfinished ? { unfinished: unfinished.map(onPath) } : {}),
    unpairedToolParts: rendered.omitted.filter(({ reason }) => reason === 'unpaired').length,
    parts: countByReason(rendered.omitted),
    ...(explain ? { explained: explainOmitted(material) } : {}),
  };
  const { tokens, prefixSha256, cacheBreakpoints } = rendered;
  const rest = JSON.stringify({
    tokens,
    tokenEncoding: TOKEN_ENCODING,
    manifestId,
    manifest,
    prefixSha256,
    cacheBreakpoints,
    omitted,
  });
  return `{${rendered.system === null ? '' : `"system":${rendered.system},`}"messages":${rendered.messages},${rest.slice(1)}`;
}

/** Turns places on the path into the numbers of messages. */
const seqsOf = (path: MessagePath | null) => (seq: number) => path?.seqAt(seq) ?? seq;

const itemsOf = ({ prefix, carriedOver, tail }: WindowLayout): WindowItem[] => [
  ...prefix,
  ...carriedOver,
  ...tail,
];

const summariesIn = (layout: WindowLayout): WindowSummary[] =>
  itemsOf(layout).flatMap((item) => (item.kind === 'summary' ? [item.summary] : []));

function countByReason(omitted: OmittedOf[]): OmittedPartsDto[] {
  const counts = new Map<string, OmittedPartsDto>();
  for (const { part, reason } of omitted) {
    const key = `${part.kind} ${reason}`;
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { kind: part.kind, reason, count: 1 });
  }
  return [...counts.values()];
}

/** Lists the messages that are left out as ranges, and each part that is left out or shortened. */
function explainOmitted({ path, stored, layout, rendered }: AnswerMaterial): ExplainedDto {
  const used = new Set(rendered.used.map(({ seq }) => seq));
  const planned = new Set(
    itemsOf(layout).flatMap((item) => (item.kind === 'message' ? [item.message.seq] : [])),
  );
  const summaries = summariesIn(layout);
  const removed = new Set(stored.omitted.removed?.map(({ seq }) => seq));
  const unfinished = new Set(stored.omitted.unfinished?.map(({ seq }) => seq));
  const reasonOf = (seq: number): OmittedRangeDto['reason'] => {
    if (removed.has(seq)) return 'removed';
    if (unfinished.has(seq)) return 'unfinished';
    if (planned.has(seq)) return 'nothing_to_send';
    return summaries.some(({ fromSeq, toSeq }) => fromSeq <= seq && seq <= toSeq)
      ? 'summarised'
      : 'no_room';
  };
  const ranges = toRanges(stored.lastSeq, (seq) => (used.has(seq) ? null : reasonOf(seq)), [
    ...planned,
    ...removed,
    ...unfinished,
    ...summaries.flatMap(({ fromSeq, toSeq }) => [fromSeq, toSeq + 1]),
  ]);
  return {
    messages: path ? ranges.flatMap((range) => rangesOn(path, range)) : ranges,
    parts: rendered.omitted.map(({ message, part, reason }) => ({
      seq: seqsOf(path)(message.seq),
      kind: part.kind,
      reason,
    })),
  };
}

/** Turns a range of places into ranges of numbers. */
const rangesOn = (path: MessagePath, { fromSeq, toSeq, reason }: OmittedRangeDto) =>
  path
    .first(toSeq)
    .last(toSeq - fromSeq + 1)
    .spans.map(({ from, to }) => ({ fromSeq: from, toSeq: to, reason }));

/**
 * Joins messages with the same reason to ranges. The reason is asked only where it may change, so
 * the work depends on what was planned and not on the length of the conversation.
 */
function toRanges(
  lastSeq: number,
  reasonOf: (seq: number) => OmittedRangeDto['reason'] | null,
  changes: number[],
): OmittedRangeDto[] {
  const starts = new Set([1, ...changes.flatMap((seq) => [seq, seq + 1])]);
  const ordered = [...starts].filter((seq) => seq <= lastSeq).sort((a, b) => a - b);
  const ranges: OmittedRangeDto[] = [];
  ordered.forEach((fromSeq, i) => {
    const reason = reasonOf(fromSeq);
    const toSeq = (ordered[i + 1] ?? lastSeq + 1) - 1;
    const last = ranges.at(-1);
    if (reason === null) return;
    if (last?.reason === reason && last.toSeq === fromSeq - 1) last.toSeq = toSeq;
    else ranges.push({ fromSeq, toSeq, reason });
  });
  return ranges;
}

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
