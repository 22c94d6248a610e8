import { describe, expect, it } from '@jest/globals';
import { partsOf } from './stored-parts.js';
import { redactedParts } from './redacted-parts.js';
import type { RawObject } from './part.js';

const SECRET = 'zqsecret';

/** A part of each dialect with the secret wherever words can be, and what must stay of it. */
const PAIRED: [string, RawObject, object[]][] = [
  [
    'a call of OpenAI',
    { type: 'function', id: 'c', function: { name: 'f', arguments: `{"a":"${SECRET}"}` } },
    [{ kind: 'tool-call', callId: 'c', name: 'f' }],
  ],
  [
    'a call of Anthropic',
    { type: 'tool_use', id: 'c', name: 'f', input: { a: SECRET } },
    [{ kind: 'tool-call', callId: 'c', name: 'f' }],
  ],
  [
    'a result of Anthropic',
    {
      type: 'tool_result',
      tool_use_id: 'c',
      content: [{ type: 'text', text: SECRET }],
      is_error: true,
    },
    [{ kind: 'tool-result', callId: 'c', isError: true }],
  ],
  [
    'a call and its result of the AI SDK',
    {
      ...{ type: 'tool-f', toolCallId: 'c', state: 'output-available' },
      ...{ input: { a: SECRET }, output: { b: SECRET } },
    },
    [
      { kind: 'tool-call', callId: 'c', name: 'f' },
      { kind: 'tool-result', callId: 'c' },
    ],
  ],
  [
    'a call of Gemini',
    { functionCall: { id: 'c', name: 'f', args: { a: SECRET } } },
    [{ kind: 'tool-call', callId: 'c', name: 'f' }],
  ],
  [
    'a result of Bedrock',
    { toolResult: { toolUseId: 'c', content: [{ json: { a: SECRET } }] } },
    [{ kind: 'tool-result', callId: 'c' }],
  ],
];

const OTHERS: [string, RawObject, string][] = [
  ['a text', { type: 'text', text: SECRET }, 'text'],
  ['a text with citations', { type: 'text', text: 'a', citations: [{ cited: SECRET }] }, 'text'],
  ['a text of Gemini', { text: SECRET }, 'text'],
  ['an image', { type: 'image', source: { type: 'url', url: `https://x/${SECRET}` } }, 'text'],
  ['a thought', { type: 'thinking', thinking: SECRET, signature: SECRET }, 'reasoning'],
  ['a part of no dialect', { type: 'note', body: SECRET }, 'text'],
];

const read = (content: RawObject[]) => partsOf({ role: 'assistant', content, metadata: null });

describe('a redacted part', () => {
  it.each(PAIRED)('that is %s stays one, without what it said', (_, part, expected) => {
    for (const text of [null, 'Gone.']) {
      const redacted = redactedParts(part, text);
      expect(JSON.stringify(redacted)).not.toContain(SECRET);
      expect(read(redacted)).toMatchObject(expected);
      expect(read(redacted)).toHaveLength(expected.length);
    }
  });

  it.each(PAIRED)('that is %s can be redacted again', (_, part) => {
    const once = redactedParts(part, 'Gone.');
    expect(once.flatMap((one) => redactedParts(one, 'Gone.'))).toEqual(once);
  });

  it('that is a result says what takes its place', () => {
    const [, part] = PAIRED[2]!;
    expect(read(redactedParts(part, 'Gone.'))).toMatchObject([{ output: [{ text: 'Gone.' }] }]);
  });

  it.each(OTHERS)('that is %s is gone, or says the text and nothing else', (_, part, type) => {
    expect(redactedParts(part, null)).toEqual([]);
    expect(redactedParts(part, 'Gone.')).toEqual([{ type, text: 'Gone.' }]);
  });
});
