import { describe, expect, it } from '@jest/globals';
import { readConversation } from '../../../../test/support/read-source.js';

const NO_PARENT = '00000000-0000-0000-0000-000000000000';
const message = (messageId: string, parentMessageId: string, more: object = {}) => ({
  messageId,
  parentMessageId,
  text: messageId,
  sender: 'User',
  isCreatedByUser: true,
  createdAt: '2025-04-01T10:00:00.000Z',
  ...more,
});
const answer = { sender: 'Model', isCreatedByUser: false, model: 'm-1' };
const exported = { conversationId: 'c-1', endpoint: 'agents', title: 'Tea', exportAt: 'now' };
const contentsOf = (value: object) =>
  (readConversation(value).body.messages as { content: unknown }[]).map(({ content }) => content);

describe('the LibreChat import format', () => {
  it('keeps who wrote what with which model', () => {
    const messages = [message('q', NO_PARENT), message('a', 'q', answer)];
    expect(readConversation({ ...exported, messages }).body).toEqual({
      importKey: 'librechat:c-1',
      title: 'Tea',
      metadata: { source: 'librechat', endpoint: 'agents' },
      messages: [
        {
          role: 'user',
          content: 'q',
          createdAt: '2025-04-01T10:00:00.000Z',
          metadata: { messageId: 'q', name: 'User' },
        },
        {
          role: 'assistant',
          content: 'a',
          createdAt: '2025-04-01T10:00:00.000Z',
          metadata: { messageId: 'a', name: 'Model', model: 'm-1' },
        },
      ],
    });
  });

  it('reads texts, thoughts, errors, and calls with their output', () => {
    const content = [
      { type: 'think', think: 'Hm.' },
      { type: 'text', text: { value: 'Look.' } },
      { type: 'tool_call', tool_call: { id: 't', name: 'w', args: '{"c":1}', output: '18C' } },
      { type: 'tool_call', tool_call: { id: 'u', name: 'w', args: '{}' } },
      { type: 'error', error: 'Failed.' },
      { type: 'image_file', image_file: { filepath: 'x.png' } },
      { odd: true },
    ];
    const messages = [message('a', NO_PARENT, { ...answer, content })];
    expect(contentsOf({ ...exported, messages })).toEqual([
      [
        { type: 'reasoning', text: 'Hm.' },
        { type: 'text', text: 'Look.' },
        { type: 'tool_call', id: 't', name: 'w', input: '{"c":1}' },
        { type: 'tool_result', tool_call_id: 't', name: 'w', content: '18C' },
        { type: 'tool_call', id: 'u', name: 'w', input: '{}' },
        { type: 'text', text: 'Failed.' },
        { type: 'image_file', image_file: { filepath: 'x.png' } },
        { type: 'unknown', value: { odd: true } },
      ],
    ]);
  });

  it('keeps the branches of a list, and of a tree, and shows the newest', () => {
    const late = { ...answer, createdAt: '2025-04-01T11:00:00.000Z' };
    const [q, a1, a2] = [
      message('q', NO_PARENT),
      message('a1', 'q', late),
      message('a2', 'q', answer),
    ];
    const list = { ...exported, branches: true, messages: [q, a1, a2] };
    const tree = { ...exported, messagesTree: [{ ...q, children: [a1, a2] }] };
    for (const value of [list, tree]) {
      const { body, warnings } = readConversation(value);
      expect(warnings).toEqual([]);
      expect(body).toMatchObject({
        headSeq: 3,
        metadata: { otherBranches: 1 },
        messages: [{ content: 'q' }, { content: 'a2' }, { content: 'a1', parentSeq: 1 }],
      });
    }
  });
});
