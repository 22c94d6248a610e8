import { describe, expect, it } from '@jest/globals';
import { readExactly, writeJson } from '../../../platform/input/exact-json.js';
import type { StoredMessage } from '../dialect.js';
import type { RawObject } from '../part.js';
import { contentWords, messageWords, partsOf } from '../stored-parts.js';
import { fromStoredText, toStoredText } from '../stored-text.js';
import { openAiReader } from './reader.js';

const call = (fields: RawObject = {}) => ({
  id: 'c1',
  type: 'function',
  function: { name: 'weather', arguments: '{"city":"Oslo"}' },
  ...fields,
});
const dataUrl = 'data:image/png;base64,iVBORw0KGgo=';

const messages: [string, RawObject, StoredMessage][] = [
  [
    'a refusal instead of content',
    { role: 'assistant', content: null, refusal: 'I cannot help with that.' },
    { role: 'assistant', content: [{ refusal: 'I cannot help with that.' }], metadata: null },
  ],
  [
    'a spoken answer',
    {
      role: 'assistant',
      content: null,
      refusal: null,
      audio: { id: 'audio_1', expires_at: 1_792_000_000, data: 'UklGRg==', transcript: 'Rain.' },
      annotations: [],
    },
    {
      role: 'assistant',
      content: [
        {
          audio: {
            id: 'audio_1',
            expires_at: 1_792_000_000,
            data: 'UklGRg==',
            transcript: 'Rain.',
          },
        },
      ],
      metadata: { refusal: null, annotations: [] },
    },
  ],
  [
    'reasoning of DeepSeek before calls',
    { role: 'assistant', content: '', reasoning_content: 'hm', tool_calls: [call()] },
    {
      role: 'assistant',
      content: [{ reasoning_content: 'hm' }, call()],
      metadata: { content: '' },
    },
  ],
  [
    'reasoning of OpenRouter before a text',
    {
      role: 'assistant',
      content: 'It rains.',
      reasoning: 'hm',
      reasoning_details: [
        { type: 'reasoning.text', text: 'hm', signature: 'sig', format: 'anthropic-claude-v1' },
      ],
    },
    {
      role: 'assistant',
      content: [
        {
          reasoning: 'hm',
          reasoning_details: [
            { type: 'reasoning.text', text: 'hm', signature: 'sig', format: 'anthropic-claude-v1' },
          ],
        },
        { type: 'text', text: 'It rains.' },
      ],
      metadata: null,
    },
  ],
  [
    'images behind the text',
    {
      role: 'assistant',
      content: 'Here it is.',
      images: [{ type: 'image_url', image_url: { url: dataUrl } }],
    },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Here it is.' },
        { images: [{ type: 'image_url', image_url: { url: dataUrl } }] },
      ],
      metadata: null,
    },
  ],
  [
    'images of a user of Ollama',
    { role: 'user', content: 'What is it?', images: ['iVBORw0KGgo='] },
    {
      role: 'user',
      content: [{ type: 'text', text: 'What is it?' }, { images: ['iVBORw0KGgo='] }],
      metadata: null,
    },
  ],
  [
    'the older form of a call',
    { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
    {
      role: 'assistant',
      content: [{ function_call: { name: 'f', arguments: '{}' } }],
      metadata: null,
    },
  ],
  [
    'its result',
    { role: 'function', name: 'f', content: 'rain' },
    { role: 'tool', content: 'rain', metadata: { name: 'f', role: 'function' } },
  ],
  [
    'all fields of an answer in Python, which are null',
    {
      ...{ role: 'assistant', content: 'Hi', refusal: null, annotations: [], audio: null },
      ...{ function_call: null, tool_calls: null },
    },
    {
      role: 'assistant',
      content: 'Hi',
      metadata: {
        ...{ refusal: null, annotations: [], audio: null },
        ...{ function_call: null, tool_calls: null },
      },
    },
  ],
  [
    'empty fields of a compatible server',
    { role: 'assistant', content: 'Hi', reasoning_content: '', images: [] },
    { role: 'assistant', content: 'Hi', metadata: { reasoning_content: '', images: [] } },
  ],
  [
    'parts with calls beside them',
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      tool_calls: [call()],
    },
    {
      role: 'assistant',
      content: [{ type: 'text', text: 'a' }, { type: 'text', text: 'b' }, call()],
      metadata: null,
    },
  ],
  [
    'a developer',
    { role: 'developer', content: 'Be brief.' },
    { role: 'system', content: 'Be brief.', metadata: { role: 'developer' } },
  ],
  [
    'a result of a tool',
    { role: 'tool', tool_call_id: 'c1', content: '' },
    { role: 'tool', content: '', metadata: { tool_call_id: 'c1' } },
  ],
];

