// Computes a context from rows to the bytes of the answer. Pure, so that a worker thread can run
// it.
import { answerText, omittedMessages } from './context-answer.js';
import { type WindowLayout, renderLayout } from '../plan/context-layout.js';
import {
  type CountedContribution,
  type WindowMaterial,
  planWindow,
  type WindowLimits,
  type WindowSummary,
} from '../plan/context-plan.js';
import { repeatedLayout } from '../manifests/context-repetition.js';
import type { ContextFormat } from '../formats/index.js';
import { MANIFEST_RELEASE, toSegments, type StoredManifest } from '../manifests/stored-manifest.js';
import { type LogRow, toWindowMessage, type WindowMessage } from '../plan/window-message.js';

/**
 * How many texts, tool calls, results and images one window reads. Older messages beyond that are
 * left out.
 */
export const MAX_PARTS = 100_000;

export interface WindowInput {
  conversationId: string;
  /** Id of the manifest, if one is stored. */
  manifestId: string;
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
}

/** JSON texts. */
export interface BuiltWindow {
  manifest: string;
  answer: string;
}

/** Returns null when older messages would fit and may be read. */
export function buildWindow(input: WindowInput): BuiltWindow | null {
  const { conversationId, manifestId, lastSeq, format, budgetTokens, limits, omittedOverrides } =
    input;
  const newest = newestWithin(MAX_PARTS, input.newest);
  const kept = input.kept.map(toWindowMessage);
  const { summaries, contributions } = input;
  const material: WindowMaterial = { lastSeq, newest, kept, summaries, contributions };
  const plan = planWindow(material, limits);
  const isCut = newest.length < input.newest.length;
  if (plan.needsOlder && input.mayReadMore && !isCut) return null;
  const rendered = renderLayout(plan, format);
  const { contentSha256 } = rendered;
  const stored: StoredManifest = {
    release: MANIFEST_RELEASE,
    format,
    budgetTokens,
    lastSeq,
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
    },
  };
  const answer = answerText(
    conversationId,
    manifestId,
    stored,
    plan satisfies WindowLayout,
    rendered,
  );
  return { manifest: JSON.stringify(stored), answer };
}

/** Returns the newest messages that have `parts` parts together, and at least one message. */
function newestWithin(parts: number, rows: LogRow[]): WindowMessage[] {
  const messages: WindowMessage[] = [];
  let left = parts;
  for (let i = rows.length - 1; i >= 0; i--) {
    const message = toWindowMessage(rows[i]!);
    left -= message.parts.length + message.calls.length + message.results.length;
    if (left < 0 && messages.length > 0) break;
    messages.push(message);
  }
  return messages.reverse();
}

export interface RepetitionInput {
  conversationId: string;
  manifestId: string;
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
export function repeatWindow(input: RepetitionInput): RepeatedWindow {
  const { conversationId, manifestId, manifest } = input;
  const { layout, erased } = repeatedLayout(input);
  if (erased.length > 0) return { erased };
  const rendered = renderLayout(layout, manifest.format);
  if (rendered.contentSha256 !== manifest.contentSha256) return { differs: true };
  return { answer: answerText(conversationId, manifestId, manifest, layout, rendered) };
}
