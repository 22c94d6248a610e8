import { describe, expect, it, jest } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { linkNext } from './page.js';

describe('the Link header', () => {
  const linked = (url: string, nextCursor: string | null) => {
    const header = jest.fn();
    linkNext(
      { data: [], nextCursor },
      { url } as FastifyRequest,
      { header } as unknown as FastifyReply,
    );
    return header.mock.calls;
  };

  it('is not sent on the last page', () => {
    expect(linked('/v1/users', null)).toEqual([]);
  });

  it('keeps the other parameters and replaces the cursor', () => {
    expect(linked('/v1/users', 'NEXT')).toEqual([['link', '</v1/users?cursor=NEXT>; rel="next"']]);
    expect(linked('/v1/users?limit=2&cursor=OLD&tag=a%20b', 'NEXT')).toEqual([
      ['link', '</v1/users?limit=2&cursor=NEXT&tag=a+b>; rel="next"'],
    ]);
    expect(linked('/v1/users?tag=why?really', 'NEXT')).toEqual([
      ['link', '</v1/users?tag=why%3Freally&cursor=NEXT>; rel="next"'],
    ]);
  });
});
