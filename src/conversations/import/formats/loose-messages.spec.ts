import { describe, expect, it } from '@jest/globals';
import { readAll, readConversation } from '../../../../test/support/read-source.js';

const answered = (conversationId: string, seq: number) => ({
  ...{ id: `m-${seq}`, conversationId, seq, role: 'user', content: `${seq}`, metadata: {} },
  ...{ tokenCount: 1, createdAt: '2025-01-01T00:00:00.000Z' },
});

describe('messages that stand alone', () => {
  it.each([
    [
      'LangChain has stored',
      [
        { type: 'human', data: { content: 'Hi', additional_kwargs: {} } },
        { type: 'ai', data: { content: 'Hello', additional_kwargs: {} } },
      ],
    ],
    [
      'LangChain has serialised',
      ['HumanMessage', 'AIMessage'].map((name) => ({
        lc: 1,
        type: 'constructor',
        id: ['langchain_core', 'messages', name],
        kwargs: { content: name },
      })),
    ],
    [
      'OpenAI has',
      [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: null, tool_calls: [] },
      ],
    ],
    ['Gemini has', [{ role: 'user', parts: [{ text: 'Hi' }] }]],
  ])('and that %s are one conversation', (_, messages) => {
    const { body, isKeyedByStart } = readConversation(messages);
    expect(isKeyedByStart).toBe(true);
    expect(body.messages).toEqual(messages);
    expect(body.importKey).toMatch(/^sha256:/);
    expect(readAll(...messages)).toMatchObject([{ body }]);
  });

  it('and that this API answers are told apart by their conversation, and sorted', () => {
    const page = { data: [answered('a', 2), answered('a', 1), answered('b', 1)], nextCursor: null };
    expect(readAll(page)).toMatchObject([
      { body: { importKey: 'a', messages: [{ content: '1' }, { content: '2' }] } },
      { body: { importKey: 'b', messages: [{ content: '1' }] } },
    ]);
  });

  it('take their time from any of its names', () => {
    const message = { role: 'user', content: 'Hi', timestamp: '2025-01-01T00:00:00Z' };
    expect(readConversation([message]).body.messages).toEqual([
      { role: 'user', content: 'Hi', createdAt: '2025-01-01T00:00:00Z' },
    ]);
  });
});
