import { describe, expect, it } from '@jest/globals';
import { readExactly } from '../../../platform/input/exact-json.js';
import { toStorable } from './storable.js';

const of = (text: string) => toStorable(readExactly(text) as Parameters<typeof toStorable>[0]);

describe('what the server cannot store', () => {
  it('is replaced in titles, texts, metadata and names of fields', () => {
    const { body, replaced } = of(
      String.raw`{"importKey":"k","title":"a\u0000","metadata":{"b\ud83d":["\ud83d"]},"messages":[{"role":"tool","content":"\udc00","tool_call_id":"\u0000"}]}`,
    );
    expect(body).toEqual({
      importKey: 'k',
      title: 'a\ufffd',
      metadata: { 'b\ufffd': ['\ufffd'] },
      messages: [{ role: 'tool', content: '\ufffd', tool_call_id: '\ufffd' }],
    });
    expect(replaced).toBe(5);
  });

  it.each([
    String.raw`{"role":"user","content":[{"type":"text","text":"\u0000","n":1e400}]}`,
    String.raw`{"role":"assistant","content":null,"tool_calls":[{"function":{"arguments":"\u0000"}}]}`,
    String.raw`{"type":"function_call_output","call_id":"c","output":"\u0000"}`,
    String.raw`{"role":"user","content":"😀"}`,
    '7',
  ])('is kept in parts, and nothing else changes: %s', (message) => {
    const text = `{"importKey":"k","messages":[${message}]}`;
    const { body, replaced } = of(text);
    expect([body, replaced]).toEqual([readExactly(text), 0]);
  });

  it('may be anything instead of messages', () => {
    expect(toStorable({ importKey: 'k', messages: 'none' }).body).toEqual({
      importKey: 'k',
      messages: 'none',
    });
  });
});
