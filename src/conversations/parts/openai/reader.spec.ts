import { describe, expect, it } from '@jest/globals';
import type { RawObject } from '../part.js';
import { isKnownPart, readParts } from '../readers.js';
import { openAiReader } from './reader.js';

const read = (raw: RawObject) => openAiReader.readPart(raw, readParts);
const call = (fields: RawObject = {}) => ({
  id: 'c1',
  type: 'function',
  function: { name: 'weather', arguments: '{"city":"Oslo"}' },
  ...fields,
});
const url = 'https://example.com/a.png';
const dataUrl = 'data:image/png;base64,iVBORw0KGgo=';

describe('parts of OpenAI chat', () => {
  it.each<[string, RawObject, object]>([
    ['a text', { type: 'text', text: 'a' }, { kind: 'text', text: 'a' }],
    ['a refusal', { type: 'refusal', refusal: 'no' }, { kind: 'refusal', text: 'no' }],
    [
      'an image by its address',
      { type: 'image_url', image_url: { url, detail: 'low' } },
      { kind: 'image', url, data: null, detail: 'low' },
    ],
    [
      'an image as data',
      { type: 'image_url', image_url: { url: dataUrl } },
      { kind: 'image', url: null, data: 'iVBORw0KGgo=', mediaType: 'image/png', detail: null },
    ],
    [
      'an image whose address stands by itself',
      { type: 'image_url', image_url: url },
      { kind: 'image', url },
    ],
    ['a video', { type: 'video_url', video_url: { url } }, { kind: 'video', url }],
    ['a sound by its address', { type: 'audio_url', audio_url: { url } }, { kind: 'audio', url }],
    [
      'a sound',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
      { kind: 'audio', data: 'AAAA', mediaType: 'audio/mp3' },
    ],
    [
      'an upload',
      { type: 'file', file: { file_id: 'file-1' } },
      { kind: 'file', fileId: 'file-1', data: null },
    ],
    [
      'a file as a data URL',
      { type: 'file', file: { file_data: 'data:text/csv;base64,YQ==', filename: 'a.csv' } },
      { kind: 'file', data: 'YQ==', mediaType: 'text/csv', name: 'a.csv', text: 'a' },
    ],
    [
      'a file in base64',
      { type: 'file', file: { file_data: 'JVBERi0=', filename: 'a.pdf' } },
      { kind: 'file', data: 'JVBERi0=', mediaType: 'application/pdf' },
    ],
    [
      'a call',
      call(),
      { kind: 'tool-call', callId: 'c1', name: 'weather', input: '{"city":"Oslo"}' },
    ],
    [
      'a call without a type',
      { id: 'c1', function: { name: 'weather', arguments: { city: 'Oslo' } } },
      { kind: 'tool-call', callId: 'c1', name: 'weather', input: { city: 'Oslo' } },
    ],
    [
      'a call of a custom tool',
      { id: 'c1', type: 'custom', custom: { name: 'shell', input: 'ls' } },
      { kind: 'tool-call', callId: 'c1', name: 'shell', input: 'ls' },
    ],
    [
      'the older form of a call',
      { function_call: { name: 'weather', arguments: '{}' } },
      { kind: 'tool-call', callId: null, name: 'weather', input: '{}' },
    ],
    ['a refusal beside content', { refusal: 'no' }, { kind: 'refusal', text: 'no' }],
    [
      'reasoning beside content',
      { reasoning_content: 'hm' },
      { kind: 'reasoning', text: 'hm', signedBy: null, signature: null, encrypted: null },
    ],
    [
      'reasoning in two fields, once',
      {
        reasoning: 'hm',
        reasoning_details: [{ type: 'reasoning.text', text: 'hm', signature: 's' }],
      },
      { kind: 'reasoning', text: 'hm', signedBy: null },
    ],
    [
      'reasoning in details only',
      {
        reasoning_details: [
          { type: 'reasoning.summary', summary: 'a' },
          { type: 'reasoning.text', text: 'b' },
          { type: 'reasoning.encrypted', data: 'secret' },
        ],
      },
      { kind: 'reasoning', text: 'a\nb' },
    ],
    ['thinking of Ollama', { thinking: 'hm' }, { kind: 'reasoning', text: 'hm' }],
    [
      'the transcript of a spoken answer',
      { audio: { id: 'audio_1', transcript: 'It rains.', expires_at: 1 } },
      { kind: 'text', text: 'It rains.' },
    ],
    [
      'a spoken answer that has an id only',
      { audio: { id: 'audio_1' } },
      { kind: 'audio', fileId: 'audio_1', data: null },
    ],
  ])('reads %s', (_, raw, expected) => {
    expect(read(raw)).toEqual([expect.objectContaining({ ...expected, original: raw })]);
    expect(readParts([raw])).toMatchObject([expected]);
    expect(isKnownPart(raw)).toBe(true);
  });

  it('reads a spoken answer as its transcript and its sound', () => {
    const audio = { id: 'audio_1', transcript: 'It rains.', data: 'UklGRg==', format: 'wav' };
    expect(readParts([{ audio }])).toMatchObject([
      { kind: 'text', text: 'It rains.' },
      { kind: 'audio', data: 'UklGRg==', mediaType: 'audio/wav', fileId: 'audio_1' },
    ]);
  });

  it('reads images beside content, in the forms of OpenRouter and Ollama', () => {
    const images = [
      { type: 'image_url', image_url: { url: dataUrl, detail: 'low' }, index: 0 },
      { type: 'image_url', image_url: url },
      'iVBORw0KGgo=',
      { unknown: 1 },
    ];
    expect(readParts([{ images }])).toMatchObject([
      { kind: 'image', data: 'iVBORw0KGgo=', mediaType: 'image/png', detail: 'low' },
      { kind: 'image', url, data: null },
      { kind: 'image', url: null, data: 'iVBORw0KGgo=', mediaType: null },
      { kind: 'other' },
    ]);
  });

  it.each<[string, RawObject]>([
    ['a type of nobody', { type: 'novel' }],
    ['a text that is none', { type: 'text', text: 7 }],
    ['an image without an address', { type: 'image_url', image_url: {} }],
    ['a sound without data', { type: 'input_audio', input_audio: { data: 7 } }],
    ['a file of the Agents SDK', { type: 'file', file: { url: 'https://a.example/b' } }],
    ['a file that is a text', { type: 'file', file: 'AAAA' }],
    ['a call without a name', { type: 'function', function: { arguments: '{}' } }],
    ['a sound of Bedrock', { audio: { format: 'mp3', source: { bytes: 'AAAA' } } }],
    ['a call of Gemini', { function_call: { name: 'f', args: {} } }],
    ['a field with others', { refusal: 'no', other: 1 }],
    ['fields that stand in two parts', { refusal: 'no', reasoning: 'hm' }],
    ['an empty refusal', { refusal: '' }],
    ['reasoning that is an option', { reasoning: { effort: 'low' } }],
    ['no images', { images: [] }],
    ['no fields', {}],
  ])('leaves to others: %s', (_, raw) => {
    expect(read(raw)).toBeNull();
  });
});
