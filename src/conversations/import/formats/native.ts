// Threadkeep's own format: `{importKey|id?, title?, metadata?, tags?, createdAt?, messages: [...]}`, the body of the endpoint.
import { createHash } from 'node:crypto';
import { isText, type JsonObject, type SourceConversation } from './format.js';

export const isNative = (value: JsonObject): boolean => 'messages' in value;

/** Unknown and wrong fields are passed on, for the server to refuse. A conversation without a key is known by its text. */
export function fromNative(
  { importKey, id, messages, ...fields }: JsonObject,
  text: string,
): SourceConversation {
  const key = importKey ?? (typeof id === 'number' ? String(id) : id) ?? keyOfText(text);
  const name = [fields['title'], key].find(isText) ?? 'untitled';
  return { name, body: { importKey: key, ...fields, messages } };
}

/** The same bytes, the same key. */
export const keyOfText = (text: string): string =>
  `sha256:${createHash('sha256').update(text).digest('hex')}`;
