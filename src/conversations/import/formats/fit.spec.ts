import { describe, expect, it } from '@jest/globals';
import { FIT_LIMITS, fitToServer } from './fit.js';
import type { SourceConversation } from './format.js';

const fit = (body: object) =>
  fitToServer({
    kind: 'conversation',
    name: 'n',
    body: { importKey: 'k', messages: [], ...body },
    warnings: [],
  }) as SourceConversation;

describe('a conversation of another product', () => {
  it('stays as it is when it fits', () => {
    const body = { title: 'T', tags: ['a'], messages: [{ role: 'user', content: 'x' }] };
    expect(fit(body)).toMatchObject({ body, warnings: [] });
  });

  it('loses what is too long in title, tags and metadata, and says so', () => {
    const { body, warnings } = fit({
      title: '😀'.repeat(501),
      tags: ['a', 'b'.repeat(101), 7],
      metadata: { short: 1, long: 'x'.repeat(70_000) },
      messages: [{ role: 'user', content: 'x', metadata: { id: 1, log: 'x'.repeat(70_000) } }],
    });
    expect(body).toMatchObject({
      title: `${'😀'.repeat(499)}…`,
      tags: ['a'],
      metadata: { short: 1 },
      messages: [{ metadata: { id: 1 } }],
    });
    expect(warnings).toEqual([
      'the title is cut to 500 characters',
      '2 tags are left out',
      'metadata: long is too long and is left out',
      'message 1: log is too long and is left out',
    ]);
  });

  it('gets several messages for a text or a list of parts that is too long', () => {
    const text = `a${'😀'.repeat(FIT_LIMITS.contentBytes / 4)}`;
    const parts = Array.from({ length: 1_001 }, (_, i) => ({ type: 'x', i }));
    const { body, warnings } = fit({
      messages: [{ role: 'user', content: text }, { role: 'user', content: parts }, 'hello'],
    });
    const contents = (body.messages as { content: unknown }[]).map(({ content }) => content);
    const texts = contents.filter((content) => typeof content === 'string');
    const lists = contents.filter((content) => Array.isArray(content));
    expect([texts.length, lists.length]).toEqual([3, 2]);
    expect(texts.join('') === text).toBe(true);
    expect(lists.flat()).toEqual(parts);
    expect(texts.every((piece) => Buffer.byteLength(piece) <= FIT_LIMITS.contentBytes)).toBe(true);
    expect(warnings).toEqual([
      'message 1 is too long and becomes 3 messages',
      'message 2 is too long and becomes 2 messages',
      'message 3 is no object and is left out',
    ]);
  });

  it('keeps its branches when messages become several or are left out', () => {
    const parts = Array.from({ length: 1_001 }, (_, i) => ({ type: 'x', i }));
    const said = (content: unknown, parentSeq?: number | null) => ({
      role: 'user',
      content,
      parentSeq,
    });
    const { body } = fit({
      messages: [said(parts), said('a'), 'left out', said('b', 1), said('c', 3), said('d', null)],
      headSeq: 4,
    });
    expect(body).toMatchObject({
      headSeq: 4,
      messages: [
        {},
        {},
        { content: 'a' },
        { content: 'b', parentSeq: 2 },
        { content: 'c', parentSeq: 3 },
        { content: 'd', parentSeq: null },
      ],
    });
  });
});
