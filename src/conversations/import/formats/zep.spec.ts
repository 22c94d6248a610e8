import { describe, expect, it } from '@jest/globals';
import { readAll, readConversation } from '../../../../test/support/read-source.js';

const session = {
  session_id: 's-1',
  user_id: 'u-1',
  created_at: '2025-01-02T03:04:05Z',
  metadata: { plan: 'free' },
  summary: { uuid: 'x', content: 'About tea.' },
  messages: [
    {
      ...{ uuid: 'm1', role: 'Ada', role_type: 'user', content: 'I like tea.', token_count: 4 },
      created_at: '2025-01-02T03:04:06.123456Z',
    },
    { uuid: 'm2', role: 'ai', role_type: 'assistant', content: 'Noted.', metadata: { n: 1 } },
    { uuid: 'm3', role: 'lookup', role_type: 'function', content: '{}' },
    { uuid: 'm4', role: 'Bot', role_type: 'norole', content: 'Hm.' },
  ],
};

describe('the Zep import format', () => {
  it('keeps roles, names and times of the messages of a session', () => {
    expect(readConversation(session)).toMatchObject({
      name: 's-1',
      warnings: [],
      body: {
        importKey: 'zep:s-1',
        createdAt: '2025-01-02T03:04:05.000Z',
        metadata: { plan: 'free', source: 'zep', userId: 'u-1', summary: 'About tea.' },
        messages: [
          {
            role: 'user',
            content: 'I like tea.',
            createdAt: '2025-01-02T03:04:06.123456Z',
            metadata: { messageId: 'm1', name: 'Ada' },
          },
          { role: 'assistant', content: 'Noted.', metadata: { messageId: 'm2', n: 1 } },
          { role: 'tool', metadata: { name: 'lookup' } },
          { role: 'user', metadata: { name: 'Bot' } },
        ],
      },
    });
    const [, second] = readConversation(session).body.messages as { metadata: object }[];
    expect(second!.metadata).not.toHaveProperty('name');
  });

  it('reads roles of earlier versions, and a memory without its session', () => {
    const old = {
      session_id: 's-2',
      messages: [
        { role: 'human', content: 'Hi' },
        { role: 'ai', content: 'Hello' },
      ],
    };
    expect(readConversation(old).body.messages).toMatchObject([
      { role: 'user', content: 'Hi', metadata: {} },
      { role: 'assistant', content: 'Hello', metadata: {} },
    ]);
    const { messages } = session;
    expect(readConversation({ messages }).body.importKey).toMatch(/^zep:sha256:/);
  });

  it('reads facts as memories, each once, with the time from which they hold', () => {
    const fact = { uuid: 'f1', fact: 'Ada likes tea.', created_at: '2025-01-03T00:00:00Z' };
    const ended = {
      ...{ uuid: 'f2', fact: 'Ada lives in Oslo.', created_at: '2025-01-03T00:00:00Z' },
      ...{ valid_at: '2020-01-01T00:00:00Z', invalid_at: '2024-01-01T00:00:00Z' },
    };
    const facts = ['Ada likes tea.', 'Ada has a cat.', '', 7];
    const value = { session_id: 's-3', facts, relevant_facts: [fact, ended] };
    expect(readAll(value)).toMatchObject([
      {
        kind: 'memory',
        isOffered: false,
        body: {
          content: 'Ada likes tea.',
          validFrom: '2025-01-03T00:00:00.000Z',
          metadata: { importKey: 'zep:f1', source: 'zep', sessionId: 's-3' },
        },
      },
      {
        body: {
          content: 'Ada lives in Oslo.',
          validFrom: '2020-01-01T00:00:00.000Z',
          validTo: '2024-01-01T00:00:00.000Z',
        },
      },
      { body: { content: 'Ada has a cat.' } },
    ]);
    const sessions = readAll({ sessions: [session, { ...session, session_id: 's-4' }] });
    expect(sessions.map(({ name }) => name)).toEqual(['s-1', 's-4']);
  });
});
