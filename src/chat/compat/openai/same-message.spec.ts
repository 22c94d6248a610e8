import { describe, expect, it } from '@jest/globals';
import type { StoredMessage } from '../../../conversations/parts/index.js';
import { comparable } from './same-message.js';

const of = (
  role: StoredMessage['role'],
  content: StoredMessage['content'],
  metadata: StoredMessage['metadata'] = null,
): StoredMessage => ({ role, content, metadata });
const text = (words: string) => ({ type: 'text', text: words });
const stored = (toolCallId: string, input: unknown) => ({
  type: 'tool-call',
  toolCallId,
  toolName: 'find',
  input,
});
const sent = (id: string, input: string) => ({
  id,
  type: 'function',
  function: { name: 'find', arguments: input },
});
const image = (url: string) => ({ type: 'image_url', image_url: { url } });

describe('messages that say the same', () => {
  it.each<[string, StoredMessage, StoredMessage]>([
    ['a text and its only part', of('user', 'Hi'), of('user', [text('Hi')])],
    ['texts with other white space at the ends', of('user', ' Hi\n'), of('user', 'Hi')],
    [
      'a reply with and without its reasoning',
      of('assistant', [{ type: 'reasoning', text: 'Hm.' }, text('Hi')], { turnId: 'x' }),
      of('assistant', 'Hi'),
    ],
    [
      'a call with its input as a value and as a text',
      of('assistant', [stored('c1', { b: 1, a: 2 })]),
      of('assistant', [sent('c1', '{"a": 2, "b": 1}')]),
    ],
    [
      'a call whose input is no JSON',
      of('assistant', [stored('c1', '{"cut')]),
      of('assistant', [sent('c1', '{"cut')]),
    ],
    [
      'a result as a text and as a part',
      of('tool', 'found', { tool_call_id: 'c1' }),
      of('tool', [text('found')], { tool_call_id: 'c1' }),
    ],
  ])('are %s', (_, one, other) => {
    expect(comparable(one)).toBe(comparable(other));
  });

  it.each<[string, StoredMessage, StoredMessage]>([
    ['other words', of('user', 'Hi'), of('user', 'Ho')],
    ['another role', of('user', 'Hi'), of('system', 'Hi')],
    ['another call', of('assistant', [sent('c1', '{}')]), of('assistant', [sent('c2', '{}')])],
    [
      'another input',
      of('assistant', [sent('c1', '{"a":1}')]),
      of('assistant', [sent('c1', '{"a":2}')]),
    ],
    [
      'a result of another call',
      of('tool', 'found', { tool_call_id: 'c1' }),
      of('tool', 'found', { tool_call_id: 'c2' }),
    ],
    [
      'another image',
      of('user', [text('Hi'), image('https://a.example/1.png')]),
      of('user', [text('Hi'), image('https://a.example/2.png')]),
    ],
  ])('have not %s', (_, one, other) => {
    expect(comparable(one)).not.toBe(comparable(other));
  });
});
