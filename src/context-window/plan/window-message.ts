// Converts a stored message to the form that plans use: its parts as the format sends them, and
// what they cost.
import type { Erasure, MessageRole } from '../../conversations/index.js';
import {
  fromStoredText,
  isToolCall,
  isToolResult,
  type Part,
  partsOf,
  type RawObject,
  type StoredMessage,
  type ToolCallPart,
  type ToolResultPart,
  wordsOf,
} from '../../conversations/parts/index.js';
import {
  countPart,
  type CountedPart,
  type OmittedPart,
  type OmittedReason,
  type Scale,
} from './counted-part.js';
import { fitParts } from './fit-parts.js';
import { countImitationTokens, neutraliseImitations, neutraliseJson } from './recalled.js';

/** How the content was erased, or why it is not sent yet, or ever. */
export type MessageState = Erasure['how'] | 'in_progress' | 'failed';

/** Nothing is sent of a message that was removed, is in progress, or failed. */
export const isSilent = (state: MessageState | null | undefined): boolean =>
  isUnfinished(state) || state === 'removed';

export const isUnfinished = (state: MessageState | null | undefined): boolean =>
  state === 'in_progress' || state === 'failed';

/** A row of the conversation. */
export interface LogRow {
  id: string;
  seq: number;
  role: MessageRole;
  content: string;
  contentIsJson: boolean;
  metadata: RawObject | null;
  tokenCount: number;
  /** What became of it; null or missing for most. */
  state?: MessageState | null;
  /** The bytes of the content as it is stored, by which reads end; missing when it is as it was read. */
  storedBytes?: number;
}

export interface WindowMessage {
  id: string;
  seq: number;
  role: MessageRole;
  parts: CountedPart[];
  /** What the format does not accept, and what was left out or shortened because of its size. */
  omitted: OmittedPart[];
  /** Tokens of the budget that it takes at most. 0 when nothing of it may be sent. */
  cost: number;
  /** Characters of its stored content. */
  size: number;
  /** True when its metadata has `pinned: true`. */
  pinned: boolean;
  /** True when it has a result of a call in an earlier message. */
  answers: boolean;
  state: MessageState | null;
}

/** A message may take this share of the budget before its long parts are shortened. */
export const MESSAGE_SHARE = 0.25;
/** Messages below this are never shortened, however small the budget. */
export const SMALL_MESSAGE_TOKENS = 200;

export const maxMessageTokens = (budgetTokens: number): number =>
  Math.max(SMALL_MESSAGE_TOKENS, Math.floor(budgetTokens * MESSAGE_SHARE));

/** Tokens around each message, for its role and delimiters. */
export const MESSAGE_OVERHEAD_TOKENS = 4;

export function toWindowMessage(row: LogRow, scale: Scale): WindowMessage {
  const { id, seq, role, metadata } = row;
  const parts = readRow(row);
  const isEstimated = mayEstimate(row) && parts.every((part) => scale.writer.accepts(part, role));
  const tokens = isEstimated ? estimateParts(row, parts) : countParts(row, parts, scale);
  const accepted: CountedPart[] = [];
  const omitted: OmittedPart[] = [];
  parts.forEach((part, i) => {
    if (scale.writer.accepts(part, role))
      accepted.push({ part, tokens: tokens[i]! + scale.writer.extraTokens(part, role) });
    else omitted.push({ part, reason: reasonOf(part) });
  });
  const label = role === 'system' ? scale.writer.labelTokens : 0;
  const fitted =
    seq === scale.wholeSeq || role === 'system'
      ? { parts: accepted, omitted: [] }
      : fitParts(accepted, scale.maxMessageTokens, scale);
  // What stays of a long message is short, and can be counted.
  if (isEstimated && fitted.omitted.length > 0)
    fitted.parts = fitted.parts.map(({ part }) => ({
      part,
      tokens: countPart(part, scale.count) + scale.writer.extraTokens(part, role),
    }));
  return {
    id,
    seq,
    role,
    parts: fitted.parts,
    omitted: [...omitted, ...fitted.omitted],
    cost:
      fitted.parts.length === 0
        ? costOfNothing(row)
        : MESSAGE_OVERHEAD_TOKENS * (1 + countResults(fitted.parts)) + label + sum(fitted.parts),
    size: row.content.length,
    pinned: metadata?.['pinned'] === true,
    answers: answersEarlier(parts),
    state: row.state ?? null,
  };
}

