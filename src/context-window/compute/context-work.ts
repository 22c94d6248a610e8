// The arithmetic of a context, from rows to the bytes of the answer: pure, so that a thread can do it.
import { answerText, omittedMessages } from './context-answer.js';
import { type Layout, renderLayout } from '../plan/context-layout.js';
import {
  type CountedContribution,
  type Material,
  planWindow,
  type WindowLimits,
  type WindowSummary,
} from '../plan/context-plan.js';
import { repeatedLayout } from '../manifests/context-repetition.js';
import type { ContextFormat } from '../formats/index.js';
import { RELEASE, segmentsOf, type StoredManifest } from '../manifests/stored-manifest.js';
import { type LogRow, toWindowMessage, type WindowMessage } from '../plan/window-message.js';

/** Texts, tool calls, results and images of a window. Messages before the newest with so many are left out. */
export const MAX_PARTS = 100_000;

export interface WindowInput {
  conversationId: string;
  /** The manifest's, if one comes of it. */
  manifestId: string;
  lastSeq: number;
  newest: LogRow[];
  kept: LogRow[];
  summaries: WindowSummary[];
  contributions: CountedContribution[];
  limits: WindowLimits;
  format: ContextFormat;
  /** As it was asked for, of which `limits` has what the format leaves. */
  budgetTokens: number;
  /** Paths of overrides that the service does not let users make. */
  omittedOverrides: string[];
  /** Older messages may be read when there is room for them. */
  mayReadMore: boolean;
}

/** JSON texts. */
export interface BuiltWindow {
  manifest: string;
  answer: string;
}

/** @returns null when older messages would fit, too, and may be read */
export function buildWindow(input: WindowInput): BuiltWindow | null {
  const { conversationId, manifestId, lastSeq, format, budgetTokens, limits, omittedOverrides } =
    input;
  const newest = newestWithin(MAX_PARTS, input.newest);
  const kept = input.kept.map(toWindowMessage);
  const { summaries, contributions } = input;
  const material: Material = { lastSeq, newest, kept, summaries, contributions };
  const plan = planWindow(material, limits);
  const isCut = newest.length < input.newest.length;
  if (plan.wantsMore && input.mayReadMore && !isCut) return null;
  const rendered = renderLayout(plan, format);
  const { contentSha256 } = rendered;
  const stored: StoredManifest = {
    release: RELEASE,
    format,
    budgetTokens,
    lastSeq,
    sections: {
      prefix: segmentsOf(plan.prefix),
      carried: segmentsOf(plan.carried),
      tail: segmentsOf(plan.tail),
    },
    contentSha256,
    omitted: {
      ...omittedMessages(lastSeq, plan, rendered),
      unfitting: plan.unfitting,
      ...(omittedOverrides.length > 0 ? { overrides: omittedOverrides } : {}),
    },
  };
  const answer = answerText(conversationId, manifestId, stored, plan satisfies Layout, rendered);
  return { manifest: JSON.stringify(stored), answer };
}

/** The newest messages that have so many parts together, and at least one message. */
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
  /** By their names. */
  contributions: Map<string, CountedContribution>;
}

/** The answer that was given, or why it cannot be given again. */
export type Repetition =
  { answer: string } | { erased: Record<string, unknown>[] } | { differs: true };

/** The context that was given out with a manifest, from what is there by now. */
export function repeatWindow(input: RepetitionInput): Repetition {
  const { conversationId, manifestId, manifest } = input;
  const { layout, erased } = repeatedLayout(input);
  if (erased.length > 0) return { erased };
  const rendered = renderLayout(layout, manifest.format);
  if (rendered.contentSha256 !== manifest.contentSha256) return { differs: true };
  return { answer: answerText(conversationId, manifestId, manifest, layout, rendered) };
}
