import { describe, expect, it } from '@jest/globals';
import { pngOf } from '../../../../test/support/tiny-media.js';
import type { Part, RawObject } from '../part.js';
import { readParts } from '../readers.js';
import { partsOf } from '../stored-parts.js';
import { aiSdkReader } from './reader.js';

const read = (raw: RawObject): Part[] | null => aiSdkReader.readPart(raw, readParts);
const png = pngOf(1, 1);
const bytes = Buffer.from('words');
const base64 = bytes.toString('base64');
const call = (fields: RawObject) => ({ toolCallId: 'c1', input: { city: 'Oslo' }, ...fields });
const isCall = { kind: 'tool-call', callId: 'c1', name: 'w', input: { city: 'Oslo' } };
const isResult = (text: string, isError = false) => ({
  kind: 'tool-result',
  callId: 'c1',
  name: 'w',
  isError,
  output: [{ kind: 'text', text }],
});

describe('parts of tools in a UIMessage', () => {
  it.each<[string, RawObject, object[]]>([
    ['input that streams', { type: 'tool-w', state: 'input-streaming' }, [isCall]],
    ['input', { type: 'tool-w', state: 'input-available' }, [isCall]],
    [
      'a request for approval',
      { type: 'tool-w', state: 'approval-requested', approval: { id: 'a' } },
      [isCall],
    ],
    [
      'an approval',
      { type: 'tool-w', state: 'approval-responded', approval: { id: 'a', approved: true } },
      [isCall],
    ],
    [
      'an output',
      { type: 'tool-w', state: 'output-available', output: { t: -7 } },
      [isCall, isResult('{"t":-7}')],
    ],
    [
      'an error',
      { type: 'tool-w', state: 'output-error', errorText: 'no such place' },
      [isCall, isResult('no such place', true)],
    ],
    [
      'a denial with its reason',
      {
        type: 'tool-w',
        state: 'output-denied',
        approval: { id: 'a', approved: false, reason: 'No.' },
      },
      [isCall, isResult('No.', true)],
    ],
    [
      'a denial without a reason',
      { type: 'tool-w', state: 'output-denied', approval: { id: 'a', approved: false } },
      [isCall, isResult('Execution denied.', true)],
    ],
    [
      'a dynamic tool',
      { type: 'dynamic-tool', toolName: 'w', state: 'output-available', output: 'cold' },
      [isCall, isResult('cold')],
    ],
    [
      'a tool that the provider ran',
      { type: 'tool-w', state: 'output-available', output: 'cold', providerExecuted: true },
      [
        { ...isCall, kind: 'server-tool-call' },
        { ...isResult('cold'), kind: 'server-tool-result' },
      ],
    ],
  ])('reads %s', (_, fields, expected) => {
    const raw = call(fields);
    expect(read(raw)).toMatchObject(
      expected.map((part) => ({ ...part, dialect: 'ai-sdk', original: raw })),
    );
  });

  it.each(['call', 'result', 'invocation'])('reads a tool of the name %s', (name) => {
    const raw = call({ type: `tool-${name}`, state: 'output-available', output: 1 });
    expect(read(raw)).toMatchObject([
      { kind: 'tool-call', name },
      { kind: 'tool-result', output: [{ text: '1' }] },
    ]);
  });

  it('takes the raw input of a call that failed for it', () => {
    const raw = {
      type: 'tool-w',
      toolCallId: 'c1',
      state: 'output-error',
      rawInput: '{"ci',
      errorText: 'bad',
    };
    expect(read(raw)).toMatchObject([{ input: '{"ci' }, { isError: true }]);
  });

  it.each([
    ['call', [{ kind: 'tool-call' }]],
    ['partial-call', [{ kind: 'tool-call' }]],
    ['result', [{ kind: 'tool-call' }, isResult('{"t":-7}')]],
  ])('reads an invocation of version 4 in state %s', (state, expected) => {
    const toolInvocation = {
      ...{ state, toolCallId: 'c1', toolName: 'w', args: { city: 'Oslo' } },
      ...(state === 'result' ? { result: { t: -7 } } : {}),
    };
    expect(read({ type: 'tool-invocation', toolInvocation })).toMatchObject(expected);
  });
});

