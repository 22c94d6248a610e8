import { describe, expect, it } from '@jest/globals';
import type { RawObject } from '../part.js';
import { isKnownPart, readParts } from '../readers.js';
import { openAiResponsesReader } from './reader.js';

const read = (raw: RawObject) => openAiResponsesReader.readPart(raw, readParts);
const url = 'https://example.com/a.png';
const png = 'iVBORw0KGgo=';
const dataUrl = `data:image/png;base64,${png}`;

describe('content of the Responses API', () => {
  it.each<[string, RawObject, object]>([
    ['a text of a user', { type: 'input_text', text: 'a' }, { kind: 'text', text: 'a' }],
    [
      'a text of an answer',
      { type: 'output_text', text: 'a', annotations: [], logprobs: [] },
      { kind: 'text', text: 'a' },
    ],
    [
      'a text of the Assistants API',
      { type: 'text', text: { value: 'a', annotations: [] } },
      { kind: 'text', text: 'a' },
    ],
    ['a refusal', { type: 'refusal', refusal: 'no' }, { kind: 'refusal', text: 'no' }],
    [
      'an image by its address',
      { type: 'input_image', image_url: url, detail: 'low' },
      { kind: 'image', url, data: null, detail: 'low' },
    ],
    [
      'an image as data',
      { type: 'input_image', image_url: dataUrl },
      { kind: 'image', data: png, mediaType: 'image/png', url: null },
    ],
    [
      'an uploaded image',
      { type: 'input_image', file_id: 'file-1' },
      { kind: 'image', fileId: 'file-1' },
    ],
    [
      'an image of the Assistants API',
      { type: 'image_file', image_file: { file_id: 'file-1', detail: 'auto' } },
      { kind: 'image', fileId: 'file-1', detail: 'auto' },
    ],
    [
      'an image of the Agents SDK in base64',
      { type: 'input_image', image: png },
      { kind: 'image', data: png, url: null },
    ],
    [
      'an uploaded image of the Agents SDK',
      { type: 'input_image', image: { id: 'file-1' } },
      { kind: 'image', fileId: 'file-1', data: null, url: null },
    ],
    [
      'an image that a tool of the Agents SDK gave',
      { type: 'image', image: { data: png, mediaType: 'image/webp' }, detail: 'low' },
      { kind: 'image', data: png, mediaType: 'image/webp', detail: 'low' },
    ],
    [
      'an image by its address that a tool gave',
      { type: 'image', image: { url } },
      { kind: 'image', url, data: null },
    ],
    [
      'an uploaded image that a tool gave',
      { type: 'image', image: { fileId: 'file-1' } },
      { kind: 'image', fileId: 'file-1' },
    ],
    [
      'a screenshot of the API',
      { type: 'computer_screenshot', image_url: dataUrl },
      { kind: 'image', data: png },
    ],
    [
      'a screenshot of the Agents SDK',
      { type: 'computer_screenshot', data: png },
      { kind: 'image', data: png, url: null },
    ],
    [
      'a screenshot of the Agents SDK as a data URL',
      { type: 'computer_screenshot', data: dataUrl },
      { kind: 'image', data: png, mediaType: 'image/png' },
    ],
    [
      'a file as data',
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
      { kind: 'file', data: 'JVBERi0=', mediaType: 'application/pdf', name: 'a.pdf' },
    ],
    [
      'a file by its address',
      { type: 'input_file', file_url: 'https://example.com/a.pdf' },
      { kind: 'file', url: 'https://example.com/a.pdf' },
    ],
    [
      'an uploaded file',
      { type: 'input_file', file_id: 'file-1' },
      { kind: 'file', fileId: 'file-1' },
    ],
    [
      'a file of the Agents SDK in base64',
      { type: 'input_file', file: 'JVBERi0=', filename: 'a.pdf' },
      { kind: 'file', data: 'JVBERi0=', name: 'a.pdf' },
    ],
    [
      'a file of the Agents SDK by its address',
      { type: 'input_file', file: { url: 'https://example.com/a.pdf' } },
      { kind: 'file', url: 'https://example.com/a.pdf', data: null },
    ],
    [
      'an uploaded file of the Agents SDK',
      { type: 'input_file', file: { id: 'file-1' } },
      { kind: 'file', fileId: 'file-1' },
    ],
    [
      'a file that a tool of the Agents SDK gave',
      { type: 'file', file: { data: 'YQ==', mediaType: 'text/csv', filename: 'a.csv' } },
      { kind: 'file', data: 'YQ==', mediaType: 'text/csv', name: 'a.csv', text: 'a' },
    ],
    [
      'a sound',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
      { kind: 'audio', data: 'AAAA', mediaType: 'audio/mp3' },
    ],
    [
      'an uploaded sound of the Agents SDK',
      { type: 'audio', audio: { id: 'file-1' } },
      { kind: 'audio', fileId: 'file-1', data: null },
    ],
    [
      'the transcript of a sound that is gone',
      { type: 'audio', audio: '', transcript: 'It rains.' },
      { kind: 'text', text: 'It rains.' },
    ],
  ])('reads %s', (_, raw, expected) => {
    expect(read(raw)).toEqual([expect.objectContaining({ ...expected, original: raw })]);
    expect(isKnownPart(raw)).toBe(true);
  });

  it('reads a sound of the Agents SDK as its transcript and its data', () => {
    expect(
      read({ type: 'audio', audio: 'AAAA', format: 'mp3', transcript: 'It rains.' }),
    ).toMatchObject([
      { kind: 'text', text: 'It rains.' },
      { kind: 'audio', data: 'AAAA', mediaType: 'audio/mp3' },
    ]);
  });

  it.each<[string, RawObject]>([
    ['a type of nobody', { type: 'novel' }],
    ['a plain text', { type: 'text', text: 'a' }],
    ['an image of LangChain', { type: 'image', url }],
    ['a sound of LangChain', { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' }],
    ['a file of the AI SDK', { type: 'file', url, mediaType: 'image/png' }],
    ['reasoning of LangChain', { type: 'reasoning', reasoning: 'hm' }],
    ['a call without a name', { type: 'function_call', call_id: 'c1' }],
    ['a part of an application that is unknown', { type: 'unknown', text: 'words' }],
    ['a message', { type: 'message', role: 'user', content: 'a' }],
  ])('leaves to others: %s', (_, raw) => {
    expect(read(raw)).toBeNull();
  });
});
