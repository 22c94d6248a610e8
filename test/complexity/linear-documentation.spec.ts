// What the documentation reads of a request takes time that grows with it, and no faster: a query, a path, headers.
import { describe, expect, it } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { withAddresses } from '../../src/docs/markdown.js';
import { loadPages } from '../../src/docs/pages.js';
import { movedTo } from '../../src/docs/reference.js';
import { PageSearch, resultsHtml } from '../../src/docs/search.js';
import { prepareAnswer, sendPrepared } from '../../src/platform/http/index.js';
import { growthOf, type Work } from '../support/growth.js';

/** Linear work grows by 2 at a doubling, quadratic work by 4. Caches and other processes add some. */
const MAX_GROWTH = 2.9;

const search = await PageSearch.of((await loadPages()).values());
const prepared = await prepareAnswer('a', 'text/plain');
const reply = {} as Record<
  'header' | 'headers' | 'getHeader' | 'status' | 'send' | 'type',
  unknown
>;
for (const name of ['header', 'headers', 'status', 'send', 'type'] as const)
  reply[name] = () => reply;
reply.getHeader = () => undefined;

const onText =
  (unit: string, work: (text: string) => unknown): Work =>
  (n) => {
    const text = unit.repeat(n);
    return () => work(text);
  };

const CASES: [name: string, work: Work][] = [
  ...['a ', 'ab', '<"', '🥜', ' '].map((unit): [string, Work] => [
    `a query of ${JSON.stringify(unit)}`,
    onText(unit, (query) => resultsHtml(query, search.find(query))),
  ]),
  ...['a', '/', '.', '/.'].map((unit): [string, Work] => [
    `a path of ${JSON.stringify(unit)}`,
    onText(unit, (path) => movedTo(`/docs/swagger-ui${path}!`)),
  ]),
  ...['"a",', 'W/"', ', '].map((unit): [string, Work] => [
    `a header of ${JSON.stringify(unit)}`,
    onText(unit, (header) => {
      const headers = { 'if-none-match': header, 'accept-encoding': header };
      return sendPrepared(
        { headers } as unknown as FastifyRequest,
        reply as unknown as FastifyReply,
        prepared,
      );
    }),
  ]),
  ...['[', '[a](', '[a](b', '](', '[a](b#c) '].map((unit): [string, Work] => [
    `a page of ${JSON.stringify(unit)}`,
    onText(unit, (page) => withAddresses(page, '.md')),
  ]),
];

describe('the documentation', () => {
  it.each(CASES)('is linear for %s', (_, work) => {
    expect(growthOf(work)).toBeLessThan(MAX_GROWTH);
  });
});