describe('parts of tools in a ModelMessage', () => {
  const result = (fields: RawObject) => ({
    type: 'tool-result',
    toolCallId: 'c1',
    toolName: 'w',
    ...fields,
  });

  it.each<[string, RawObject, object]>([
    ['a call', call({ type: 'tool-call', toolName: 'w' }), isCall],
    [
      'a call of version 4',
      { type: 'tool-call', toolCallId: 'c1', toolName: 'w', args: { city: 'Oslo' } },
      isCall,
    ],
    [
      'a call that the provider ran',
      call({ type: 'tool-call', toolName: 'w', providerExecuted: true }),
      { ...isCall, kind: 'server-tool-call' },
    ],
    ['a text', result({ output: { type: 'text', value: 'cold' } }), isResult('cold')],
    ['a value', result({ output: { type: 'json', value: { t: -7 } } }), isResult('{"t":-7}')],
    [
      'the text of an error',
      result({ output: { type: 'error-text', value: 'bad' } }),
      isResult('bad', true),
    ],
    [
      'the value of an error',
      result({ output: { type: 'error-json', value: { code: 4 } } }),
      isResult('{"code":4}', true),
    ],
    [
      'a denial',
      result({ output: { type: 'execution-denied', reason: 'No.' } }),
      isResult('No.', true),
    ],
    ['a result of version 4', result({ result: { t: -7 } }), isResult('{"t":-7}')],
    ['an error of version 4', result({ result: 'bad', isError: true }), isResult('bad', true)],
    [
      'content of version 4',
      result({
        result: 'x',
        experimental_content: [{ type: 'image', data: png, mimeType: 'image/png' }],
      }),
      { output: [{ kind: 'image', data: png, mediaType: 'image/png' }] },
    ],
    [
      'a result without a value',
      result({ result: null }),
      { kind: 'tool-result', callId: 'c1', output: [] },
    ],
  ])('reads %s', (_, raw, expected) => {
    expect(read(raw)).toMatchObject([{ ...expected, dialect: 'ai-sdk', original: raw }]);
  });

  it('reads each part of an output of type content', () => {
    const value = [
      { type: 'text', text: 'see' },
      { type: 'media', data: png, mediaType: 'image/png' },
      { type: 'image-data', data: png, mediaType: 'image/png' },
      { type: 'image-url', url: 'https://a.example/b.png' },
      { type: 'image-file-id', fileId: 'f1' },
      { type: 'file-data', data: base64, mediaType: 'application/pdf', filename: 'a.pdf' },
      { type: 'file-url', url: 'https://a.example/b.pdf' },
      { type: 'file-id', fileId: { openai: 'f2' } },
      { type: 'custom', providerOptions: { a: {} } },
    ];
    const [part] = read(result({ output: { type: 'content', value } }))!;
    expect(part).toMatchObject({
      output: [
        { kind: 'text', text: 'see' },
        { kind: 'image', data: png },
        { kind: 'image', data: png },
        { kind: 'image', url: 'https://a.example/b.png' },
        { kind: 'image', fileId: 'f1' },
        { kind: 'file', data: base64, name: 'a.pdf' },
        { kind: 'file', url: 'https://a.example/b.pdf' },
        { kind: 'file', fileId: 'f2' },
        { kind: 'other' },
      ],
    });
  });

  it('takes the result of a tool that the provider ran for one of the provider', () => {
    const content = [
      call({ type: 'tool-call', toolName: 'w', providerExecuted: true }),
      result({ output: { type: 'text', value: 'cold' } }),
    ];
    expect(partsOf({ role: 'assistant', content, metadata: null })).toMatchObject([
      { kind: 'server-tool-call' },
      { kind: 'server-tool-result' },
    ]);
  });
});

