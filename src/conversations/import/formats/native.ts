// Reads Threadkeep's own format, the body of the import endpoint: `{importKey|id?, title?,
// metadata?, tags?, createdAt?, messages: [...]}`.
import { createHash } from 'node:crypto';
import { isText, type JsonObject, type SourceConversation } from './format.js';

export const isNative = (value: JsonObject): boolean => 'messages' in value;

/**
 * Passes unknown and wrong fields on, so that the server refuses them. Without `importKey` and `id`
 * the key is the hash of the text.
 */
export function fromNative(
  { importKey, id, messages, ...fields }: JsonObject,
  text: string,
): SourceConversation {
  const key = importKey ?? (typeof id === 'number' ? String(id) : id) ?? keyOfText(text);
  const name = [fields['title'], key].find(isText) ?? 'untitled';
  return { name, body: { importKey: key, ...fields, messages } };
}

/** The same bytes have the same key, so importing a file twice creates nothing new. */
export const keyOfText = (text: string): string =>
  `sha256:${createHash('sha256').update(text).digest('hex')}`;
