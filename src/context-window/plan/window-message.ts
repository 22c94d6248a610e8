// Converts a stored message to the form that plans use: its cost, its parts, and whether it is
// pinned.
import type { MessageContent, MessageRole } from '../../conversations/index.js';
import { countImitationTokens, neutraliseJson, neutraliseImitations } from './recalled.js';
import { splitContent, type SplitContent } from './tool-parts.js';

/** A row of the conversation. */
export interface LogRow {
  id: string;
  seq: number;
  role: MessageRole;
  content: string;
  contentIsJson: boolean;
  metadata: Record<string, unknown> | null;
  tokenCount: number;
}

export interface WindowMessage extends SplitContent {
  id: string;
  seq: number;
  role: MessageRole;
  /** Tokens of the budget that it takes. */
  cost: number;
  /** Characters of its stored content. */
  size: number;
  /** True when its metadata has `pinned: true`. */
  pinned: boolean;
}

/** Tokens around each message, for its role and delimiters. */
export const MESSAGE_OVERHEAD_TOKENS = 4;
/**
 * Tokens of the label that a format may put around a system message, a pinned message or a fence.
 */
export const LABEL_OVERHEAD_TOKENS = 8;
/** Tokens around a tool call or result, besides its id. */
const TOOL_OVERHEAD_TOKENS = 8;
/**
 * Tokens of an image or a file: as many as Anthropic's largest image. Only the provider knows the
 * exact number.
 */
const MEDIA_TOKENS = 1_600;
/** Characters per token in ids and JSON, which are fewer than in prose. */
const CHARACTERS_PER_DENSE_TOKEN = 2;

const MEDIA = /image|file|document|audio/;

export function toWindowMessage(row: LogRow): WindowMessage {
  const { id, seq, role, metadata, tokenCount } = row;
  const content = row.contentIsJson ? (JSON.parse(row.content) as MessageContent) : row.content;
  const read =
    role === 'system'
      ? splitContent(role, content, metadata)
      : neutraliseContent(
          splitContent(role, neutraliseImitations(content), neutraliseImitations(metadata)),
        );
  const pinned = metadata?.['pinned'] === true;
  const label = pinned || role === 'system' ? LABEL_OVERHEAD_TOKENS : 0;
  return {
    id,
    seq,
    role,
    cost:
      MESSAGE_OVERHEAD_TOKENS +
      label +
      tokenCount +
      countUncountedTokens(read) +
      countImitationTokens(row.content),
    size: row.content.length,
    pinned,
    ...read,
  };
}

/** Neutralises imitations in arguments that are JSON text. */
const neutraliseContent = (read: SplitContent): SplitContent => ({
  ...read,
  calls: read.calls.map((call) =>
    typeof call.input === 'string' ? { ...call, input: neutraliseJson(call.input) } : call,
  ),
});

/**
 * Estimates, rather high, what the stored token count does not include: ids, names and braces of
 * tool calls, and parts that are not text.
 */
function countUncountedTokens({ calls, results, parts }: SplitContent): number {
  const ofCalls = calls.map(
    ({ id, name, input }) =>
      TOOL_OVERHEAD_TOKENS +
      countDenseTokens(id) +
      countDenseTokens(name) +
      countDenseTokens(asJson(input)),
  );
  const ofResults = results.map(
    ({ callId, output }) =>
      TOOL_OVERHEAD_TOKENS +
      countDenseTokens(callId ?? '') +
      (typeof output === 'string' ? 0 : countDenseTokens(asJson(output))),
  );
  const media = parts.filter(({ type }) => MEDIA.test(type)).length * MEDIA_TOKENS;
  return [...ofCalls, ...ofResults].reduce((sum, tokens) => sum + tokens, media);
}

const asJson = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
const countDenseTokens = (text: string): number =>
  Math.ceil(text.length / CHARACTERS_PER_DENSE_TOKEN);
