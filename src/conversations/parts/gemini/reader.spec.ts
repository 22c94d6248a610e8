import { describe, expect, it } from '@jest/globals';
import type { RawObject } from '../part.js';
import { readParts } from '../readers.js';
import { geminiReader } from './reader.js';

const read = (raw: RawObject) => geminiReader.readPart(raw, readParts);

describe('parts of Gemini', () => {
  it.each<[string, RawObject, object]>([
    ['a text', { text: 'a' }, { kind: 'text', text: 'a' }],
    [
      'a signed thought',
      { text: 'hm', thought: true, thoughtSignature: 'sig' },
      { kind: 'reasoning', text: 'hm', signedBy: 'gemini', signature: 'sig' },
    ],
    [
      'a thought without a signature',
      { text: 'hm', thought: true },
      { kind: 'reasoning', signedBy: null, signature: null },
    ],
    [
      'a text with a signature, which is no thought',
      { text: 'a', thoughtSignature: 'sig' },
      { kind: 'text', text: 'a' },
    ],
    [
      'an image',
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
      { kind: 'image', mediaType: 'image/png', data: 'AAAA' },
    ],
    [
      'an image in snake case',
      { inline_data: { mime_type: 'image/png', data: 'AAAA' } },
      { kind: 'image', mediaType: 'image/png', data: 'AAAA' },
    ],
    [
      'a file of text',
      { inlineData: { mimeType: 'text/csv', data: Buffer.from('a,b').toString('base64') } },
      { kind: 'file', mediaType: 'text/csv', text: 'a,b' },
    ],
    [
      'an uploaded video with its cut',
      {
        fileData: { mimeType: 'video/mp4', fileUri: 'gs://a/b.mp4' },
        videoMetadata: { startOffset: '1s' },
      },
      { kind: 'video', url: 'gs://a/b.mp4', data: null },
    ],
    [
      'a call without an id',
      { functionCall: { name: 'f', args: { a: 1 } } },
      { kind: 'tool-call', callId: null, name: 'f', input: { a: 1 } },
    ],
    [
      'a call with an id, in snake case',
      { function_call: { id: 'c1', name: 'f' }, thought_signature: 'sig' },
      { kind: 'tool-call', callId: 'c1', name: 'f', input: {} },
    ],
    [
      'an answer with an output',
      { functionResponse: { name: 'f', response: { output: 'x' } } },
      { kind: 'tool-result', callId: null, name: 'f', output: [{ text: 'x' }], isError: false },
    ],
    [
      'an answer with an error',
      { functionResponse: { name: 'f', response: { error: 'bad' } } },
      { isError: true, output: [{ text: 'bad' }] },
    ],
    [
      'an answer with fields of its own',
      { functionResponse: { name: 'f', response: { degrees: 7, error: null } } },
      { isError: false, output: [{ text: '{"degrees":7,"error":null}' }] },
    ],
    [
      'an answer with an image beside it',
      {
        functionResponse: {
          name: 'f',
          response: { output: 'x' },
          parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }],
        },
      },
      { output: [{ kind: 'text', text: 'x' }, { kind: 'image' }] },
    ],
    [
      'code that Gemini ran',
      { executableCode: { language: 'PYTHON', code: 'print(1)' } },
      { kind: 'server-tool-call', name: 'code_execution', input: { code: 'print(1)' } },
    ],
    [
      'what came of code',
      { codeExecutionResult: { outcome: 'OUTCOME_FAILED', output: 'trace' } },
      { kind: 'server-tool-result', isError: true, output: [{ text: 'trace' }] },
    ],
    [
      'a call of a tool at Google',
      { toolCall: { id: 't1', toolType: 'GOOGLE_SEARCH_WEB', args: { queries: ['q'] } } },
      { kind: 'server-tool-call', callId: 't1', name: 'google_search_web' },
    ],
    [
      'an answer of a tool at Google',
      { toolResponse: { id: 't1', toolType: 'GOOGLE_SEARCH_WEB', response: { found: 1 } } },
      { kind: 'server-tool-result', callId: 't1', output: [{ text: '{"found":1}' }] },
    ],
    [
      'a transcript',
      { audioTranscription: { text: 'said', finished: true } },
      { kind: 'other', text: 'said' },
    ],
    ['a part without words', { partMetadata: { a: 1 } }, { kind: 'other', text: '' }],
  ])('reads %s', (_, raw, expected) => {
    expect(read(raw)).toMatchObject([{ dialect: 'gemini', original: raw, ...expected }]);
  });

  it.each<[string, RawObject]>([
    ['an object without fields', {}],
    ['a part with a type', { type: 'text', text: 'a' }],
    ['a field of nobody', { text: 'a', novel: 1 }],
  ])('leaves to others: %s', (_, raw) => {
    expect(read(raw)).toBeNull();
  });

  it.each<[string, RawObject]>([
    ['a call without a name', { functionCall: { args: {} } }],
    ['an answer without a response', { functionResponse: { name: 'f', response: null } }],
    ['data without a type', { inlineData: { data: 7 } }],
    ['a text that is none', { text: 7 }],
  ])('reads %s without throwing', (_, raw) => {
    expect(read(raw)).toHaveLength(1);
  });
});

describe('contents of Gemini', () => {
  it.each<[string, RawObject, object]>([
    [
      'the model',
      { role: 'model', parts: [{ text: 'a' }] },
      { role: 'assistant', content: [{ text: 'a' }], metadata: { role: 'model' } },
    ],
    ['a user', { role: 'user', parts: [] }, { role: 'user', content: [], metadata: null }],
    [
      'nobody, which is a user',
      { parts: [{ text: 'a' }] },
      { role: 'user', content: [{ text: 'a' }], metadata: null },
    ],
    [
      'a function',
      { role: 'function', parts: [{ functionResponse: { name: 'f', response: {} } }] },
      { role: 'tool', metadata: { role: 'function' } },
    ],
  ])('reads what is said by %s', (_, raw, expected) => {
    expect(geminiReader.readMessage(raw)).toMatchObject(expected);
  });

  it.each<[string, RawObject]>([
    ['parts of the AI SDK', { role: 'user', parts: [{ type: 'text', text: 'a' }] }],
    ['another role', { role: 'assistant', parts: [{ text: 'a' }] }],
    ['parts that are no list', { role: 'user', parts: 'a' }],
  ])('leaves to others: %s', (_, raw) => {
    expect(geminiReader.readMessage(raw)).toBeNull();
  });

  it('gives back a content of the model', () => {
    const content = [{ text: 'a' }];
    expect(geminiReader.restoreMessage({ role: 'assistant', content, metadata: null })).toEqual({
      role: 'model',
      parts: content,
    });
    expect(geminiReader.restoreMessage({ role: 'user', content: 'a', metadata: null })).toBeNull();
  });
});
