import { describe, expect, it } from '@jest/globals';
import { readAll, readConversation } from '../../../../test/support/read-source.js';

describe('data sets of conversations', () => {
  it('ShareGPT is read with its roles and its system prompt', () => {
    const conversations = [
      { from: 'human', value: 'Hi' },
      { from: 'gpt', value: 'Hello' },
      { from: 'constructor', value: 'odd' },
    ];
    const { body, warnings } = readConversation({ id: 's-1', system: 'Be brief.', conversations });
    expect(body).toMatchObject({
      importKey: 'sharegpt:s-1',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
      ],
    });
    expect(warnings).toEqual(['1 messages of unknown speakers are left out']);
  });

  it('LMSYS is read with its model, and a battle as two conversations', () => {
    const conversation = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
    ];
    const one = {
      conversation_id: 'l-1',
      model: 'm-1',
      conversation,
      turn: 1,
      language: 'English',
    };
    expect(readConversation(one).body).toMatchObject({
      importKey: 'lmsys:l-1',
      metadata: { source: 'lmsys', model: 'm-1', language: 'English' },
      messages: conversation,
    });
    const battle = {
      question_id: 'b-1',
      model_a: 'm-1',
      model_b: 'm-2',
      winner: 'model_b',
      conversation_a: conversation,
      conversation_b: conversation,
      tstamp: 1_682_351_591.25,
    };
    expect(readAll(battle)).toMatchObject([
      {
        body: {
          importKey: 'lmsys:b-1:a',
          createdAt: '2023-04-24T15:53:11.250Z',
          metadata: { model: 'm-1', winner: 'model_b' },
        },
      },
      { body: { importKey: 'lmsys:b-1:b', metadata: { model: 'm-2' } } },
    ]);
  });

  const message = (id: string, parent: string | null, role: string, rank: number | null) => ({
    message_id: id,
    parent_id: parent,
    message_tree_id: 't-1',
    text: id,
    role,
    rank,
    lang: 'en',
    created_date: '2023-01-02T03:04:05.678901+00:00',
  });
  const q = message('q', null, 'prompter', null);
  const [good, bad] = [message('good', 'q', 'assistant', 0), message('bad', 'q', 'assistant', 1)];
  const tree = {
    kind: 'conversation',
    name: 't-1',
    warnings: [],
    body: {
      importKey: 'oasst:t-1',
      metadata: { source: 'openassistant', lang: 'en', otherBranches: 1 },
      headSeq: 3,
      messages: [
        {
          role: 'user',
          content: 'q',
          createdAt: '2023-01-02T03:04:05.678901Z',
          metadata: { messageId: 'q' },
        },
        {
          role: 'assistant',
          content: 'bad',
          createdAt: '2023-01-02T03:04:05.678901Z',
          metadata: { messageId: 'bad', rank: 1 },
        },
        {
          role: 'assistant',
          content: 'good',
          createdAt: '2023-01-02T03:04:05.678901Z',
          parentSeq: 1,
          metadata: { messageId: 'good', rank: 0 },
        },
      ],
    },
  };

  it('OpenAssistant trees show the answers that were ranked best', () => {
    const prompt = { ...q, replies: [bad, good] };
    expect(readAll({ message_tree_id: 't-1', tree_state: 'ready', prompt })).toEqual([tree]);
  });

  it('OpenAssistant messages are read together with those of their tree', () => {
    const other = { ...q, message_tree_id: 't-2' };
    const items = readAll(q, bad, good, other);
    expect(items).toMatchObject([tree, { name: 't-2', body: { messages: [{ content: 'q' }] } }]);
  });
});
