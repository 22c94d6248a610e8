import { describe, expect, it, jest } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Answer, created, jsonText, paged, withEtag, writeAnswer } from './answer.js';

interface Asked {
  url?: string;
  method?: string;
  headers?: Record<string, string>;
}

function written(
  answer: Answer<unknown>,
  { url = '/v1/users', method = 'GET', headers = {} }: Asked = {},
) {
  const sent: Record<string, string> = {};
  const reply = {
    header: (name: string, value: string) => (sent[name] = value),
    headers: (values: Record<string, string>) => Object.assign(sent, values),
    status: jest.fn(),
  };
  const request = { url, method, headers } as unknown as FastifyRequest;
  const body = writeAnswer(answer, request, reply as unknown as FastifyReply);
  return { body, headers: sent, status: reply.status.mock.calls.at(-1)?.[0] };
}

describe('an answer with an ETag', () => {
  const answer = withEtag({ a: 1 }, '"3.7"');
  const asked = (tag: string, method = 'GET') => ({ headers: { 'if-none-match': tag }, method });

  it.each(['"3.7"', 'W/"3.7"', '"1", "3.7"', '"1",W/"3.7" ', '*'])(
    'is 304 without a body to a GET with If-None-Match: %s',
    (tag) => {
      const expected = { body: undefined, status: 304, headers: { etag: '"3.7"' } };
      expect(written(answer, asked(tag))).toEqual(expected);
    },
  );

  it.each(['"3"', '"3.8"', '3.7', ''])('is sent in full to If-None-Match: %j', (tag) => {
    const expected = { body: { a: 1 }, status: undefined, headers: { etag: '"3.7"' } };
    expect(written(answer, asked(tag))).toEqual(expected);
  });

  it('is sent in full without If-None-Match, and to a write', () => {
    expect(written(answer).body).toEqual({ a: 1 });
    expect(written(answer, asked('"3.7"', 'PATCH')).body).toEqual({ a: 1 });
  });
});

describe('an answer', () => {
  it('has the status and headers it was made with', () => {
    const answer = new Answer({ a: 1 }, { status: 202, headers: { location: '/v1/a' } });
    expect(written(answer)).toEqual({
      body: { a: 1 },
      status: 202,
      headers: { location: '/v1/a' },
    });
  });

  it('names the place of what was created, and its state', () => {
    const expected = { location: '/v1/a/1', etag: '"1"' };
    expect(written(created({}, '"1"', '/v1/a/1'), { method: 'POST' }).headers).toEqual(expected);
  });

  it('sends JSON text as it is', () => {
    const { body, headers } = written(jsonText('{"n": 1.0}'));
    expect(body).toBe('{"n": 1.0}');
    expect(headers).toEqual({ 'content-type': 'application/json; charset=utf-8' });
  });
});

describe('the Link header of a page', () => {
  const linked = (url: string, nextCursor: string | null) =>
    written(paged({ data: [], nextCursor }), { url }).headers;

  it('is not sent on the last page', () => {
    expect(linked('/v1/users', null)).toEqual({});
  });

  it('keeps the other parameters and replaces the cursor', () => {
    expect(linked('/v1/users', 'NEXT')).toEqual({ link: '</v1/users?cursor=NEXT>; rel="next"' });
    expect(linked('/v1/users?limit=2&cursor=OLD&tag=a%20b', 'NEXT')).toEqual({
      link: '</v1/users?limit=2&cursor=NEXT&tag=a+b>; rel="next"',
    });
    expect(linked('/v1/users?tag=why?really', 'NEXT')).toEqual({
      link: '</v1/users?tag=why%3Freally&cursor=NEXT>; rel="next"',
    });
  });
});
