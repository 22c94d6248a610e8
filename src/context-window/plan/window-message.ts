// A message as the window sees it: what it costs, what is in it, and whether it must stay.
import type { MessageContent, MessageRole } from '../../conversations/index.js';
import { imitationTokens, jsonWithoutImitations, withoutImitations } from './recalled.js';
import { readContent, type ReadContent } from './tool-parts.js';

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

export interface WindowMessage extends ReadContent {
  id: string;
  seq: number;
  role: MessageRole;
  /** Tokens it takes of the budget. */
  cost: number;
  /** Characters of its content, as it is stored. */
  size: number;
  /** Its metadata says `pinned: true`. */
  pinned: boolean;
}

/** Tokens around each message: its role and its ends. */
export const MESSAGE_OVERHEAD = 4;
/** Tokens of the words that a format may put around a system message, a pinned one, or a note of ours. */
export const LABEL_OVERHEAD = 8;
/** Tokens around a tool call or result, besides its id. */
const TOOL_OVERHEAD = 8;
/** Tokens of an image or a file, of which only the provider knows more: as many as Anthropic's largest image. */
const MEDIA_TOKENS = 1_600;
/** Characters to a token in ids and in JSON, which have fewer to each than words do. */
const DENSE = 2;

const MEDIA = /image|file|document|audio/;

export function toWindowMessage(row: LogRow): WindowMessage {
  const { id, seq, role, metadata, tokenCount } = row;
  const content = row.contentIsJson ? (JSON.parse(row.content) as MessageContent) : row.content;
  const read =
    role === 'system'
      ? readContent(role, content, metadata)
      : harmless(readContent(role, withoutImitations(content), withoutImitations(metadata)));
  const pinned = metadata?.['pinned'] === true;
  const label = pinned || role === 'system' ? LABEL_OVERHEAD : 0;
  return {
    id,
    seq,
    role,
    cost: MESSAGE_OVERHEAD + label + tokenCount + uncounted(read) + imitationTokens(row.content),
    size: row.content.length,
    pinned,
    ...read,
  };
}

/** Arguments that are a text of JSON, too. */
const harmless = (read: ReadContent): ReadContent => ({
  ...read,
  calls: read.calls.map((call) =>
    typeof call.input === 'string' ? { ...call, input: jsonWithoutImitations(call.input) } : call,
  ),
});

/** What the count of words does not know of: ids, names and braces of tool calls, and what is not text at all. At least what it will be. */
function uncounted({ calls, results, parts }: ReadContent): number {
  const ofCalls = calls.map(
    ({ id, name, input }) => TOOL_OVERHEAD + dense(id) + dense(name) + dense(asJson(input)),
  );
  const ofResults = results.map(
    ({ callId, output }) =>
      TOOL_OVERHEAD +
      dense(callId ?? '') +
      (typeof output === 'string' ? 0 : dense(asJson(output))),
  );
  const media = parts.filter(({ type }) => MEDIA.test(type)).length * MEDIA_TOKENS;
  return [...ofCalls, ...ofResults].reduce((sum, tokens) => sum + tokens, media);
}

const asJson = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
const dense = (text: string): number => Math.ceil(text.length / DENSE);
