import { describe, expect, it } from '@jest/globals';
import { pngOf } from '../../../../test/support/tiny-media.js';
import { convertMessages } from '../convert.js';
import type { Part, RawObject } from '../part.js';
import { readParts } from '../readers.js';
import { partsOf } from '../stored-parts.js';
import { langChainReader } from './reader.js';

const read = (raw: RawObject): Part[] | null => langChainReader.readPart(raw, readParts);
const png = pngOf(1, 1);
const bytes = Buffer.from('words');
const base64 = bytes.toString('base64');

describe('content blocks of LangChain', () => {
  it.each<[string, RawObject, object]>([
    ['a text', { type: 'text', text: 'a', annotations: [] }, { kind: 'text', text: 'a' }],
    [
      'a text that is a file',
      { type: 'text-plain', text: 'a', title: 'A', mimeType: 'text/markdown' },
      { kind: 'file', text: 'a', name: 'A', mediaType: 'text/markdown' },
    ],
    [
      'a text that is a file in base64',
      { type: 'text-plain', data: base64, mimeType: 'text/plain' },
      { kind: 'file', text: 'words', data: base64 },
    ],
    [
      'a text that is a file by URL',
      { type: 'text-plain', url: 'https://a.example/b' },
      { kind: 'file', text: null, url: 'https://a.example/b', mediaType: 'text/plain' },
    ],
    [
      'an image by URL',
      { type: 'image', url: 'https://a.example/b', mimeType: 'image/jpeg' },
      { kind: 'image', url: 'https://a.example/b', mediaType: 'image/jpeg' },
    ],
    [
      'an image in base64',
      { type: 'image', data: png, mimeType: 'image/png' },
      { kind: 'image', data: png, mediaType: 'image/png' },
    ],
    [
      'an image by a data URL',
      { type: 'image', url: `data:image/png;base64,${png}` },
      { kind: 'image', data: png, url: null, mediaType: 'image/png' },
    ],
    [
      'an image as a Uint8Array in JSON',
      { type: 'image', data: { ...bytes }, mimeType: 'image/png' },
      { kind: 'image', data: base64 },
    ],
    [
      'an image by the id of an upload',
      { type: 'image', fileId: 'f1' },
      { kind: 'image', fileId: 'f1' },
    ],
    [
      'an older image in base64',
      { type: 'image', source_type: 'base64', data: png, mime_type: 'image/png' },
      { kind: 'image', data: png, mediaType: 'image/png' },
    ],
    [
      'an image of Python',
      { type: 'image', base64: png, mime_type: 'image/png' },
      { kind: 'image', data: png, mediaType: 'image/png' },
    ],
    [
      'an older image by URL',
      { type: 'image', source_type: 'url', url: 'https://a.example/b' },
      { kind: 'image', url: 'https://a.example/b' },
    ],
    [
      'an older file by id',
      { type: 'file', source_type: 'id', id: 'f1' },
      { kind: 'file', fileId: 'f1' },
    ],
    [
      'an older file of text',
      { type: 'file', source_type: 'text', text: 'a', mime_type: 'text/plain' },
      { kind: 'file', text: 'a' },
    ],
    [
      'an image in the form of OpenAI',
      { type: 'image_url', image_url: { url: 'https://a.example/b', detail: 'low' } },
      { kind: 'image', url: 'https://a.example/b', detail: 'low' },
    ],
    [
      'an image in the form of OpenAI, shortened',
      { type: 'image_url', image_url: 'https://a.example/b' },
      { kind: 'image', url: 'https://a.example/b' },
    ],
    ['a sound', { type: 'audio', data: base64, mimeType: 'audio/wav' }, { kind: 'audio' }],
    ['a video', { type: 'video', url: 'https://a.example/b' }, { kind: 'video' }],
    [
      'reasoning',
      { type: 'reasoning', reasoning: 'hm' },
      { kind: 'reasoning', text: 'hm', signedBy: null },
    ],
    ['a refusal', { type: 'refusal', refusal: 'No.' }, { kind: 'refusal', text: 'No.' }],
    [
      'a call',
      { type: 'tool_call', id: 'c1', name: 'w', args: { a: 1 } },
      { kind: 'tool-call', callId: 'c1', name: 'w', input: { a: 1 } },
    ],
    [
      'a call of a server tool',
      { type: 'server_tool_call', id: 's1', name: 'web_search', args: {} },
      { kind: 'server-tool-call', callId: 's1', name: 'web_search' },
    ],
    [
      'a result of a server tool',
      { type: 'server_tool_call_result', toolCallId: 's1', status: 'error', output: { a: 1 } },
      {
        kind: 'server-tool-result',
        callId: 's1',
        isError: true,
        output: [{ kind: 'text', text: '{"a":1}' }],
      },
    ],
    [
      'a citation',
      { type: 'citation', url: 'https://a.example', title: 'A', citedText: 'so' },
      { kind: 'source', url: 'https://a.example', title: 'A', text: 'so' },
    ],
    ['a piece of a call', { type: 'tool_call_chunk', args: '{' }, { kind: 'other' }],
    ['a call that is none', { type: 'invalid_tool_call', args: '{' }, { kind: 'other' }],
    ['a block of a provider', { type: 'non_standard', value: {} }, { kind: 'other' }],
  ])('reads %s', (_, raw, expected) => {
    expect(read(raw)).toMatchObject([{ ...expected, dialect: 'langchain', original: raw }]);
    expect(readParts([raw])).toMatchObject([expected]);
  });

  it.each<[string, RawObject]>([
    ['an image of Anthropic', { type: 'image', source: { type: 'base64' } }],
    ['a call without arguments', { type: 'tool_call', name: 'w' }],
    ['an address that is none', { type: 'image_url', image_url: 7 }],
    ['a type of nobody', { type: 'novel' }],
  ])('leaves to others: %s', (_, raw) => {
    expect(read(raw)).toBeNull();
  });
});

