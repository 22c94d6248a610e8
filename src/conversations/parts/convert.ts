// Converts stored messages to a dialect, in which an application goes on with a conversation.
import { isBlank } from './as-text.js';
import type { DialectReader, Omission, StoredMessage } from './dialect.js';
import { objectsIn } from './fields.js';
import { openAiReader } from './openai/reader.js';
import { toApiItem } from './openai-responses/api-items.js';
import {
  DIALECTS,
  isToolCall,
  isToolResult,
  type Dialect,
  type Part,
  type RawObject,
} from './part.js';
import { READERS } from './readers.js';
import { hasPartsBeside, partsOf } from './stored-parts.js';
import { CallNames, PlacedCallIds, type PlacedMessage } from './tool-names.js';
import { JoinedTurns, splitTurns } from './turns.js';
import { WRITERS } from './writers.js';

/** `openai-agents` is `openai-responses` with the items that the Agents SDK has written in its names. */
export const MESSAGE_FORMATS = [...DIALECTS, 'openai-agents'] as const;
export type MessageFormat = (typeof MESSAGE_FORMATS)[number];

export interface ConvertedMessages {
  /** System texts, only for a dialect with a separate place for them. */
  system?: RawObject[];
  messages: RawObject[];
  omitted: { seq: number; kind: Part['kind']; reason: Omission['reason'] }[];
}

/**
 * Converts a stretch of a conversation.
 * @param messages in the order of the conversation
 */
export function convertMessages(
  messages: readonly (StoredMessage & PlacedMessage)[],
  format: MessageFormat,
): ConvertedMessages {
  const dialect = format === 'openai-agents' ? 'openai-responses' : format;
  const seqs = new Map<Part, number>();
  const converted: ConvertedMessages = { messages: [], omitted: [] };
  const turns = new JoinedTurns();
  const names = new CallNames();
  const ids = new PlacedCallIds();
  const endStretch = (next: StoredMessage['role'] | null) => {
    const goesOn = next === null || next === 'assistant';
    const written = WRITERS[dialect].write(turns.take(), { isRequest: false, goesOn });
    if (written.system) converted.system = [...(converted.system ?? []), ...written.system];
    for (const message of written.messages) converted.messages.push(message);
    for (const { part, reason } of written.omitted)
      converted.omitted.push({ seq: seqs.get(part) ?? 0, kind: part.kind, reason });
  };
  let isLeading = messages[0]?.seq === 1;
  for (const message of messages) {
    isLeading &&= message.role === 'system';
    const parts = names.named(ids.placed(partsOf(message), message));
    const original = originalOf(message, parts, dialect);
    const given = original && format === 'openai-responses' ? toApiItem(original) : original;
    if (given) {
      endStretch(message.role);
      converted.messages.push(given);
      continue;
    }
    for (const part of parts) addSeq(seqs, part, message.seq);
    for (const turn of splitTurns(message.role, parts)) turns.add({ ...turn, isLeading });
  }
  endStretch(null);
  return converted;
}

/**
 * Writes messages that are no conversation as UIMessages, for a call of a model.
 * @param messages all that the model gets, in order
 */
export function requestMessages(messages: readonly StoredMessage[]): RawObject[] {
  const turns = new JoinedTurns();
  const names = new CallNames();
  for (const message of messages)
    for (const turn of splitTurns(message.role, names.named(partsOf(message)))) turns.add(turn);
  return WRITERS['ai-sdk'].write(turns.take(), { isRequest: true }).messages;
}

/** Returns the message as it was sent, when it says something and `originalIn` the dialect. */
function originalOf(message: StoredMessage, parts: Part[], dialect: Dialect): RawObject | null {
  if (dialect !== 'langchain' && saysNothing(message.role, parts)) return null;
  return originalIn(message, parts, dialect);
}

/**
 * Returns the message as it was sent, when all of it is of the dialect and has its place there.
 * @param parts what `partsOf` reads in it
 */
export function originalIn(
  message: StoredMessage,
  parts: Part[],
  dialect: Dialect,
): RawObject | null {
  const reader = READERS.find((one) => one.dialect === dialect)!;
  const { content, role } = message;
  const isTold = reader.isOwnMessage?.(message) === true;
  if (parts.some((part) => isMisplaced(part, role, dialect))) return null;
  const isOwn =
    typeof content === 'string' || isTold || content.every((part) => isPartOf(part, reader));
  const isWhole = !hasPartsBeside(message) || (dialect === 'openai' && hasCallsBeside(message));
  return isOwn && isWhole ? reader.restoreMessage(message) : null;
}

/** Tells whether the calls in the metadata are in the form of OpenAI, which has them there. */
function hasCallsBeside({ metadata }: StoredMessage): boolean {
  const calls = objectsIn(metadata?.['tool_calls']);
  return calls.length > 0 && calls.every((call) => openAiReader.readPart(call, () => []) !== null);
}

/**
 * Tells whether a message has no words and nothing else, which providers refuse. The result of a
 * tool may be empty. Histories of LangChain hold empty messages.
 */
const saysNothing = (role: StoredMessage['role'], parts: Part[]): boolean =>
  role !== 'tool' && parts.every((part) => part.kind === 'text' && isBlank(part.text));

/** Only assistants call tools. Nobody but the AI SDK has results in their messages. */
const isMisplaced = (part: Part, role: StoredMessage['role'], dialect: Dialect): boolean =>
  isToolCall(part)
    ? role !== 'assistant'
    : isToolResult(part) && role === 'assistant' && dialect !== 'ai-sdk';

/** A text part with nothing else looks the same in most dialects. */
const isPartOf = (part: RawObject, { dialect, readPart }: DialectReader): boolean =>
  (isPlainText(part) && !WITHOUT_PLAIN_TEXT.has(dialect)) || readPart(part, () => []) !== null;
const isPlainText = ({ type, text }: RawObject): boolean =>
  type === 'text' && typeof text === 'string';
const WITHOUT_PLAIN_TEXT: ReadonlySet<Dialect> = new Set(['gemini', 'bedrock', 'openai-responses']);

function addSeq(seqs: Map<Part, number>, part: Part, seq: number): void {
  seqs.set(part, seq);
  if (part.kind === 'tool-result' || part.kind === 'server-tool-result')
    for (const nested of part.output) addSeq(seqs, nested, seq);
}
