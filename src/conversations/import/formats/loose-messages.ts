// Reads messages that stand alone: a list of them is a conversation. They may be those of any
// dialect, such as what LangChain dumps, or those that this API answers.
import { writeJson } from '../../../platform/input/exact-json.js';
import { READERS } from '../../parts/index.js';
import { isText, type JsonObject, keyOfText, type SourceConversation } from './format.js';

const ROLES = new Set<unknown>(['user', 'assistant', 'system', 'developer', 'tool', 'function']);

/** A message that this API has answered names its conversation. */
const isAnswer = (value: JsonObject): boolean =>
  isText(value['conversationId']) && typeof value['seq'] === 'number' && 'role' in value;

export const isMessage = (value: JsonObject): boolean =>
  isAnswer(value) ||
  (ROLES.has(value['role']) && 'content' in value) ||
  READERS.some((reader) => reader.readMessage(value) !== null);

/** Messages of different conversations are told apart by it. */
export const conversationOf = (value: JsonObject): string =>
  isAnswer(value) ? (value['conversationId'] as string) : '';

/**
 * The import key of a conversation that begins as another one, up to the first message that tells
 * them apart.
 * @param start the messages up to that one
 */
export const keyOfStart = (start: readonly unknown[]): string =>
  keyOfText(start.map((message) => writeJson(message)).join('\n'));

/** @param messages of one conversation, at least one, in order */
export function fromMessages(messages: readonly JsonObject[]): SourceConversation {
  const [first] = messages as [JsonObject];
  const key = conversationOf(first) || keyOfText(writeJson(first));
  const ordered = isAnswer(first)
    ? messages.toSorted((a, b) => Number(a['seq']) - Number(b['seq']))
    : messages;
  return {
    kind: 'conversation',
    name: key,
    body: { importKey: key, messages: ordered.map(withTime) },
    warnings: [],
    ...(conversationOf(first) ? {} : { isKeyedByStart: true }),
  };
}

/** Times beside a message have several names. */
function withTime(message: JsonObject): JsonObject {
  const { createdAt, created_at: created, timestamp, ...fields } = message;
  const time = [createdAt, created, timestamp].find(isText);
  return time === undefined ? message : { ...fields, createdAt: time };
}
