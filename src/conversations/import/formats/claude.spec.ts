import { describe, expect, it } from '@jest/globals';
import { readAll, readConversation } from '../../../../test/support/read-source.js';

const ROOT = '00000000-0000-4000-8000-000000000000';
const message = (uuid: string, sender: string, parent: string | null, more: object = {}) => ({
  uuid,
  sender,
  text: uuid,
  content: [{ type: 'text', text: uuid, start_timestamp: null, flags: null, citations: [] }],
  created_at: '2025-03-01T10:00:00.123456Z',
  attachments: [],
  files: [],
  ...(parent === null ? {} : { parent_message_uuid: parent }),
  ...more,
});
const chat = (...messages: object[]) => ({
  uuid: 'c-1',
  name: 'Knots',
  summary: '',
  created_at: '2025-03-01T09:00:00Z',
  updated_at: '2025-03-02T09:00:00Z',
  chat_messages: messages,
});
const messagesOf = (value: object) =>
  readConversation(value).body.messages as { content: unknown; metadata: object }[];

describe('the Claude.ai import format', () => {
  it('keeps names, times and blocks without what says nothing', () => {
    expect(
      readConversation(chat(message('q', 'human', ROOT), message('a', 'assistant', 'q'))),
    ).toEqual({
      kind: 'conversation',
      name: 'Knots',
      warnings: [],
      body: {
        importKey: 'claude:c-1',
        title: 'Knots',
        createdAt: '2025-03-01T09:00:00.000Z',
        updatedAt: '2025-03-02T09:00:00.000Z',
        metadata: { source: 'claude' },
        messages: [
          {
            role: 'user',
            content: [{ type: 'text', text: 'q' }],
            createdAt: '2025-03-01T10:00:00.123456Z',
            metadata: { messageId: 'q' },
          },
          {
            role: 'assistant',
            content: [{ type: 'text', text: 'a' }],
            createdAt: '2025-03-01T10:00:00.123456Z',
            metadata: { messageId: 'a' },
          },
        ],
      },
    });
  });

  it('shows the branch to the current leaf, and counts the others', () => {
    const tree = {
      ...chat(
        message('q', 'human', ROOT),
        message('a1', 'assistant', 'q'),
        message('a2', 'assistant', 'q', { created_at: '2025-03-01T11:00:00Z' }),
      ),
      current_leaf_message_uuid: 'a1',
    };
    const { body, warnings } = readConversation(tree);
    expect(warnings).toEqual([]);
    expect(body).toMatchObject({
      headSeq: 2,
      metadata: { otherBranches: 1 },
      messages: [
        { metadata: { messageId: 'q' } },
        { metadata: { messageId: 'a1' } },
        { metadata: { messageId: 'a2' }, parentSeq: 1 },
      ],
    });
  });

  it('gives calls and results the ids that older exports lack', () => {
    const content = [
      { type: 'tool_use', name: 'search', input: { q: 1 } },
      { type: 'tool_use', id: 'given', name: 'fetch', input: {} },
      { type: 'tool_result', name: 'fetch', tool_use_id: 'given', content: [], is_error: false },
      { type: 'tool_result', name: 'search', content: [{ type: 'text', text: 'found' }] },
      { type: 'tool_result', name: 'lost', content: [] },
    ];
    expect(messagesOf(chat(message('a', 'assistant', null, { content })))[0]!.content).toEqual([
      { type: 'tool_use', id: 'a-1', name: 'search', input: { q: 1 } },
      { type: 'tool_use', id: 'given', name: 'fetch', input: {} },
      { type: 'tool_result', name: 'fetch', tool_use_id: 'given', content: [], is_error: false },
      {
        type: 'tool_result',
        name: 'search',
        tool_use_id: 'a-1',
        content: [{ type: 'text', text: 'found' }],
      },
      { type: 'tool_result', name: 'lost', tool_use_id: 'a-5', content: [] },
    ]);
  });

  it('keeps what was read of attached files, and takes the text where there are no blocks', () => {
    const attachments = [{ file_name: 'a.txt', file_size: 6, extracted_content: 'inside' }];
    const given = chat(
      message('q', 'human', null, { content: [], attachments }),
      message('r', 'human', null, { content: [], files: [{ file_name: 'b.png' }] }),
      message('x', 'nobody', null),
    );
    expect(messagesOf(given)).toMatchObject([
      {
        content: [
          {
            type: 'document',
            title: 'a.txt',
            source: { type: 'text', media_type: 'text/plain', data: 'inside' },
          },
        ],
        metadata: { attachments: [{ file_name: 'a.txt', file_size: 6 }] },
      },
      { content: 'r', metadata: { files: [{ file_name: 'b.png' }] } },
    ]);
    expect(readConversation(given).warnings).toEqual(['1 messages of nobody known are left out']);
  });

  it('offers what Claude remembered as memories', () => {
    const value = { conversations_memory: 'Sails.', project_memories: { p: 'Builds.' } };
    expect(readAll([value])).toMatchObject([
      { kind: 'memory', isOffered: true, body: { content: 'Sails.', kind: 'summary' } },
      { kind: 'memory', isOffered: true, body: { content: 'Builds.', kind: 'summary' } },
    ]);
  });
});
