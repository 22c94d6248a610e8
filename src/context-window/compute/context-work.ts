// Computes a context from rows to the bytes of the answer. Pure, so that a worker thread can run
// it.
import { MessagePath, type SeqSpan } from '../../conversations/messages/tree/index.js';
import { WRITERS } from '../../conversations/parts/index.js';
import type { ContextFormat } from '../formats.js';
import { repeatedLayout } from '../manifests/context-repetition.js';
import { MANIFEST_RELEASE, toSegments, type StoredManifest } from '../manifests/stored-manifest.js';
import { type WindowLayout, renderLayout } from '../plan/context-layout.js';
import {
  asksSomething,
  type CountedContribution,
  type WindowMaterial,
  planWindow,
  type WindowLimits,
  type WindowPlan,
  type WindowSummary,
} from '../plan/context-plan.js';
import type { Counting, Scale } from '../plan/counted-part.js';
import { fenceNameOf } from '../plan/recalled.js';
import {
  isUnfinished,
  type LogRow,
  maxMessageTokens,
  toWindowMessage,
  type WindowMessage,
} from '../plan/window-message.js';
import { answerText, omittedMessages } from './context-answer.js';

/** How many parts one window reads. Older messages beyond that are left out. */
export const MAX_PARTS = 100_000;

/** How many removed messages, and how many unfinished ones, a context names, the newest. */
export const MAX_NAMED = 100;

export interface WindowInput {
  conversationId: string;
  /** Id of the manifest, if one is stored. */
  manifestId: string;
  /** Null for a conversation without branches. With it, each `seq` is a place on the path. */
  path: readonly SeqSpan[] | null;
  lastSeq: number;
  newest: LogRow[];
  kept: LogRow[];
  summaries: WindowSummary[];
  contributions: CountedContribution[];
  limits: WindowLimits;
  format: ContextFormat;
  /** Budget as requested; `limits` has what the format leaves of it. */
  budgetTokens: number;
  /** Paths of overrides that the service does not let users make. */
  omittedOverrides: string[];
  /** True when older messages may be read if there is room for them. */
  mayReadMore: boolean;
  /** True when the user's last message was looked for before the newest messages. */
  isQuestionRead: boolean;
  /** True when the user's last message may be shortened, as all others are. */
  shortenLast: boolean;
  /** True when the answer lists each thing that is left out. */
  explain: boolean;
}

/**
 * JSON texts; or the tokens that the user's last message takes when that is over the budget; or that
 * the user's last message is before what was read.
 */
export type BuiltWindow =
  { manifest: string; answer: string } | { neededTokens: number } | { needsQuestion: true };

/** Returns null when older messages would fit and may be read. */
export function buildWindow(input: WindowInput, counting: Counting): BuiltWindow | null {
  const { conversationId, manifestId, lastSeq, format, budgetTokens, limits, omittedOverrides } =
    input;
  const { plan, scale, isCut, questionSeq } = planFitting(input, counting);
  if (plan.needsOlder && input.mayReadMore && !isCut) return null;
  const isBefore = questionSeq === null && (input.newest[0]?.seq ?? 1) > 1;
  if (isBefore && !input.isQuestionRead) return { needsQuestion: true };
  if (plan.neededTokens !== null)
    return { neededTokens: plan.neededTokens + budgetTokens - limits.budgetTokens };
  const rendered = renderLayout(plan, format, fenceNameOf(conversationId));
  const { contentSha256 } = rendered;
  const path = input.path && new MessagePath(input.path);
  const stored: StoredManifest = {
    release: MANIFEST_RELEASE,
    format,
    budgetTokens,
    lastSeq,
    ...(path ? { headSeq: path.length === 0 ? 0 : path.seqAt(path.length) } : {}),
    wholeSeq: scale.wholeSeq,
    maxMessageTokens: Number.isFinite(scale.maxMessageTokens) ? scale.maxMessageTokens : null,
    sections: {
      prefix: toSegments(plan.prefix),
      carried: toSegments(plan.carriedOver),
      tail: toSegments(plan.tail),
    },
    contentSha256,
    omitted: {
      ...omittedMessages(lastSeq, plan, rendered),
      unfitting: plan.dropped,
      ...(omittedOverrides.length > 0 ? { overrides: omittedOverrides } : {}),
      ...namedIn(input, 'removed', (state) => state === 'removed'),
      ...namedIn(input, 'unfinished', isUnfinished),
    },
  };
  const layout = plan satisfies WindowLayout;
  const answer = answerText(
    { conversationId, manifestId, path, stored, layout, rendered },
    input.explain,
  );
  return { manifest: JSON.stringify(stored), answer };
}

