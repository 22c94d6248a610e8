import { describe, expect, it } from '@jest/globals';
import { convertContent, isEmptyContent } from './chatgpt-content.js';

const image = { content_type: 'image_asset_pointer', asset_pointer: 'file-service://1', width: 10 };

describe('the content of a ChatGPT message', () => {
  it.each([
    ['one text', { content_type: 'text', parts: ['hello'] }, 'hello'],
    ['no text', { content_type: 'text', parts: [] }, ''],
    ['no content', undefined, ''],
    ['null', null, ''],
    [
      'several texts',
      { content_type: 'text', parts: ['a', 'b'] },
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    ],
    [
      'texts and images',
      { content_type: 'multimodal_text', parts: [image, 'what is it?'] },
      [
        { type: 'image_asset_pointer', ...image },
        { type: 'text', text: 'what is it?' },
      ],
    ],
    [
      'one text among other things',
      { content_type: 'multimodal_text', parts: ['a'] },
      [{ type: 'text', text: 'a' }],
    ],
    [
      'a part with a type of its own',
      { content_type: 'multimodal_text', parts: [{ type: 'audio', data: 1 }] },
      [{ type: 'audio', data: 1 }],
    ],
    [
      'a part without a type',
      { content_type: 'multimodal_text', parts: [{ data: 1 }] },
      [{ type: 'unknown', data: 1 }],
    ],
    [
      'a part with a type that is none',
      { content_type: 'multimodal_text', parts: [{ type: 5 }] },
      [{ type: 'unknown', value: { type: 5 } }],
    ],
    [
      'a text part without a text',
      { content_type: 'multimodal_text', parts: [{ type: 'text', text: 1 }] },
      [{ type: 'unknown', value: { type: 'text', text: 1 } }],
    ],
    [
      'a part that is no object',
      { content_type: 'text', parts: [null, 3] },
      [
        { type: 'unknown', value: null },
        { type: 'unknown', value: 3 },
      ],
    ],
    [
      'code',
      { content_type: 'code', language: 'python', text: '1+1' },
      [{ type: 'code', language: 'python', text: '1+1' }],
    ],
    [
      'output',
      { content_type: 'execution_output', text: '2' },
      [{ type: 'execution_output', text: '2' }],
    ],
    [
      'thoughts',
      { content_type: 'thoughts', thoughts: [{ summary: 's', content: 'c' }] },
      [{ type: 'thoughts', thoughts: [{ summary: 's', content: 'c' }] }],
    ],
    [
      'parts of an unknown content',
      { content_type: 'new', parts: ['a'] },
      [{ type: 'new', parts: ['a'] }],
    ],
    ['text without parts', { content_type: 'text', text: 'a' }, [{ type: 'text', text: 'a' }]],
    [
      'text without any',
      { content_type: 'text' },
      [{ type: 'unknown', value: { content_type: 'text' } }],
    ],
    ['content without a type', { result: 'a' }, [{ type: 'unknown', result: 'a' }]],
    [
      'content with two types',
      { content_type: 'code', type: 'tool' },
      [{ type: 'unknown', value: { content_type: 'code', type: 'tool' } }],
    ],
    ['content that is text', 'hello', [{ type: 'text', text: 'hello' }]],
  ])('is converted without loss for %s', (_, content, expected) => {
    expect(convertContent(content)).toEqual(expected);
  });

  it('is empty when it has neither text nor other parts', () => {
    const empty = [
      undefined,
      { content_type: 'text', parts: [''] },
      { content_type: 'text', parts: ['', ''] },
      { content_type: 'text', parts: [] },
    ];
    expect(empty.map(isEmptyContent)).toEqual([true, true, true, true]);
    const full = [
      { content_type: 'text', parts: ['a'] },
      { content_type: 'text', parts: ['', 'a'] },
      { content_type: 'code', text: '' },
    ];
    expect(full.map(isEmptyContent)).toEqual([false, false, false]);
  });
});
