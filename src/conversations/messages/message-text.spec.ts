import { describe, expect, it } from '@jest/globals';
import { textOf } from './message-text.js';

describe('the text of a message', () => {
  it('is the content itself when that is a text', () => {
    expect(textOf('Hello\nworld')).toBe('Hello\nworld');
    expect(textOf('')).toBe('');
  });

  it('joins the texts that a model reads in parts, one line each', () => {
    const content = [
      { type: 'text', text: 'Look:' },
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'short' }], thinking: 'long' },
      { type: 'tool_call', id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' },
      { type: 'refusal', refusal: 'no' },
    ];
    expect(textOf(content)).toBe(
      ['Look:', 'short', 'long', 'weather', '{"city":"Oslo"}', 'no'].join('\n'),
    );
  });

  it('includes all texts in the arguments of a tool call and in its result', () => {
    const content = [
      {
        type: 'tool_use',
        id: 'x1',
        input: {
          city: 'Oslo',
          days: 3,
          units: ['metric', { also: 'wind' }],
          open: true,
          none: null,
        },
      },
      {
        type: 'tool_result',
        tool_use_id: 'x1',
        content: [{ type: 'text', text: 'sunny' }],
        is_error: false,
      },
    ];
    expect(textOf(content)).toBe('Oslo\nmetric\nwind\nsunny');
  });

  it('excludes types, ids, URLs and data', () => {
    const content = [
      { type: 'image', image_url: { url: 'https://example.org/a.png', detail: 'high' } },
      { type: 'file', file: { file_id: 'f1', file_data: 'AAAA' } },
      {
        type: 'tool_result',
        content: [{ type: 'image', source: { type: 'base64', data: 'BBBB' } }],
      },
      { type: 'x-unknown', whatever: 'not read' },
    ];
    expect(textOf(content)).toBe('');
  });
});
