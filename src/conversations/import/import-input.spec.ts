import { describe, expect, it } from '@jest/globals';
import type { AppError, FieldError } from '../../platform/errors/index.js';
import { type ImportInput, parseImport } from './import-input.js';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const hello = { role: 'user', content: 'hello' };

const timesOf = ({ messages }: ImportInput) => messages.map(({ createdAt }) => createdAt);

function errorsOf(body: unknown): FieldError[] {
  try {
    parseImport(body, NOW);
  } catch (error) {
    return (error as AppError).details.errors ?? [];
  }
  throw new Error('the body was accepted');
}

describe('parseImport', () => {
  it('reads a whole conversation', () => {
    const body = {
      importKey: 'key',
      title: 'Title',
      tags: ['a'],
      metadata: { constructor: 1 },
      createdAt: '2020-01-01T00:00:00Z',
      messages: [{ ...hello, metadata: { a: 1 }, createdAt: '2020-01-02T00:00:00Z' }],
    };
    expect(parseImport(body, NOW)).toEqual({
      importKey: 'key',
      title: 'Title',
      tags: ['a'],
      metadata: { constructor: 1 },
      messages: [
        { ...hello, metadata: { a: 1 }, parentSeq: null, createdAt: '2020-01-02T00:00:00.000Z' },
      ],
      createdAt: '2020-01-01T00:00:00.000Z',
      updatedAt: '2020-01-02T00:00:00.000Z',
      status: 'active',
      firstSeq: 1,
      headSeq: null,
      readUpTo: null,
      again: false,
    });
  });

  it('accepts a conversation without messages, and null for optional fields', () => {
    const time = NOW.toISOString();
    const empty = {
      importKey: 'key',
      title: null,
      tags: [],
      metadata: {},
      messages: [],
      createdAt: time,
      updatedAt: time,
      status: 'active',
      firstSeq: 1,
      headSeq: null,
      readUpTo: null,
      again: false,
    };
    expect(parseImport({ importKey: 'key', messages: [] }, NOW)).toEqual(empty);
    expect(
      parseImport(
        {
          importKey: 'key',
          title: null,
          tags: null,
          metadata: null,
          createdAt: null,
          messages: [],
        },
        NOW,
      ),
    ).toEqual(empty);
  });

  it('gives a message without a time the time of the previous message', () => {
    const messages = [
      hello,
      { ...hello, createdAt: '2020-01-02T00:00:00Z' },
      hello,
      { ...hello, createdAt: null },
      { ...hello, createdAt: '2019-01-01T00:00:00Z' },
    ];
    const input = parseImport({ importKey: 'key', messages }, NOW);
    const second = '2020-01-02T00:00:00.000Z';
    expect(timesOf(input)).toEqual([
      NOW.toISOString(),
      second,
      second,
      second,
      '2019-01-01T00:00:00.000Z',
    ]);
    expect(input.createdAt).toBe(NOW.toISOString());
  });

  it('gives the first message without a time the time of the conversation', () => {
    const input = parseImport(
      { importKey: 'key', createdAt: '2020-01-01T00:00:00Z', messages: [hello] },
      NOW,
    );
    expect(timesOf(input)).toEqual(['2020-01-01T00:00:00.000Z']);
    expect(input.updatedAt).toBe('2020-01-01T00:00:00.000Z');
  });

  it("sets createdAt to the first message's time and updatedAt to the last one's", () => {
    const messages = ['2020-01-01T00:00:00Z', '2020-01-03T00:00:00Z'].map((createdAt) => ({
      ...hello,
      createdAt,
    }));
    const input = parseImport({ importKey: 'key', messages }, NOW);
    expect([input.createdAt, input.updatedAt]).toEqual([
      '2020-01-01T00:00:00.000Z',
      '2020-01-03T00:00:00.000Z',
    ]);
  });

  it('keeps microseconds of messages, and cuts the conversation to milliseconds', () => {
    const messages = ['2020-01-01T00:00:00.123456789Z', '2020-01-01T00:00:00.1239Z'].map(
      (createdAt) => ({ ...hello, createdAt }),
    );
    const input = parseImport({ importKey: 'key', messages }, NOW);
    expect(timesOf(input)).toEqual(['2020-01-01T00:00:00.123456Z', '2020-01-01T00:00:00.123900Z']);
    expect([input.createdAt, input.updatedAt]).toEqual([
      '2020-01-01T00:00:00.123Z',
      '2020-01-01T00:00:00.123Z',
    ]);
  });

  it('never sets updatedAt before createdAt', () => {
    const input = parseImport(
      {
        importKey: 'key',
        createdAt: '2021-01-01T00:00:00Z',
        messages: [{ ...hello, createdAt: '2020-01-01T00:00:00Z' }],
      },
      NOW,
    );
    expect(input.updatedAt).toBe('2021-01-01T00:00:00.000Z');
  });

  it.each([
    ['no object', [], ['']],
    ['no key', { messages: [] }, ['/importKey']],
    ['a null key', { importKey: null, messages: [] }, ['/importKey']],
    ['an empty key', { importKey: '', messages: [] }, ['/importKey']],
    ['a key that is too long', { importKey: 'k'.repeat(501), messages: [] }, ['/importKey']],
    [
      'a title that is too long',
      { importKey: 'key', title: 't'.repeat(501), messages: [] },
      ['/title'],
    ],
    ['an unknown field', { importKey: 'key', messages: [], mapping: {} }, ['/mapping']],
    ['no messages', { importKey: 'key' }, ['/messages']],
    ['messages that are no array', { importKey: 'key', messages: {} }, ['/messages']],
    ['too many messages', { importKey: 'key', messages: Array(20_001).fill(hello) }, ['/messages']],
    [
      'a wrong time of the conversation',
      { importKey: 'key', createdAt: 'today', messages: [hello] },
      ['/createdAt'],
    ],
    [
      'a wrong time before wrong messages',
      { importKey: 'key', createdAt: 'today', messages: 1 },
      ['/createdAt', '/messages'],
    ],
    [
      'a message that is no object',
      { importKey: 'key', messages: [hello, 'hello'] },
      ['/messages/1'],
    ],
    [
      'a wrong role',
      { importKey: 'key', messages: [hello, { ...hello, role: 'critic' }] },
      ['/messages/1/role'],
    ],
    [
      'a wrong time',
      { importKey: 'key', messages: [{ ...hello, createdAt: '2020-01-01' }] },
      ['/messages/0/createdAt'],
    ],
    [
      'an unknown field of a message',
      { importKey: 'key', messages: [{ ...hello, id: 1 }] },
      ['/messages/0/id'],
    ],
    ...[0, 2, 3, 1.5, -1, '1', 2_147_483_648].map((parentSeq): [string, unknown, string[]] => [
      `a parent that is ${JSON.stringify(parentSeq)}`,
      { importKey: 'key', messages: [hello, { ...hello, parentSeq }] },
      ['/messages/1/parentSeq'],
    ]),
    [
      'a parent of the first message',
      { importKey: 'key', messages: [{ ...hello, parentSeq: 1 }] },
      ['/messages/0/parentSeq'],
    ],
    ...[-1, 2, '1', 0.5].map((headSeq): [string, unknown, string[]] => [
      `a head that is ${JSON.stringify(headSeq)}`,
      { importKey: 'key', messages: [hello], headSeq },
      ['/headSeq'],
    ]),
    [
      'keys that an earlier message has',
      { importKey: 'key', messages: ['a', 'b', 'a', 'b', 'c'].map((key) => ({ ...hello, key })) },
      ['/messages/2/key', '/messages/3/key'],
    ],
  ])('refuses %s with a pointer to it', (_, body, pointers) => {
    expect(errorsOf(body).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  const parentsOf = (body: object) =>
    parseImport({ importKey: 'key', ...body }, NOW).messages.map(({ parentSeq }) => parentSeq);

  it('reads which message each one follows: the one before, unless it says another', () => {
    const messages = [
      { ...hello, parentSeq: null },
      { ...hello, parentSeq: 1 },
      { ...hello, parentSeq: 1 },
      { role: 'user', parts: [{ text: 'Gemini' }], parentSeq: null },
      hello,
      { ...hello, parentSeq: 4 },
    ];
    expect(parentsOf({ messages, headSeq: 5 })).toEqual([null, null, 1, 0, null, 4]);
    const late = [{ ...hello, parentSeq: 9 }, { ...hello, parentSeq: 10 }, hello];
    expect(parentsOf({ firstSeq: 10, messages: late })).toEqual([null, null, null]);
    expect(parentsOf({ firstSeq: 10, messages: [{ ...hello, parentSeq: 3 }] })).toEqual([3]);
  });

  it('gives parents in answers of the API the numbers that they get', () => {
    const answer = (seq: number, parentSeq: number | null) => ({
      ...{ ...hello, id: `m${seq}`, conversationId: 'c', seq, parentSeq },
      ...{ tokenCount: 1, createdAt: '2020-01-01T00:00:00.000Z' },
    });
    const path = [answer(2, 1), answer(5, 2), answer(6, 5)];
    const log = [answer(1, null), answer(2, 1), answer(3, 1), answer(4, null), answer(5, 2)];
    const part = [answer(3, 1), answer(4, 3), answer(5, 3), answer(6, 2)];
    expect(parentsOf({ messages: path })).toEqual([null, null, null]);
    expect(parentsOf({ messages: log })).toEqual([null, null, 1, 0, 2]);
    expect(parentsOf({ messages: part })).toEqual([null, null, 1, null]);
    expect(parentsOf({ messages: log.toReversed() })).toEqual([null, null, null, null, null]);
    // The log goes on from request to request: what was 2 is 10 here.
    expect(parentsOf({ firstSeq: 11, messages: part })).toEqual([null, null, 11, 10]);
    const odd = { ...answer(2, 1), seq: { toString: 1, valueOf: 1 } };
    expect(parentsOf({ messages: [odd, answer(3, 2)] })).toEqual([null, null]);
  });

  it('counts the characters of importKey in code points, as the database does', () => {
    expect(parseImport({ importKey: '😀'.repeat(500), messages: [] }, NOW).importKey).toHaveLength(
      1000,
    );
  });

  it('reports at most 20 errors', () => {
    expect(errorsOf({ importKey: 'key', messages: Array(100).fill({}) })).toHaveLength(20);
  });
});
