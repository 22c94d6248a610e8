import { describe, expect, it } from '@jest/globals';
import { pathIn, readConversation } from '../../../../test/support/read-source.js';

const message = (id: string, parentId: string | null, role: string, more: object = {}) => ({
  [id]: { id, parentId, childrenIds: [], role, content: id, timestamp: 1_743_000_000, ...more },
});
const messages = {
  ...message('q', null, 'user', { files: [{ id: 'f' }] }),
  ...message('a1', 'q', 'assistant', { model: 'm-1' }),
  ...message('a2', 'q', 'assistant', { content: '', error: { content: 'Failed.' } }),
};
const exported = {
  id: 'c-1',
  title: 'Soup',
  chat: { title: 'Soup', models: ['m-1'], history: { messages, currentId: 'a1' }, tags: ['food'] },
  created_at: 1_743_000_000,
  updated_at: 1_743_000_060,
  archived: true,
  pinned: true,
};

describe('the Open WebUI import format', () => {
  it('imports all branches of a chat, and shows the current one, with its times, tags and models', () => {
    const when = '2025-03-26T14:40:00.000Z';
    expect(readConversation([exported])).toMatchObject({
      name: 'Soup',
      warnings: [],
      body: {
        importKey: 'open-webui:c-1',
        title: 'Soup',
        createdAt: when,
        updatedAt: '2025-03-26T14:41:00.000Z',
        status: 'archived',
        tags: ['food'],
        metadata: { source: 'open-webui', otherBranches: 1, pinned: true, models: ['m-1'] },
        messages: [
          {
            role: 'user',
            content: 'q',
            createdAt: when,
            metadata: { messageId: 'q', files: [{ id: 'f' }] },
          },
          { role: 'assistant', content: 'a1', metadata: { messageId: 'a1', model: 'm-1' } },
          { role: 'assistant', content: 'Failed.', parentSeq: 1 },
        ],
        headSeq: 2,
      },
    });
  });

  it('keeps the error of an answer that failed, and reads a chat without its frame', () => {
    const chat = { ...exported.chat, id: 'c-2', history: { messages, currentId: 'a2' } };
    const { body } = readConversation(chat);
    expect(body.importKey).toBe('open-webui:c-2');
    expect(pathIn(body.messages, body['headSeq'])).toMatchObject([
      { content: 'q' },
      { content: 'Failed.' },
    ]);
  });

  it('reads the list of a chat without a tree', () => {
    const list = [
      ...Object.values(message('q', null, 'user')),
      ...Object.values(message('a', 'q', 'assistant')),
    ];
    const { body } = readConversation({ ...exported, chat: { title: 'Soup', messages: list } });
    expect(body.messages).toMatchObject([{ content: 'q' }, { content: 'a' }]);
  });
});
