import { describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { RequestErrors } from '../errors/index.js';
import { etagOf } from '../repository/version.js';
import { expectedVersion } from './etag.js';

const request = (headers: Record<string, string>, method = 'GET') =>
  ({ headers, method }) as unknown as FastifyRequest;

describe('an ETag', () => {
  it('is made of the version and of what else changes the representation', () => {
    expect(etagOf(3)).toBe('"3"');
    expect(etagOf(3, 7)).toBe('"3.7"');
    expect(etagOf(3, 0)).toBe('"3.0"');
  });
});

describe('If-Match', () => {
  const expected = (tag: string) => expectedVersion(request({ 'if-match': tag }, 'PATCH'));

  it('asks for no version when it is absent or *', () => {
    expect(expectedVersion(request({}))).toBeUndefined();
    expect(expected('*')).toBeUndefined();
    expect(expected(' * ')).toBeUndefined();
  });

  it('compares the version only', () => {
    expect(expected('"3"')).toBe(3);
    expect(expected('"3.7"')).toBe(3);
    expect(expected(' "12.2147483647" ')).toBe(12);
  });

  it.each(['', '3', 'W/"3"', '"x"', '"-1"', '"1.2.3.4"', '"9999999999"', '"1", "2"'])(
    'fails for %j, a tag that was never made',
    (tag) => {
      expect(() => expected(tag)).toThrow(
        expect.objectContaining({
          code: RequestErrors.preconditionFailed.code,
          message: 'If-Match takes an ETag as an answer had it, in double quotes: "1".',
        }),
      );
    },
  );
});