/** Names messages that were read and of which nothing is sent. */
function namedIn<Name extends 'removed' | 'unfinished'>(
  { newest, kept }: WindowInput,
  name: Name,
  isNamed: (state: LogRow['state']) => boolean,
): Pick<StoredManifest['omitted'], Name> | object {
  const found = new Map(
    [...kept, ...newest]
      .filter(({ state }) => isNamed(state))
      .map(({ seq, id }) => [seq, { seq, id }]),
  );
  return found.size > 0
    ? { [name]: [...found.values()].sort((a, b) => a.seq - b.seq).slice(-MAX_NAMED) }
    : {};
}

interface PlannedWindow {
  plan: WindowPlan;
  scale: Scale;
  /** True when older messages were left out because of their number of parts. */
  isCut: boolean;
}

/** Plans with whole messages. Only when not all of them fit, long ones are shortened. */
function planFitting(
  input: WindowInput,
  counting: Counting,
): PlannedWindow & { questionSeq: number | null } {
  const { plan, material, ...whole } = planWith(input, toScale(input.format, counting, Infinity));
  const questionSeq = findQuestionSeq(material);
  const scale = { ...whole.scale, wholeSeq: input.shortenLast ? null : questionSeq };
  const longest = maxMessageTokens(input.budgetTokens);
  const isLong = [...material.newest, ...material.kept].some(({ cost }) => cost > longest);
  const allFit = plan.isWhole && !plan.needsOlder && plan.neededTokens === null;
  return allFit || !isLong
    ? { ...whole, plan, scale, questionSeq }
    : { ...planWith(input, { ...scale, maxMessageTokens: longest }), questionSeq };
}

function planWith(input: WindowInput, scale: Scale): PlannedWindow & { material: WindowMaterial } {
  const { lastSeq, summaries, contributions, limits } = input;
  const newest = newestWithin(MAX_PARTS, input.newest, scale);
  const kept = input.kept.map((row) => toWindowMessage(row, scale));
  const material: WindowMaterial = { lastSeq, newest, kept, summaries, contributions };
  const plan = planWindow(material, limits);
  return { plan, scale, isCut: newest.length < input.newest.length, material };
}

const toScale = (format: ContextFormat, counting: Counting, maxTokens: number): Scale => ({
  ...counting,
  writer: WRITERS[format],
  maxMessageTokens: maxTokens,
  wholeSeq: null,
});

/** Finds the user's last message, which is sent whole. */
const findQuestionSeq = ({ newest, kept }: WindowMaterial): number | null =>
  (newest.findLast(asksSomething) ?? kept.findLast(asksSomething))?.seq ?? null;

/** Returns the newest messages that have `parts` parts together, and at least one message. */
function newestWithin(parts: number, rows: LogRow[], scale: Scale): WindowMessage[] {
  const messages: WindowMessage[] = [];
  let left = parts;
  for (let i = rows.length - 1; i >= 0; i--) {
    const message = toWindowMessage(rows[i]!, scale);
    left -= message.parts.length + message.omitted.length;
    if (left < 0 && messages.length > 0) break;
    messages.push(message);
  }
  return messages.reverse();
}

export interface RepetitionInput {
  conversationId: string;
  manifestId: string;
  /** Null for a conversation without branches. */
  path: readonly SeqSpan[] | null;
  manifest: StoredManifest;
  messages: LogRow[];
  summaries: WindowSummary[];
  /** By `contributionName`. */
  contributions: Map<string, CountedContribution>;
}

/** The reproduced answer, or why it cannot be reproduced. */
export type RepeatedWindow =
  { answer: string } | { erased: Record<string, unknown>[] } | { differs: true };

/** Reproduces the context of a manifest from what is stored now. */
export function repeatWindow(input: RepetitionInput, counting: Counting): RepeatedWindow {
  const { conversationId, manifestId, manifest: stored } = input;
  const scale = toScale(stored.format, counting, stored.maxMessageTokens ?? Infinity);
  scale.wholeSeq = stored.wholeSeq ?? null;
  const path = input.path && new MessagePath(input.path);
  const { layout, erased } = repeatedLayout(input, (row) => toWindowMessage(row, scale), path);
  if (erased.length > 0) return { erased };
  const rendered = renderLayout(layout, stored.format, fenceNameOf(conversationId));
  if (rendered.contentSha256 !== stored.contentSha256) {
    const redacted = input.messages
      .filter((row) => row.state)
      .map(({ seq }) => ({ message: path?.seqAt(seq) ?? seq }));
    return redacted.length > 0 ? { erased: redacted } : { differs: true };
  }
  const material = { conversationId, manifestId, path, stored, layout, rendered };
  return { answer: answerText(material, false) };
}
