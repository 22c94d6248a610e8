import { describe, expect, it, jest } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fc from 'fast-check';
import { AppError } from '../errors/index.js';
import { decodeCursor, encodeCursor, isSeq, isTimestamp, linkNext, pageOf } from './page.js';

const isText = (value: unknown): value is string => typeof value === 'string';

describe('a cursor', () => {
  it('comes back as the values it was made of', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(2_147_483_647), (text, seq) => {
        expect(decodeCursor<[string, number]>(encodeCursor([text, seq]), isText, isSeq)).toEqual([text, seq]);
      }),
    );
  });

  it.each([
    ['no base64', '!!!'],
    ['no JSON', Buffer.from('nope').toString('base64url')],
    ['no array', Buffer.from('{"0":1,"length":1}').toString('base64url')],
    ['too short', encodeCursor([])],
    ['too long', encodeCursor([1, 2])],
    ['a wrong type', encodeCursor(['1'])],
    ['a number no seq can be', encodeCursor([2_147_483_648])],
    ['a negative number', encodeCursor([-1])],
    ['a fraction', encodeCursor([1.5])],
  ])('is refused when it is %s', (_what, cursor) => {
    expect(() => decodeCursor<[number]>(cursor, isSeq)).toThrow(AppError);
  });
});

describe('a timestamp', () => {
  it.each(['2026-11-22T10:00:00.123Z', '2024-02-29T23:59:59.999Z', '0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])('may be %s', (value) => {
    expect(isTimestamp(value)).toBe(true);
  });

  it.each([1, null, '', '2026-11-22', '2026-11-22T10:00:00Z', '2026-13-01T00:00:00.000Z', '2026-02-30T00:00:00.000Z', '0000-01-01T00:00:00.000Z', '2026-11-22T24:00:00.000Z', '2026-11-22T10:00:00.000Zx'])(
    'may not be %j',
    (value) => {
      expect(isTimestamp(value)).toBe(false);
    },
  );
});

describe('a page', () => {
  const page = (rows: number[], limit: number) => pageOf(rows, limit, (row) => `item ${row}`, (row) => [row]);

  it('has no next cursor when fewer rows were found than were asked for', () => {
    expect(page([1, 2], 2)).toEqual({ data: ['item 1', 'item 2'], nextCursor: null });
    expect(page([], 2)).toEqual({ data: [], nextCursor: null });
  });

  it('leaves out the row read in excess, and goes on after the last one kept', () => {
    expect(page([1, 2, 3], 2)).toEqual({ data: ['item 1', 'item 2'], nextCursor: encodeCursor([2]) });
  });
});

describe('the Link header', () => {
  const linked = (url: string, nextCursor: string | null) => {
    const header = jest.fn();
    linkNext({ data: [], nextCursor }, { url } as FastifyRequest, { header } as unknown as FastifyReply);
    return header.mock.calls;
  };

  it('is not sent on the last page', () => {
    expect(linked('/v1/users', null)).toEqual([]);
  });

  it('keeps the other parameters and replaces the cursor', () => {
    expect(linked('/v1/users', 'NEXT')).toEqual([['link', '</v1/users?cursor=NEXT>; rel="next"']]);
    expect(linked('/v1/users?limit=2&cursor=OLD&tag=a%20b', 'NEXT')).toEqual([['link', '</v1/users?limit=2&cursor=NEXT&tag=a+b>; rel="next"']]);
    expect(linked('/v1/users?tag=why?really', 'NEXT')).toEqual([['link', '</v1/users?tag=why%3Freally&cursor=NEXT>; rel="next"']]);
  });
});