/** A row that was read without its content, because of its size, fits no budget. */
const costOfNothing = ({ content, tokenCount }: LogRow): number =>
  content === '' ? tokenCount : 0;

/** Reads the parts of a row. Texts that imitate what only this service writes are escaped. */
function readRow({ role, content, contentIsJson, metadata, state }: LogRow): Part[] {
  if (isSilent(state)) return [];
  const stored: StoredMessage = {
    role,
    content: contentIsJson ? fromStoredText(content) : content,
    metadata,
  };
  if (role === 'system') return partsOf(stored);
  return partsOf({
    role,
    content: neutraliseImitations(stored.content),
    metadata: neutraliseImitations(metadata),
  }).map((part) =>
    isToolCall(part) && typeof part.input === 'string'
      ? { ...part, input: neutraliseJson(part.input), original: null }
      : part,
  );
}

/** Counting takes a second for four million characters, and may be needed for many messages. */
const MAX_COUNTED_CHARACTERS = 65_536;

const mayEstimate = ({ content, contentIsJson }: LogRow): boolean =>
  contentIsJson && content.length > MAX_COUNTED_CHARACTERS;

/** A message with fewer tokens for its characters was stored before all of its words were counted. */
const MAX_CHARACTERS_PER_TOKEN = 8;
/** Assumed for such a message, rather too few. */
const DENSE_CHARACTERS_PER_TOKEN = 3;

/**
 * Shares the stored count of a message among its parts by their length: their sum is exact when all
 * of them are sent.
 */
function estimateParts({ tokenCount }: LogRow, parts: Part[]): number[] {
  const lengths = parts.map((part) => wordsOf(part).length);
  const all = lengths.reduce((sum, length) => sum + length, 0);
  const isCounted = tokenCount * MAX_CHARACTERS_PER_TOKEN >= all;
  const total = isCounted ? tokenCount : all / DENSE_CHARACTERS_PER_TOKEN;
  return parts.map(
    (part, i) => Math.ceil((total * lengths[i]!) / Math.max(1, all)) + countAround(part),
  );
}

/** Estimates the ids and names around a call or a result, rather too high. */
function countAround(part: Part): number {
  if (!isToolCall(part) && !isToolResult(part)) return 0;
  return ID_TOKENS + (part.callId ?? '').length + (part.name ?? '').length;
}

/** Tokens around an id, and of the digest of one that is replaced. */
const ID_TOKENS = 20;

function countParts(row: LogRow, parts: Part[], { count, counts }: Scale): readonly number[] {
  const [only] = parts;
  // The words of a plain text were counted when it was stored.
  if (!row.contentIsJson && parts.length === 1 && only!.kind === 'text')
    return [row.tokenCount + countImitationTokens(row.content)];
  // Counts are kept by id, and those of a redacted message may be of what it said before.
  if (row.state) return parts.map((part) => countPart(part, count));
  const known = counts.get(row.id);
  if (known?.length === parts.length) return known;
  const tokens = parts.map((part) => countPart(part, count));
  counts.set(row.id, tokens);
  return tokens;
}

const reasonOf = (part: Part): OmittedReason =>
  part.kind === 'reasoning' ? 'unsigned' : 'not_accepted';

function answersEarlier(parts: Part[]): boolean {
  const called = new Set<string | null>();
  for (const part of parts) {
    if (isToolCall(part)) called.add(part.callId);
    else if (isToolResult(part) && !called.has(part.callId)) return true;
  }
  return false;
}

const countResults = (parts: CountedPart[]): number =>
  parts.filter(({ part }) => isToolResult(part)).length;
const sum = (parts: CountedPart[]): number => parts.reduce((all, { tokens }) => all + tokens, 0);

export const callsOf = ({ parts }: WindowMessage): ToolCallPart[] =>
  parts.flatMap(({ part }) => (isToolCall(part) ? [part] : []));
export const resultsOf = ({ parts }: WindowMessage): ToolResultPart[] =>
  parts.flatMap(({ part }) => (isToolResult(part) ? [part] : []));
