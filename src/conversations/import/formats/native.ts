// Reads Threadkeep's own formats: the body of the import endpoint, `{importKey|id?, title?,
// metadata?, tags?, createdAt?, messages: [...]}`, and lines with a memory.
import { isObject, isText, type JsonObject, keyOfText, type SourceItem } from './format.js';

export const isNative = (value: JsonObject): boolean => 'messages' in value;
export const isNativeMemory = (value: JsonObject): boolean =>
  isObject(value['memory']) && isText(value['importKey']);

/**
 * Passes unknown and wrong fields on, so that the server refuses them. Without `importKey` and `id`
 * the key is the hash of the text.
 */
export function fromNative(value: JsonObject, text: string): SourceItem[] {
  const { importKey, id, messages, ...fields } = value;
  const key = importKey ?? (typeof id === 'number' ? String(id) : id) ?? keyOfText(text);
  const name = [fields['title'], key].find(isText) ?? 'untitled';
  const body = { importKey: key, ...fields, messages };
  return [{ kind: 'conversation', name, body, warnings: [], isStrict: true }];
}

/** The key goes to the metadata, where a later import finds it. */
export function fromNativeMemory({ importKey, memory }: JsonObject): SourceItem[] {
  const { metadata, ...fields } = memory as JsonObject;
  const known = isObject(metadata) ? metadata : {};
  const body = { ...fields, metadata: { ...known, importKey: importKey as string } };
  const name = isText(fields['content']) ? fields['content'] : String(importKey);
  return [{ kind: 'memory', name, body, isOffered: false }];
}