const fields = { additional_kwargs: {}, response_metadata: {} };
const call = { name: 'w', args: { city: 'Oslo' }, id: 'c1', type: 'tool_call' };
const text = { type: 'text', text: 'a' };
const openAiCall = { id: 'c1', type: 'function', function: { name: 'w', arguments: '{}' } };

describe('messages of LangChain', () => {
  it.each<[string, RawObject, string | RawObject[]]>([
    ['user', { type: 'human', data: { content: 'a', ...fields } }, 'a'],
    ['user', { type: 'human', data: { content: [text], ...fields } }, [text]],
    ['system', { type: 'system', data: { content: 'a', ...fields } }, 'a'],
    ['assistant', { type: 'ai', data: { content: 'a', tool_calls: [], ...fields } }, 'a'],
    ['assistant', { type: 'ai', data: { content: '', tool_calls: [call], ...fields } }, [call]],
    [
      'assistant',
      { type: 'ai', data: { content: 'a', tool_calls: [call], id: 'm', ...fields } },
      [text, call],
    ],
    [
      'assistant',
      {
        type: 'ai',
        data: {
          content: [text, call],
          tool_calls: [call],
          additional_kwargs: {},
          response_metadata: { output_version: 'v1' },
        },
      },
      [text, call],
    ],
    [
      'assistant',
      {
        type: 'ai',
        data: {
          content: [
            { type: 'thinking', thinking: 'hm', signature: 's' },
            text,
            { type: 'tool_use', id: 'c1', name: 'w', input: { city: 'Oslo' } },
          ],
          tool_calls: [call],
          ...fields,
        },
      },
      [
        { type: 'thinking', thinking: 'hm', signature: 's' },
        text,
        { type: 'tool_use', id: 'c1', name: 'w', input: { city: 'Oslo' } },
      ],
    ],
    [
      'assistant',
      {
        type: 'ai',
        data: {
          content: '',
          tool_calls: [call],
          additional_kwargs: { tool_calls: [openAiCall] },
          response_metadata: {},
        },
      },
      [call],
    ],
    [
      'tool',
      { type: 'tool', data: { content: 'cold', tool_call_id: 'c1', status: 'success', ...fields } },
      'cold',
    ],
    ['tool', { type: 'function', data: { content: 'cold', name: 'w', ...fields } }, 'cold'],
    ['user', { type: 'generic', data: { content: 'a', role: 'ada', ...fields } }, 'a'],
  ])('reads one of role %s, and gives it back: %j', (role, message, content) => {
    const stored = langChainReader.readMessage(message)!;
    expect(stored).toMatchObject({ role, content });
    expect(langChainReader.restoreMessage(stored)).toEqual(message);
    const { messages } = convertMessages([{ ...stored, seq: 1 }], 'langchain');
    expect(messages).toEqual([message]);
  });

  it('reads calls once that stand in two forms', () => {
    const data = {
      content: '',
      tool_calls: [call],
      additional_kwargs: { tool_calls: [openAiCall] },
    };
    const stored = langChainReader.readMessage({ type: 'ai', data })!;
    expect(partsOf(stored)).toMatchObject([{ kind: 'tool-call', input: { city: 'Oslo' } }]);
  });

  it('leaves out a second form of calls that is too large for metadata', () => {
    const large = { ...openAiCall, function: { name: 'w', arguments: 'x'.repeat(20_000) } };
    const beside = { tool_calls: [large], other: 1 };
    const data = { content: '', tool_calls: [call], additional_kwargs: beside };
    expect(langChainReader.readMessage({ type: 'ai', data })).toMatchObject({
      metadata: { additional_kwargs: { other: 1 } },
    });
  });

  it('reads calls in the form of OpenAI only', () => {
    const data = { content: '', additional_kwargs: { tool_calls: [openAiCall] } };
    const stored = langChainReader.readMessage({ type: 'ai', data })!;
    expect(partsOf(stored)).toMatchObject([{ kind: 'tool-call', callId: 'c1', name: 'w' }]);
  });

  it.each<[string, RawObject, object]>([
    [
      'a serialised object',
      {
        lc: 1,
        type: 'constructor',
        id: ['langchain_core', 'messages', 'AIMessage'],
        kwargs: { content: 'a', tool_calls: [call], ...fields },
      },
      { role: 'assistant', content: [text, call], metadata: { type: 'ai', ...fields } },
    ],
    [
      'a serialised chunk of Python',
      {
        lc: 1,
        type: 'constructor',
        id: ['langchain', 'schema', 'messages', 'AIMessageChunk'],
        kwargs: { content: 'a', type: 'AIMessageChunk' },
      },
      { role: 'assistant', content: 'a', metadata: { type: 'ai' } },
    ],
    [
      'a chunk',
      { type: 'HumanMessageChunk', data: { content: 'a' } },
      { role: 'user', content: 'a', metadata: { type: 'human' } },
    ],
    [
      "a message of LangGraph's server",
      { type: 'ai', content: 'a', id: 'm', tool_calls: [], invalid_tool_calls: [], ...fields },
      { role: 'assistant', metadata: { type: 'ai', id: 'm', invalid_tool_calls: [] } },
    ],
    [
      'texts in a list',
      { type: 'human', data: { content: ['a'] } },
      { role: 'user', content: [text] },
    ],
    [
      'a message without content',
      { type: 'ai', data: { tool_calls: [call] } },
      { role: 'assistant', content: [call] },
    ],
    [
      'an assistant of another name',
      { type: 'chat', data: { content: 'a', role: 'model' } },
      { role: 'assistant' },
    ],
  ])('reads %s', (_, raw, expected) => {
    expect(langChainReader.readMessage(raw)).toMatchObject(expected);
  });

  it('takes an error of a tool for one', () => {
    const data = { content: 'bad', tool_call_id: 'c1', name: 'w', status: 'error' };
    const stored = langChainReader.readMessage({ type: 'tool', data })!;
    expect(partsOf(stored)).toMatchObject([
      { kind: 'tool-result', callId: 'c1', name: 'w', isError: true, output: [{ text: 'bad' }] },
    ]);
  });

  it.each<[string, RawObject]>([
    ['a message of Anthropic', { type: 'message', role: 'assistant', content: [] }],
    ['an item of Responses', { type: 'message', role: 'user', content: 'a' }],
    ['a system text with a role', { type: 'system', role: 'system', content: 'a' }],
    ['a tool of nobody', { type: 'tool', content: 'a' }],
    [
      'an object that is no message',
      { lc: 1, type: 'constructor', id: ['Prompt'], kwargs: { content: 'a' } },
    ],
    ['content that is none', { type: 'human', data: { content: 7 } }],
  ])('leaves to others: %s', (_, raw) => {
    expect(langChainReader.readMessage(raw)).toBeNull();
  });
});
