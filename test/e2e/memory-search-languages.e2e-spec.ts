// Hard searches in many languages over HTTP, among the memories of one user.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/problem.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { contentsOf, remember, search } from '../support/memories.js';
import { HARD_SEARCHES } from '../fixtures/hard-searches.js';

/** One search in this many is made. */
const EVERY = 3;
/** The share of them that finds its text among the first five. */
const MIN_SHARE = 0.9;

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

describe('search in many languages', () => {
  it(`${MIN_SHARE * 100} % of a sample of hard searches find their memory`, async () => {
    const [who, other] = [app.actingFor('ada'), app.actingFor('bob')];
    const memories = HARD_SEARCHES.flatMap(({ searches, distractors }) => [
      ...searches.map(({ text }) => text),
      ...distractors,
    ]).map((content) => ({ content }));
    await who.post('/v1/memories', { memories }).expect(201);
    const sample = HARD_SEARCHES.flatMap(({ searches }) => searches).filter(
      (_, i) => i % EVERY === 0,
    );
    const missed: string[] = [];
    for (const { question, text } of sample) {
      const found = contentsOf(await search(who, question, { limit: 5 }));
      if (!found.includes(text)) missed.push(question);
      expect(await search(other, question)).toEqual([]);
    }
    expect(sample.length).toBeGreaterThan(30);
    // A failure names the searches.
    expect(missed.slice(Math.floor(sample.length * (1 - MIN_SHARE)))).toEqual([]);
  });

  it('a date in a question is one of its time zone, and UTC without one', async () => {
    const who = app.actingFor('carla');
    for (const hour of ['2024-05-07T22:30:00Z', '2024-05-08T22:30:00Z'])
      await remember(who, `Ran around the lake at ${hour}`, { kind: 'episode', validFrom: hour });
    const [utc, berlin] = ['Ran around the lake at 2024-05-08T22:30:00Z', 'Europe/Berlin'];
    const first = async (more: object) =>
      contentsOf(await search(who, 'Seelauf am 8. Mai', { limit: 1, ...more }))[0];
    expect(await first({})).toBe(utc);
    expect(await first({ timeZone: null })).toBe(utc);
    expect(await first({ timeZone: berlin })).toBe('Ran around the lake at 2024-05-07T22:30:00Z');
  });

  it('an unknown time zone is refused', async () => {
    const unknown = 'must be the IANA name of a time zone, such as Europe/Oslo';
    for (const [timeZone, message] of [
      ['Mars/Olympus', unknown],
      ['CET', unknown],
      ['', unknown],
      ['A/'.repeat(5_000), 'must be at most 64 characters'],
      [1, 'must be text'],
    ])
      expect(
        expectProblem(
          await app.actingFor('carla').post('/v1/memories/search', { query: 'x', timeZone }),
          422,
          'request.invalid_body',
        ),
      ).toMatchObject({
        errors: [{ pointer: '/timeZone', message }],
      });
  });
});
