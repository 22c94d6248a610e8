// Ids in the form of OpenAI. They hold ours, so nothing has to be stored to find a row by them.
import { isUuid } from '../../platform/input/index.js';

const CONVERSATION_ID = /^conv_([0-9a-f]{32})$/i;
/**
 * Holds a UUID of version 7, as all ids of messages are, and the place of an item behind the first of a
 * message. Ids that other servers make of random UUIDs have another form.
 */
const ITEM_ID = /^[a-z]{2,6}_([0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15})(?:_([1-9]\d{0,3}))?$/i;

/** Prefixes of ids by the type of the item. OpenAI refuses an id with another one. */
const PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
  web_search_call: 'ws',
  file_search_call: 'fs',
  code_interpreter_call: 'ci',
  image_generation_call: 'ig',
  computer_call: 'cu',
  computer_call_output: 'cuo',
  local_shell_call: 'lsh',
  shell_call: 'sh',
  apply_patch_call: 'apc',
  mcp_call: 'mcp',
  mcp_list_tools: 'mcpl',
  mcp_approval_request: 'mcpr',
  compaction: 'cmp',
};

const withoutDashes = (uuid: string): string => uuid.replaceAll('-', '');

const withDashes = (hex: string): string =>
  hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** @param id a UUID */
export const toConversationId = (id: string): string => `conv_${withoutDashes(id)}`;

/** Returns the UUID in an id of a conversation; null for any other text. */
export function readConversationId(text: string): string | null {
  const hex = CONVERSATION_ID.exec(text)?.[1];
  return hex === undefined ? null : withDashes(hex);
}

/** @param place of the item in its message, from 1 on: the first keeps its id when others follow */
export const toItemId = (type: string, messageId: string, place: number): string =>
  `${PREFIXES[type] ?? 'item'}_${withoutDashes(messageId)}${place === 1 ? '' : `_${place}`}`;

/** Tells whether a text has the form of an id that this service gives to items. */
export const isOwnItemId = (text: string): boolean => ITEM_ID.test(text);

/**
 * Returns the message that an item is of, and its place there from 1 on; null for an id of another
 * service. A UUID names the first item of its message.
 */
export function readItemId(text: string): { messageId: string; place: number } | null {
  if (isUuid(text)) return { messageId: text.toLowerCase(), place: 1 };
  const [, hex, place = '1'] = ITEM_ID.exec(text) ?? [];
  return hex === undefined ? null : { messageId: withDashes(hex), place: Number(place) };
}

const SENT_ID = /^[\x21-\x7e]{1,64}$/;

/**
 * Returns the id that an item was sent with, such as one that a model gave it; null without one. A UUID
 * is none: in a path it names one of our messages.
 */
export function sentIdOf({ id }: Readonly<Record<string, unknown>>): string | null {
  const isSent = typeof id === 'string' && SENT_ID.test(id) && !isOwnItemId(id) && !isUuid(id);
  return isSent ? id : null;
}
