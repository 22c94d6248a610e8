import { describe, expect, it, jest } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestErrors } from '../errors/index.js';
import { etagOf, expectedVersion, withEtag } from './etag.js';

const request = (headers: Record<string, string>, method = 'GET') =>
  ({ headers, method }) as unknown as FastifyRequest;

function answer(headers: Record<string, string>, method?: string) {
  const reply = { header: jest.fn(), status: jest.fn() };
  const body = withEtag(
    { a: 1 },
    '"3.7"',
    request(headers, method),
    reply as unknown as FastifyReply,
  );
  expect(reply.header.mock.calls).toEqual([['etag', '"3.7"']]);
  return { body, status: reply.status.mock.calls[0]?.[0] };
}

describe('an ETag', () => {
  it('is made of the version and of what else changes the representation', () => {
    expect(etagOf(3)).toBe('"3"');
    expect(etagOf(3, 7)).toBe('"3.7"');
    expect(etagOf(3, 0)).toBe('"3.0"');
  });

  it.each(['"3.7"', 'W/"3.7"', '"1", "3.7"', '"1",W/"3.7" ', '*'])(
    'answers 304 without a body to If-None-Match: %s',
    (tag) => {
      expect(answer({ 'if-none-match': tag })).toEqual({ body: undefined, status: 304 });
    },
  );

  it.each(['"3"', '"3.8"', '3.7', ''])('answers in full to If-None-Match: %j', (tag) => {
    expect(answer({ 'if-none-match': tag })).toEqual({ body: { a: 1 }, status: undefined });
  });

  it('answers in full without the header, and to a write', () => {
    expect(answer({}).body).toEqual({ a: 1 });
    expect(answer({ 'if-none-match': '"3.7"' }, 'PATCH').body).toEqual({ a: 1 });
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

  it.each(['', '3', 'W/"3"', '"x"', '"-1"', '"1.2.3"', '"9999999999"', '"1", "2"'])(
    'fails for %j, a tag that was never made',
    (tag) => {
      expect(() => expected(tag)).toThrow(RequestErrors.preconditionFailed().message);
    },
  );
});
