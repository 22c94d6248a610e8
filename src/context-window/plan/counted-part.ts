// Parts with the tokens that they take, and why parts are left out.
import {
  type DialectWriter,
  inputObjectText,
  legalCallId,
  legalToolName,
  OMISSION_REASONS,
  type Part,
  wordsOf,
} from '../../conversations/parts/index.js';

/** A part that may be sent, and the tokens that it takes. */
export interface CountedPart {
  part: Part;
  tokens: number;
}

/** Why something of a message is not in the context. */
export const OMITTED_REASONS = [...OMISSION_REASONS, 'shortened', 'too_large', 'unpaired'] as const;
export type OmittedReason = (typeof OMITTED_REASONS)[number];

export interface OmittedPart {
  part: Part;
  reason: OmittedReason;
}

/** Counts tokens, and remembers the counts of the parts of messages. */
export interface Counting {
  count: (text: string) => number;
  counts: PartCounts;
}

/** What the cost of a message depends on besides its row. */
export interface Scale extends Counting {
  writer: DialectWriter;
  /** The most tokens that a message takes; parts of a larger one are shortened. */
  maxMessageTokens: number;
  /** `seq` of the user's last message when it must be sent whole. */
  wholeSeq: number | null;
}

/** Token counts by message id. Messages never change, so neither do they. */
export interface PartCounts {
  get: (id: string) => readonly number[] | undefined;
  set: (id: string, tokens: readonly number[]) => unknown;
}

/** Tokens around a tool call or a result: its braces, and the number of an id that is used again. */
const TOOL_OVERHEAD_TOKENS = 4;

/** Counts the words of a part, and the ids and names around them as they are sent. */
export function countPart(part: Part, count: (text: string) => number): number {
  if (part.kind === 'tool-call') {
    const { callId, name, input } = part;
    return count(legalToolName(name)) + count(inputObjectText(input)) + countId(callId, count);
  }
  const words = count(wordsOf(part));
  return part.kind === 'tool-result'
    ? words + count(part.name ?? '') + countId(part.callId, count)
    : words;
}

const countId = (id: string | null, count: (text: string) => number): number =>
  count(legalCallId(id ?? 'call')) + TOOL_OVERHEAD_TOKENS;
