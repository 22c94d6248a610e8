import { describe, expect, it } from '@jest/globals';
import { readConversation } from '../../../../test/support/read-source.js';

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
      kind: 'conversation',
      name: 'conv-1',
      warnings: [],
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

  it('reads sessions as they are published, in their order and with their times', () => {
    const published = {
      sample_id: 'conv-2',
      conversation: {
        speaker_a: 'Ada',
        speaker_b: 'Charles',
        session_10: [{ speaker: 'Ada', dia_id: 'D10:1', text: 'Ten.' }],
        session_2_date_time: '12:05 am on 8 May, 2023',
        session_2: [
          { speaker: 'Charles', dia_id: 'D2:1', text: 'Look.', img_url: ['u'], blip_caption: 'c' },
        ],
      },
      qa: [{ question: 'What?' }],
    };
    expect(read(published).body).toEqual({
      importKey: 'locomo:conv-2',
      title: 'Ada and Charles',
      metadata: { source: 'locomo', speakers: ['Ada', 'Charles'] },
      messages: [
        {
          role: 'assistant',
          content: 'Look.',
          createdAt: '2023-05-08T00:05:00.000Z',
          metadata: { speaker: 'Charles', session: 2, turnId: 'D2:1', images: ['u'], caption: 'c' },
        },
        {
          role: 'user',
          content: 'Ten.',
          metadata: { speaker: 'Ada', session: 10, turnId: 'D10:1' },
        },
      ],
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
