import { describe, expect, it } from '@jest/globals';
import type { ModelEvent } from '../../models/index.js';
import { Reply } from './reply.js';

const MEGABYTE = 'x'.repeat(1_000_000);
const text = (delta: string, id = 'a'): ModelEvent => ({ type: 'text-delta', id, delta });
const call = (input: string): ModelEvent => ({
  ...{ type: 'tool-call', toolCallId: 'c', toolName: 'find', isValid: true },
  input: JSON.stringify({ input }),
});
const source = (id: number): ModelEvent => ({
  ...{ type: 'source', id: String(id), url: 'https://example.com/', title: null },
});
const signed = (signature: string): ModelEvent => ({
  ...{ type: 'text-delta', id: 'a', delta: '', providerMetadata: { maker: { signature } } },
});

/** A reply of these events, the last of which it does not take. */
function refusing(...events: ModelEvent[]): Reply {
  const reply = new Reply();
  const last = events.pop()!;
  for (const event of events) reply.apply(event);
  expect(() => reply.apply(last)).toThrow(expect.objectContaining({ code: 'model.bad_answer' }));
  return reply;
}

describe('a reply that is longer than may be stored', () => {
  it('keeps what was said before the text that is too much', () => {
    const reply = refusing(text(MEGABYTE), text(MEGABYTE), text(MEGABYTE));
    expect(reply.content()).toHaveLength(2_000_000);
  });

  it('keeps nothing of one call of a tool that is too long', () => {
    const reply = refusing(text('Look: '), call(MEGABYTE.repeat(5)));
    expect(reply.values).toEqual([{ type: 'text', text: 'Look: ' }]);
    expect(reply.hasCalls).toBe(false);
  });

  it('has as many parts as a message may have', () => {
    const sources = Array.from({ length: 1_001 }, (_, i) => source(i));
    expect(refusing(...sources).values).toHaveLength(1_000);
  });

  it('is counted with what providers say of its parts', () => {
    const long = (letter: string) => signed(letter.repeat(1_000_000));
    expect(refusing(text('Hi'), long('a'), long('b'), long('c')).values).toMatchObject([
      { text: 'Hi', providerOptions: { maker: { signature: 'b'.repeat(1_000_000) } } },
    ]);
  });
});

describe('what a provider says of a part', () => {
  it('counts once, however often it is said again', () => {
    const reply = new Reply();
    for (let i = 0; i < 100; i++) reply.apply(signed('a'.repeat(100_000)));
    expect(reply.values).toHaveLength(1);
  });
});
