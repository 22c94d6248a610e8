import { describe, expect, it } from '@jest/globals';
import type { StoredMessage } from '../dialect.js';
import { convertMessages } from '../convert.js';
import type { RawObject } from '../part.js';
import { openAiResponsesReader } from './reader.js';

const png = 'iVBORw0KGgo=';

const messages: [string, RawObject, StoredMessage][] = [
  [
    'a message of the API',
    {
      ...{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', phase: null },
      content: [{ type: 'output_text', text: 'a', annotations: [] }],
    },
    {
      role: 'assistant',
      content: [{ type: 'output_text', text: 'a', annotations: [] }],
      metadata: { id: 'msg_1', status: 'completed', phase: null },
    },
  ],
  [
    'a message of a developer',
    { type: 'message', role: 'developer', content: 'Be brief.' },
    { role: 'system', content: 'Be brief.', metadata: { role: 'developer' } },
  ],
  [
    'an answer of JavaScript',
    {
      ...{ type: 'message', role: 'assistant', status: 'completed', providerData: { id: 'msg_1' } },
      content: [
        { type: 'output_text', text: 'a', providerData: { annotations: [] } },
        { type: 'image', image: png },
        { type: 'audio', audio: 'AAAA', format: null, transcript: 'b' },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'output_text', text: 'a', providerData: { annotations: [] } },
        { type: 'image', image: png },
        { type: 'audio', audio: 'AAAA', format: null, transcript: 'b' },
      ],
      metadata: { status: 'completed', providerData: { id: 'msg_1' } },
    },
  ],
];

describe('messages of the Responses API and of the Agents SDK', () => {
  it.each(messages)('%s: is read', (_, raw, stored) => {
    expect(openAiResponsesReader.readMessage(raw)).toEqual(stored);
  });

  it.each(messages)('%s: is given back as it was sent', (_, raw, stored) => {
    expect(openAiResponsesReader.restoreMessage(stored)).toEqual(raw);
    const converted = convertMessages([{ ...stored, seq: 1 }], 'openai-agents');
    expect(converted).toEqual({ messages: [raw], omitted: [] });
  });

  it.each<[string, RawObject]>([
    ['its status', { role: 'assistant', status: 'completed', content: [] }],
    ['what the provider said', { role: 'user', content: 'a', providerData: {} }],
    ['its parts', { role: 'user', content: [{ type: 'input_text', text: 'a' }] }],
    ['its parts, beside an id', { id: 'm', role: 'user', content: [{ type: 'input_image' }] }],
  ])('is told without a type by %s, and is given back with one', (_, raw) => {
    const stored = openAiResponsesReader.readMessage(raw)!;
    expect(openAiResponsesReader.restoreMessage(stored)).toEqual({ type: 'message', ...raw });
  });

  it.each<[string, RawObject]>([
    ['a message of our own form', { role: 'user', content: 'a' }],
    ['a message with an id, which may be of the AI SDK', { id: 'm', role: 'user', content: 'a' }],
    ['parts of another dialect', { role: 'user', content: [{ type: 'text', text: 'a' }] }],
    ['another field', { role: 'user', status: 'completed', content: 'a', novel: 1 }],
    ['another role', { type: 'message', role: 'tool', content: 'a' }],
    ['content that is an object', { type: 'message', role: 'user', content: {} }],
    ['an item of nobody', { type: 'novel_call', id: 'x' }],
    ['an unknown part with words', { type: 'unknown', text: 'words' }],
    ['a type that is no text', { type: 7, role: 'user', content: 'a' }],
  ])('leaves to others: %s', (_, raw) => {
    expect(openAiResponsesReader.readMessage(raw)).toBeNull();
  });

  const call = { type: 'function_call', call_id: 'c1', name: 'w', arguments: '{}' };
  it.each<[string, StoredMessage]>([
    ['two items', { role: 'assistant', content: [call, call], metadata: null }],
    [
      'an item beside a text',
      {
        role: 'assistant',
        content: [{ type: 'output_text', text: 'a', annotations: [] }, call],
        metadata: null,
      },
    ],
    ['a call of a user', { role: 'user', content: [call], metadata: null }],
    ['a text of a tool', { role: 'tool', content: 'a', metadata: { call_id: 'c1' } }],
  ])('has no form for %s', (_, stored) => {
    expect(openAiResponsesReader.restoreMessage(stored)).toBeNull();
  });

  it('gives back no metadata that is the application’s own', () => {
    const metadata = { pinned: true, role: 'admin', source: 'web', status: 'completed' };
    expect(
      openAiResponsesReader.restoreMessage({ role: 'assistant', content: 'a', metadata }),
    ).toEqual({ type: 'message', role: 'assistant', content: 'a', status: 'completed' });
  });
});
