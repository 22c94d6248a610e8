import { describe, expect, it } from '@jest/globals';
import type { AppError, FieldError } from '../../platform/errors/index.js';
import { parseImport } from './import-input.js';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const hello = { role: 'user', content: 'hello' };

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
      messages: [{ ...hello, metadata: { a: 1 } }],
      times: ['2020-01-02T00:00:00.000Z'],
      createdAt: '2020-01-01T00:00:00.000Z',
      updatedAt: '2020-01-02T00:00:00.000Z',
      status: 'active',
      firstSeq: 1,
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
      times: [],
      createdAt: time,
      updatedAt: time,
      status: 'active',
      firstSeq: 1,
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
    expect(input.times).toEqual([
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
    expect(input.times).toEqual(['2020-01-01T00:00:00.000Z']);
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
  ])('refuses %s with a pointer to it', (_, body, pointers) => {
    expect(errorsOf(body).map(({ pointer }) => pointer)).toEqual(pointers);
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
