// Reads the chats of LMSYS, and the battles of its arena.
import {
  createdAt,
  isText,
  type JsonObject,
  keyOfText,
  objectsOf,
  said,
  type SourceItem,
} from './format.js';

/** The fields with a conversation: one, or the two of a battle. */
const LMSYS_FIELDS = ['conversation', 'conversation_a', 'conversation_b'] as const;

const hasRoles = (list: unknown): boolean => {
  const [first] = objectsOf(list);
  return first !== undefined && 'role' in first && 'content' in first;
};

export const isLmsys = (value: JsonObject): boolean =>
  LMSYS_FIELDS.some((name) => hasRoles(value[name]));

export function fromLmsys(value: JsonObject, text: string): SourceItem[] {
  const id = [value['conversation_id'], value['question_id'], value['id']].find(isText);
  return LMSYS_FIELDS.filter((name) => hasRoles(value[name])).map((name) => {
    const side = name.slice('conversation'.length);
    const key = `${id ?? keyOfText(text)}${side.replace('_', ':')}`;
    const { winner, language, redacted } = value;
    const model = value[`model${side}`];
    return {
      kind: 'conversation',
      name: key,
      body: {
        importKey: `lmsys:${key}`,
        ...createdAt(value['tstamp'] ?? value['timestamp']),
        metadata: { source: 'lmsys', ...said({ model, winner, language, redacted }) },
        messages: objectsOf(value[name]).map(({ role, content }) => ({ role, content })),
      },
      warnings: [],
    };
  });
}