describe('other parts of the AI SDK', () => {
  it.each<[string, RawObject, object]>([
    [
      'a text with options',
      { type: 'text', text: 'a', providerOptions: { google: { thoughtSignature: 's' } } },
      { kind: 'text', text: 'a' },
    ],
    [
      'a file by URL',
      { type: 'file', mediaType: 'image/png', url: 'https://a.example/b.png', filename: 'b.png' },
      {
        kind: 'image',
        url: 'https://a.example/b.png',
        data: null,
        mediaType: 'image/png',
        name: 'b.png',
      },
    ],
    [
      'a file by data URL',
      { type: 'file', mediaType: 'image/png', url: `data:image/png;base64,${png}` },
      { kind: 'image', url: null, data: png },
    ],
    [
      'a file in base64',
      { type: 'file', mediaType: 'application/pdf', data: base64 },
      { kind: 'file', data: base64, text: null },
    ],
    [
      'a file of text',
      { type: 'file', mediaType: 'text/plain', data: base64 },
      { kind: 'file', text: 'words' },
    ],
    [
      'a sound of version 4',
      { type: 'file', mimeType: 'audio/wav', data: base64 },
      { kind: 'audio', mediaType: 'audio/wav' },
    ],
    [
      'an image by URL',
      { type: 'image', image: 'https://a.example/b.png' },
      { kind: 'image', url: 'https://a.example/b.png', mediaType: null },
    ],
    [
      'an image as a Uint8Array in JSON',
      { type: 'image', image: { ...bytes }, mediaType: 'image/png' },
      { kind: 'image', data: base64 },
    ],
    [
      'an image as a Buffer in JSON',
      { type: 'image', image: bytes.toJSON(), mediaType: 'image/png' },
      { kind: 'image', data: base64 },
    ],
    [
      'a path, which is no data',
      { type: 'file', mediaType: 'image/png', url: '/uploads/a' },
      { kind: 'image', url: '/uploads/a', data: null },
    ],
    [
      'a source on the web',
      { type: 'source-url', sourceId: 's', url: 'https://a.example', title: 'A' },
      { kind: 'source', url: 'https://a.example', title: 'A' },
    ],
    [
      'a source that is a document',
      { type: 'source-document', sourceId: 's', mediaType: 'application/pdf', title: 'A' },
      { kind: 'source', url: null, title: 'A' },
    ],
    [
      'a source of version 4',
      { type: 'source', source: { sourceType: 'url', id: 's', url: 'https://a.example' } },
      { kind: 'source', url: 'https://a.example' },
    ],
    ['the start of a step', { type: 'step-start' }, { kind: 'other', text: '' }],
    ['data', { type: 'data-place', data: { city: 'Oslo' } }, { kind: 'other', text: '' }],
    [
      'a request for approval',
      { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c1' },
      { kind: 'other' },
    ],
    [
      'an approval',
      { type: 'tool-approval-response', approvalId: 'a', approved: true },
      { kind: 'other' },
    ],
  ])('reads %s', (_, raw, expected) => {
    expect(read(raw)).toMatchObject([{ ...expected, dialect: 'ai-sdk', original: raw }]);
  });

  const signed = { text: 'hm', signature: 's', encrypted: null };
  it.each<[string, RawObject, object[]]>([
    [
      'nobody',
      { type: 'reasoning', text: 'hm' },
      [{ text: 'hm', signedBy: null, signature: null, encrypted: null }],
    ],
    [
      'Anthropic',
      { type: 'reasoning', text: 'hm', providerMetadata: { anthropic: { signature: 's' } } },
      [{ ...signed, signedBy: 'anthropic' }],
    ],
    [
      'Anthropic, redacted',
      { type: 'reasoning', text: '', providerOptions: { anthropic: { redactedData: 'x' } } },
      [{ text: '', signedBy: 'anthropic', signature: null, encrypted: 'x' }],
    ],
    [
      'OpenAI',
      {
        type: 'reasoning',
        text: 'hm',
        providerMetadata: { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'x' } },
      },
      [{ signedBy: 'openai-responses', encrypted: 'x' }],
    ],
    [
      'Google',
      { type: 'reasoning', text: 'hm', providerMetadata: { google: { thoughtSignature: 's' } } },
      [{ ...signed, signedBy: 'gemini' }],
    ],
    [
      'Anthropic in version 4',
      {
        type: 'reasoning',
        reasoning: 'hm',
        details: [
          { type: 'text', text: 'hm', signature: 's' },
          { type: 'redacted', data: 'x' },
        ],
      },
      [
        { ...signed, signedBy: 'anthropic' },
        { text: '', signedBy: 'anthropic', encrypted: 'x' },
      ],
    ],
    [
      'Anthropic in a CoreMessage, redacted',
      { type: 'redacted-reasoning', data: 'x' },
      [{ text: '', signedBy: 'anthropic', encrypted: 'x' }],
    ],
  ])('reads reasoning that is signed by %s', (_, raw, expected) => {
    expect(read(raw)).toMatchObject(expected.map((part) => ({ ...part, kind: 'reasoning' })));
  });

  it.each<[string, RawObject]>([
    ['an item of reasoning of OpenAI', { type: 'reasoning', id: 'rs_1', summary: [] }],
    ['a block of reasoning of LangChain', { type: 'reasoning', reasoning: 'hm' }],
    ['a file of LangChain', { type: 'file', source_type: 'base64', data: png, mime_type: 'a/b' }],
    ['an image of Anthropic', { type: 'image', source: { type: 'base64', data: png } }],
    ['a file without a place', { type: 'file', mediaType: 'image/png' }],
    ['a call without a name', { type: 'tool-call', input: {} }],
    ['a result without an id', { type: 'tool-result', output: 'x' }],
    ['a type of nobody', { type: 'novel' }],
  ])('leaves to others: %s', (_, raw) => {
    expect(read(raw)).toBeNull();
  });
});
