import { describe, expect, it } from '@jest/globals';
import type { RawObject } from '../part.js';
import { toApiItem } from './api-items.js';

const said = (...content: RawObject[]): RawObject => ({ type: 'message', role: 'user', content });

describe('toApiItem', () => {
  it('returns items of the API themselves', () => {
    const items = [
      { role: 'user', content: 'Hi' },
      said({ type: 'input_image', image_url: 'https://a.example/a.png' }),
      { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hm' }] },
    ];
    for (const item of items) expect(toApiItem(item)).toBe(item);
  });

  it.each<[string, RawObject, RawObject]>([
    [
      'an image by its id',
      { type: 'input_image', image: { id: 'file_1' } },
      { type: 'input_image', file_id: 'file_1', detail: 'auto' },
    ],
    [
      'an image by its address, with what only the provider knows',
      { type: 'input_image', image: 'https://a.example/a.png', providerData: { imageAge: 2 } },
      {
        ...{ type: 'input_image', image_url: 'https://a.example/a.png', detail: 'auto' },
        image_age: 2,
      },
    ],
    [
      'a file in base64',
      { type: 'input_file', file: 'JVBERg==', filename: 'a.pdf' },
      { type: 'input_file', file_data: 'JVBERg==', filename: 'a.pdf' },
    ],
    [
      'a file by its address',
      { type: 'input_file', file: { url: 'https://a.example/a.pdf' } },
      { type: 'input_file', file_url: 'https://a.example/a.pdf' },
    ],
    [
      'a text with the end of a prefix',
      { type: 'input_text', text: 'Hi', promptCacheBreakpoint: { mode: 'explicit' } },
      { type: 'input_text', text: 'Hi', prompt_cache_breakpoint: { mode: 'explicit' } },
    ],
  ])('gives %s the names of the API', (_, part, expected) => {
    expect(toApiItem(said(part))).toEqual(said(expected));
  });

  it('keeps what a model thought apart from its summary', () => {
    const item = {
      ...{ type: 'reasoning', content: [{ type: 'input_text', text: 'In short.' }] },
      rawContent: [{ type: 'reasoning_text', text: 'At length.' }],
      providerData: { encryptedContent: 'gAAAA' },
    };
    expect(toApiItem(item)).toEqual({
      ...{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'In short.' }] },
      content: [{ type: 'reasoning_text', text: 'At length.' }],
      encrypted_content: 'gAAAA',
    });
  });

  it('takes the text out of the output of a call', () => {
    const item = {
      ...{ type: 'function_call_result', callId: 'c1', name: 'find', status: 'completed' },
      output: { type: 'text', text: 'A hall.' },
    };
    expect(toApiItem(item)).toEqual({
      ...{ type: 'function_call_output', call_id: 'c1', status: 'completed', output: 'A hall.' },
    });
  });

  it.each<[string, RawObject]>([
    ['an image of an assistant', { ...said({ type: 'image', image: 'iVBO' }), role: 'assistant' }],
    ['a hosted tool of another provider', { type: 'hosted_tool_call', name: 'dream' }],
    ['an unknown item that says nothing', { type: 'unknown', id: 'u1' }],
  ])('returns null for %s', (_, item) => {
    expect(toApiItem(item)).toBeNull();
  });
});