describe('messages of OpenAI chat', () => {
  it.each(messages)('%s: is read', (_, raw, stored) => {
    expect(openAiReader.readMessage(raw)).toEqual(stored);
  });

  it.each(messages)('%s: is given back as it was sent', (_, raw, stored) => {
    expect(openAiReader.restoreMessage(stored)).toEqual(raw);
  });

  it('keeps numbers, NUL and lone surrogates of fields beside the content, byte for byte', () => {
    const sent =
      '{"role":"assistant","content":null,"audio":{"id":"a","expires_at":12345678901234567890,"transcript":"\\u0000\\ud83d"}}';
    const { role, content, metadata } = openAiReader.readMessage(readExactly(sent) as RawObject)!;
    const stored = fromStoredText(toStoredText(content as RawObject[]));
    const restored = openAiReader.restoreMessage({ role, content: stored, metadata });
    expect(writeJson(restored)).toBe(sent);
  });

  it.each<[string, RawObject, string]>([
    ['a refusal', { content: null, refusal: 'I cannot.' }, 'I cannot.'],
    ['a transcript', { content: null, audio: { id: 'a', transcript: 'It rains.' } }, 'It rains.'],
    ['reasoning', { content: 'Rain.', reasoning_content: 'Hm.' }, 'Hm.\nRain.'],
    [
      'a call of the older form',
      { content: '', function_call: { name: 'weather', arguments: '{"city":"Oslo"}' } },
      'weather\n{"city":"Oslo"}',
    ],
  ])('is searched and counted by the words of %s', (_, fields, words) => {
    const stored = openAiReader.readMessage({ role: 'assistant', ...fields })!;
    expect(contentWords(stored.content)).toBe(words);
    expect(messageWords(stored)).toBe(words);
  });

  it('is no result of a call that it has itself', () => {
    const stored = openAiReader.readMessage({
      role: 'tool',
      tool_call_id: 'c1',
      content: [{ type: 'text', text: 'rain' }],
    })!;
    expect(partsOf(stored)).toMatchObject([{ kind: 'tool-result', callId: 'c1' }]);
  });

  it.each<[string, RawObject]>([
    ['a message of our own form', { role: 'user', content: 'a' }],
    ['an unknown field', { role: 'user', content: 'a', name: 'ada', novel: 1 }],
    ['an unknown role', { role: 'model', content: 'a', name: 'ada' }],
    ['content that is an object', { role: 'user', content: {}, name: 'ada' }],
  ])('leaves to others: %s', (_, raw) => {
    expect(openAiReader.readMessage(raw)).toBeNull();
  });

  it.each<[string, StoredMessage]>([
    ['calls of a user', { role: 'user', content: [call()], metadata: null }],
    [
      'a field that is told twice',
      { role: 'assistant', content: [{ refusal: 'a' }, { refusal: 'b' }], metadata: null },
    ],
  ])('has no form for %s', (_, stored) => {
    expect(openAiReader.restoreMessage(stored)).toBeNull();
  });

  it('gives back no metadata that is the application’s own', () => {
    const metadata = { role: 'admin', content: 'draft', pinned: true, name: 'ada' };
    expect(openAiReader.restoreMessage({ role: 'user', content: 'a', metadata })).toEqual({
      role: 'user',
      content: 'a',
      name: 'ada',
    });
  });

  it('gives back no empty list of calls, which OpenAI refuses', () => {
    const raw = { role: 'assistant', content: 'Hi', tool_calls: [] };
    const stored = openAiReader.readMessage(raw)!;
    expect(stored.metadata).toEqual({ tool_calls: [] });
    expect(openAiReader.restoreMessage(stored)).toEqual({ role: 'assistant', content: 'Hi' });
  });

  it('gives back a single text as a text, and content that was missing as null', () => {
    const restored = [
      { role: 'user', name: 'ada', content: [{ type: 'text', text: 'a' }] },
      { role: 'assistant', tool_calls: [call()] },
    ].map((raw) => openAiReader.restoreMessage(openAiReader.readMessage(raw)!));
    expect(restored).toEqual([
      { role: 'user', name: 'ada', content: 'a' },
      { role: 'assistant', content: null, tool_calls: [call()] },
    ]);
  });
});
