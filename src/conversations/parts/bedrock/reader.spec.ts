import { describe, expect, it } from '@jest/globals';
import type { RawObject } from '../part.js';
import { readParts } from '../readers.js';
import { bedrockReader } from './reader.js';

const read = (raw: RawObject) => bedrockReader.readPart(raw, readParts);
const bytes = Buffer.from('words');
const base64 = bytes.toString('base64');

describe('blocks of Converse', () => {
  it.each<[string, RawObject, object]>([
    ['a text', { text: 'a' }, { kind: 'text', text: 'a' }],
    [
      'an image in base64',
      { image: { format: 'png', source: { bytes: base64 } } },
      { kind: 'image', mediaType: 'image/png', data: base64 },
    ],
    [
      'an image as a Buffer in JSON',
      { image: { format: 'png', source: { bytes: { type: 'Buffer', data: [...bytes] } } } },
      { kind: 'image', data: base64 },
    ],
    [
      'an image as a Uint8Array in JSON',
      { image: { format: 'png', source: { bytes: { ...bytes } } } },
      { kind: 'image', data: base64 },
    ],
    [
      'a video in S3',
      { video: { format: 'mp4', source: { s3Location: { uri: 's3://a/b.mp4' } } } },
      { kind: 'video', url: 's3://a/b.mp4', data: null },
    ],
    [
      'a PDF',
      { document: { format: 'pdf', name: 'Plan', source: { bytes: base64 } } },
      { kind: 'file', name: 'Plan', mediaType: 'application/pdf', data: base64, text: null },
    ],
    [
      'a document of text in bytes',
      { document: { format: 'md', name: 'Notes', source: { bytes: base64 } } },
      { kind: 'file', mediaType: 'text/plain', text: 'words' },
    ],
    [
      'a document of blocks',
      { document: { name: 'Notes', source: { content: [{ text: 'a' }, { text: 'b' }] } } },
      { kind: 'file', text: 'a\nb', data: null },
    ],
    [
      'a call',
      { toolUse: { toolUseId: 't1', name: 'shot', input: { a: 1 } } },
      { kind: 'tool-call', callId: 't1', name: 'shot', input: { a: 1 } },
    ],
    [
      'a result with an image and JSON',
      {
        toolResult: {
          toolUseId: 't1',
          status: 'error',
          content: [{ json: { a: 1 } }, { image: { format: 'png', source: { bytes: base64 } } }],
        },
      },
      {
        kind: 'tool-result',
        callId: 't1',
        isError: true,
        output: [{ kind: 'text', text: '{"a":1}' }, { kind: 'image' }],
      },
    ],
    [
      'a call of a server tool',
      { toolUse: { toolUseId: 't1', name: 'find', input: {}, type: 'server_tool_use' } },
      { kind: 'server-tool-call', callId: 't1' },
    ],
    [
      'a result of a server tool',
      { toolResult: { toolUseId: 't1', type: 'find_result', content: [{ text: 'x' }] } },
      { kind: 'server-tool-result', callId: 't1', output: [{ text: 'x' }] },
    ],
    [
      'signed reasoning',
      { reasoningContent: { reasoningText: { text: 'hm', signature: 'sig' } } },
      { kind: 'reasoning', text: 'hm', signedBy: 'bedrock', signature: 'sig' },
    ],
    [
      'redacted reasoning',
      { reasoningContent: { redactedContent: { ...bytes } } },
      { kind: 'reasoning', signedBy: 'bedrock', encrypted: base64 },
    ],
    [
      'reasoning without a signature',
      { reasoningContent: { reasoningText: { text: 'hm' } } },
      { kind: 'reasoning', text: 'hm', signedBy: null },
    ],
    [
      'an answer with citations',
      { citationsContent: { content: [{ text: 'a' }], citations: [{ title: 'A' }] } },
      { kind: 'text', text: 'a' },
    ],
    [
      'guarded content',
      { guardContent: { text: { text: 'a', qualifiers: ['query'] } } },
      { kind: 'text', text: 'a' },
    ],
    [
      'a search result',
      {
        searchResult: {
          source: 'https://a.example',
          title: 'A',
          content: [{ text: 'found' }],
          citations: { enabled: true },
        },
      },
      { kind: 'source', url: 'https://a.example', title: 'A', text: 'found' },
    ],
    ['a cache point', { cachePoint: { type: 'default' } }, { kind: 'other', text: '' }],
    [
      'a tool that comes later',
      { toolAddition: { tool: { name: 'f' } } },
      { kind: 'other', text: '' },
    ],
  ])('reads %s', (_, raw, expected) => {
    expect(read(raw)).toMatchObject([{ dialect: 'bedrock', original: raw, ...expected }]);
  });

  it.each<[string, RawObject]>([
    ['two fields', { text: 'a', image: {} }],
    ['a field of nobody', { novel: {} }],
    ['a text that is none', { text: 7 }],
    ['a call without a name', { toolUse: { toolUseId: 't1' } }],
    ['an image that is an address', { image: 'https://a.example/b.png' }],
  ])('leaves to others: %s', (_, raw) => {
    expect(read(raw)).toBeNull();
  });
});

describe('messages of Converse', () => {
  const content = [{ text: 'a' }];

  it('reads a message, and gives it back', () => {
    const stored = bedrockReader.readMessage({ role: 'user', content });
    expect(stored).toEqual({ role: 'user', content, metadata: null });
    expect(bedrockReader.restoreMessage(stored!)).toEqual({ role: 'user', content });
  });

  it.each<[string, RawObject]>([
    ['typed parts', { role: 'user', content: [{ type: 'text', text: 'a' }] }],
    ['another role', { role: 'system', content }],
    ['no parts', { role: 'user', content: [] }],
  ])('leaves to others: %s', (_, raw) => {
    expect(bedrockReader.readMessage(raw)).toBeNull();
  });
});
