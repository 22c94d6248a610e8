// Reads Threadkeep's own formats: the body of the import endpoint, `{importKey|id?, title?,
// metadata?, tags?, createdAt?, messages: [...]}`, and the other lines of an export.
import {
  type EntryKind,
  isObject,
  isText,
  type JsonObject,
  keyOfText,
  type SourceItem,
} from './format.js';

export const isNative = (value: JsonObject): boolean => 'messages' in value;
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

const KINDS: readonly EntryKind[] = ['memory', 'task', 'event'];

/** True for a line of an export that is not a conversation. */
export const isEntry = (value: JsonObject): boolean =>
  isText(value['importKey']) && KINDS.some((kind) => isObject(value[kind]));

/** The key goes to the metadata, where a later import finds it. */
export function fromEntry(value: JsonObject): SourceItem[] {
  const { conversation } = value;
  const importKey = value['importKey'] as string;
  const kind = KINDS.find((name) => isObject(value[name]))!;
  const { metadata, ...fields } = value[kind] as JsonObject;
  const known = isObject(metadata) ? metadata : {};
  return [
    {
      kind,
      name: [fields['title'], fields['content']].find(isText) ?? importKey,
      body: { ...fields, metadata: { ...known, importKey } },
      conversation: isText(conversation) ? conversation : null,
      isOffered: false,
    },
  ];
}

export const isBlock = ({ block }: JsonObject): boolean =>
  isObject(block) && isText(block['label']) && isText(block['content']);

export function fromBlock(value: JsonObject): SourceItem[] {
  const { label, agentId, content } = value['block'] as {
    label: string;
    content: string;
  } & JsonObject;
  const owner = isText(agentId) ? agentId : null;
  return [{ kind: 'block', name: label, label, agentId: owner, content }];
}
