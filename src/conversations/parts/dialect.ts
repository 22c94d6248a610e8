// What each dialect implements: a reader of its messages and parts, and a writer.
import type { Dialect, Part, RawObject } from './part.js';

/** A message in the form that the table `message` has. */
export interface StoredMessage {
  role: 'user' | 'assistant' | 'system' | 'tool';
  /** A text, or the parts as they were sent. */
  content: string | RawObject[];
  /**
   * The fields beside role and content by the dialect's own names, such as `name`, `tool_call_id`
   * or `id`; null when there are none.
   */
  metadata: RawObject | null;
}

export interface DialectReader {
  readonly dialect: Dialect;
  /** True when the metadata tells that the message is of this dialect, whatever its parts are. */
  readonly isOwnMessage?: (stored: StoredMessage) => boolean;
  /**
   * Gives a message back as it was sent, the inverse of `readMessage`.
   * @param stored has parts of this dialect only, or a text
   * @returns null when this dialect has no such message, for example none of role tool
   */
  restoreMessage: (stored: StoredMessage) => RawObject | null;
  /**
   * Reads one message (or one item without a role) of a request. Nothing is lost: what has no place
   * in role and content goes to the metadata, or becomes a part.
   * @returns null when it is certainly no message of this dialect
   */
  readMessage: (raw: RawObject) => StoredMessage | null;
  /**
   * Reads one stored part. One part may hold a call and its result, as those of the AI SDK do.
   * @param readNested reads the parts inside, such as those of a tool's result, in any dialect
   * @returns null when it is certainly no part of this dialect
   */
  readPart: (raw: RawObject, readNested: (content: unknown) => Part[]) => Part[] | null;
}

/**
 * A stretch of a conversation that one side says.
 * Role `tool` holds tool results only. In a request it follows the assistant turn with the calls,
 * has one result for each of them, in their order, and stands right behind it.
 */
export interface Turn {
  role: 'system' | 'user' | 'assistant' | 'tool';
  parts: Part[];
  /**
   * True for system texts before the conversation. A provider with a place of its own for them gets
   * these there; a later system text becomes a labelled text of a user (`systemText`).
   */
  isLeading: boolean;
}

export interface WriteOptions {
  /**
   * True for a request to a provider, which must be legal as a whole: a writer adds an opening by
   * the user where the provider wants one. False for a stretch of a conversation, in which calls
   * may be unanswered.
   */
  isRequest: boolean;
  /** Whether the assistant may go on behind what is written. */
  goesOn?: boolean;
}

/**
 * Why a part is not in what was written:
 * - `not_accepted`: the provider or the dialect has no place for it;
 * - `unsigned`: reasoning without the provider's own signature;
 * - `unfinished`: a call that was cut off, or reasoning that nothing follows;
 * - `empty`: a text without words, which providers refuse.
 */
export const OMISSION_REASONS = ['not_accepted', 'unsigned', 'unfinished', 'empty'] as const;
export type OmissionReason = (typeof OMISSION_REASONS)[number];

export interface Omission {
  part: Part;
  reason: OmissionReason;
}

export interface Written {
  /** Only for a provider with a separate place for system texts. */
  system?: RawObject[];
  messages: RawObject[];
  omitted: Omission[];
}

/** What a user says at the beginning of a request that would begin with the assistant. */
export const OPENING = '[The earlier part of this conversation is not shown.]';
/** Tokens of OPENING with its message. */
export const OPENING_TOKENS = 16;
/** Tokens of the label of `systemText`. */
export const LABEL_TOKENS = 8;

export interface DialectWriter {
  readonly dialect: Dialect;
  /** Tokens of the opening that a request may get. */
  readonly openingTokens: number;
  /** Tokens of the label around a system text that is not leading. */
  readonly labelTokens: number;
  /**
   * Tells whether `write` sends the part in a turn of this role, as far as the part alone tells.
   * Only parts that are accepted cost tokens.
   */
  accepts: (part: Part, role: Turn['role']) => boolean;
  /**
   * Tokens of an accepted part besides its words: media by the provider's published rule, and the
   * notes that the writer adds for it. Parts inside a result count, too.
   */
  extraTokens: (part: Part, role: Turn['role']) => number;
  /** Writes turns. The same turns give the same bytes, and no input makes it throw. */
  write: (turns: readonly Turn[], options: WriteOptions) => Written;
}
