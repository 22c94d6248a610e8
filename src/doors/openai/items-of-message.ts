// Shows a message as items of the Conversations API: as it was sent, or converted.
import type { MessageDto } from '../../conversations/index.js';
import {
  isKnownPart,
  originalIn,
  partsOf,
  PlacedCallIds,
  type RawObject,
  READERS,
  splitTurns,
  toApiItem,
  WRITERS,
} from '../../conversations/parts/index.js';
import { sentIdOf, toItemId } from './openai-ids.js';

export interface MessageItem {
  message: MessageDto;
  item: RawObject;
  /** The `id` of the item. */
  id: string;
  /** The id that this service gives to it. It always finds the item. */
  ownId: string;
  /** False when it is one of several items of its message. */
  isWhole: boolean;
}

const DIALECT = 'openai-responses';
const READER = READERS.find(({ dialect }) => dialect === DIALECT)!;

/** Items with these types go back to the model with the id that it gave to them, or are named by it in others. */
const KEEP_IDS: ReadonlySet<unknown> = new Set([
  ...['reasoning', 'program', 'program_output', 'mcp_approval_request'],
]);

/** Returns nothing for a removed message. */
export function itemsOfMessage(message: MessageDto): MessageItem[] {
  if (message.erased?.how === 'removed') return [];
  const items = rawItems(message);
  return items.map((raw, i) => {
    const type = typeof raw['type'] === 'string' ? raw['type'] : 'message';
    const ownId = toItemId(type, message.id, i + 1);
    const sentId = sentIdOf(raw);
    const keepsId = sentId !== null && (sentId === message.key || KEEP_IDS.has(type));
    const id = keepsId ? sentId : ownId;
    return { message, item: shown(raw, type, id, message), id, ownId, isWhole: items.length === 1 };
  });
}

/** The id by which a page goes on behind the item. A key is of one message only; other sent ids may repeat. */
export const cursorOf = ({ id, ownId, message }: MessageItem): string =>
  id === message.key ? id : ownId;

function rawItems(message: MessageDto): RawObject[] {
  const parts = new PlacedCallIds().placed(partsOf(message), message);
  const original = originalIn(message, parts, DIALECT) ?? unknownOriginal(message);
  const item = original && toApiItem(original);
  if (item) return [item];
  const turns = splitTurns(message.role, parts).map((turn) => ({ ...turn, isLeading: true }));
  // What follows in other messages is not known here.
  return WRITERS[DIALECT].write(turns, { isRequest: false, goesOn: true }).messages;
}

/** A message with parts that no dialect knows yet was sent by a client of this one. */
function unknownOriginal(message: MessageDto): RawObject | null {
  const { content } = message;
  const isOwn = (part: RawObject) =>
    READER.readPart(part, () => []) !== null || (isTyped(part) && !isKnownPart(part));
  return Array.isArray(content) && content.length > 0 && content.every(isOwn)
    ? READER.restoreMessage(message)
    : null;
}

const isTyped = ({ type }: RawObject): boolean => typeof type === 'string';

/** Types whose items have a status in each answer of the API. */
const WITH_STATUS: ReadonlySet<unknown> = new Set(['function_call', 'function_call_output']);

function shown(raw: RawObject, type: string, id: string, message: MessageDto): RawObject {
  if (type !== 'message')
    return WITH_STATUS.has(type) ? { status: statusOf(raw, message), ...raw, id } : { ...raw, id };
  const { role, content } = raw;
  return {
    ...raw,
    id,
    type,
    status: statusOf(raw, message),
    role,
    content: typeof content === 'string' ? [textPart(role, content)] : content,
  };
}

const textPart = (role: unknown, text: string): RawObject =>
  role === 'assistant'
    ? { type: 'output_text', text, annotations: [], logprobs: [] }
    : { type: 'input_text', text };

const STATUSES: ReadonlySet<unknown> = new Set(['in_progress', 'completed', 'incomplete']);

function statusOf({ status: sent }: RawObject, { status }: MessageDto): unknown {
  if (status === undefined) return STATUSES.has(sent) ? sent : 'completed';
  return status === 'in_progress' ? status : 'incomplete';
}
