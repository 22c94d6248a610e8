// Reads ShareGPT: conversations of turns `{from, value}`.
import { isText, type JsonObject, keyOfText, objectsOf, said, type SourceItem } from './format.js';

const turnsOf = (value: JsonObject): JsonObject[] =>
  objectsOf(value['conversations'] ?? value['items']);

export const isShareGpt = (value: JsonObject): boolean => {
  const [first] = turnsOf(value);
  return first !== undefined && 'from' in first && 'value' in first;
};

const SHARE_GPT_ROLES: Readonly<Record<string, string>> = {
  ...{ human: 'user', user: 'user', gpt: 'assistant', assistant: 'assistant', bing: 'assistant' },
  ...{ chatgpt: 'assistant', bard: 'assistant', model: 'assistant', system: 'system' },
  ...{ tool: 'tool', observation: 'tool', function_response: 'tool', function_call: 'assistant' },
};

export function fromShareGpt(value: JsonObject, text: string): SourceItem[] {
  const { id, system, tools } = value;
  const turns = turnsOf(value);
  const known = turns.filter(({ from }) => Object.hasOwn(SHARE_GPT_ROLES, String(from)));
  const lost = turns.length - known.length;
  const key = isText(id) ? id : keyOfText(text);
  const messages = known.map(({ from, value: content, weight }) => ({
    role: SHARE_GPT_ROLES[from as string],
    content: isText(content) ? content : '',
    metadata: said({ from: isText(SHARE_GPT_ROLES[from as string]) ? from : null, weight }),
  }));
  return [
    {
      kind: 'conversation',
      name: key,
      body: {
        importKey: `sharegpt:${key}`,
        metadata: { source: 'sharegpt', ...said({ tools }) },
        messages: [...(isText(system) ? [{ role: 'system', content: system }] : []), ...messages],
      },
      warnings: lost > 0 ? [`${lost} messages of unknown speakers are left out`] : [],
    },
  ];
}
