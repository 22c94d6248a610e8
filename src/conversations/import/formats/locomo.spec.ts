import { describe, expect, it } from '@jest/globals';
import { readConversation } from './index.js';

const turn = {
  id: 'D1:1',
  session: 1,
  idx: 0,
  speaker: 'Ada',
  date: '2023-01-01T10:00:00.000Z',
  text: 'The engine weaves.',
};
const conversation = {
  conversation: 'conv-1',
  source: 'a test',
  speakers: ['Ada', 'Charles'],
  turns: [
    turn,
    { ...turn, id: 'D1:2', idx: 1, speaker: 'Charles', text: 'Look.', caption: 'a brass wheel' },
  ],
  questions: [{ id: 'q', question: 'What weaves?' }],
};
const read = (value: unknown) => readConversation(value, JSON.stringify(value));

describe('the LoCoMo import format', () => {
  it('maps the first speaker to user and the second to assistant, without the questions', () => {
    const metadata = { speaker: 'Ada', session: 1, date: turn.date, turnId: 'D1:1' };
    expect(read(conversation)).toEqual({
      name: 'conv-1',
      body: {
        importKey: 'locomo:conv-1',
        title: 'Ada and Charles',
        metadata: { source: 'a test', speakers: ['Ada', 'Charles'] },
        messages: [
          { role: 'user', content: 'The engine weaves.', createdAt: turn.date, metadata },
          {
            role: 'assistant',
            content: 'Look.',
            createdAt: turn.date,
            metadata: { ...metadata, speaker: 'Charles', turnId: 'D1:2', caption: 'a brass wheel' },
          },
        ],
      },
    });
  });

  it.each([
    ['no name', { ...conversation, conversation: undefined }, '`conversation`'],
    ['one speaker', { ...conversation, speakers: ['Ada'] }, 'two names'],
    ['speakers that are no array', { ...conversation, speakers: 'Ada' }, 'two names'],
    ['a speaker without a name', { ...conversation, speakers: ['Ada', ''] }, 'two names'],
    ['turns that are no array', { ...conversation, turns: {} }, '`turns`'],
    [
      'a turn that is no object',
      { ...conversation, turns: [turn, 'hello'] },
      'turn 2 is not an object',
    ],
    [
      'a third speaker',
      { ...conversation, turns: [turn, { ...turn, speaker: 'Mary' }] },
      'turn 2 is by "Mary"',
    ],
  ])('refuses %s', (_, value, reason) => {
    expect(() => read(value)).toThrow(reason);
  });
});
