// Hard searches in many languages over HTTP, among the memories of one user.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem } from '../support/problem.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { contentsOf, remember, search } from '../support/memories.js';
import { HARD_SEARCHES } from '../fixtures/hard-searches.js';
import { STOP_WORD_SEARCHES } from '../fixtures/stop-word-searches.js';

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

  it('a question of stop words only finds the memories and messages with them', async () => {
    const [who, other] = [app.actingFor('dora'), app.actingFor('bob')];
    const all = STOP_WORD_SEARCHES.flatMap(({ texts, others }) => [...texts, ...others]);
    await who.post('/v1/memories', { memories: all.map((content) => ({ content })) }).expect(201);
    const { id } = (await who.post('/v1/conversations').expect(201)).body;
    const messages = all.map((content) => ({ role: 'user', content }));
    await who.post(`/v1/conversations/${id}/messages`, { messages }).expect(201);
    for (const { question, texts } of STOP_WORD_SEARCHES)
      for (const from of ['memories', 'messages']) {
        const contents = contentsOf(await search(who, question, { limit: 5, in: from }));
        expect([question, from, contents.slice(0, 2)]).toEqual([
          question,
          from,
          expect.arrayContaining(texts),
        ]);
        expect(await search(other, question, { in: from })).toEqual([]);
      }
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

  it('a date in a question is one of the time zone of the settings, when the search names none', async () => {
    const who = app.actingFor('emil');
    for (const hour of ['2024-05-07T22:30:00Z', '2024-05-08T22:30:00Z'])
      await remember(who, `Ran around the lake at ${hour}`, { kind: 'episode', validFrom: hour });
    const [utc, berlin] = ['2024-05-08T22:30:00Z', '2024-05-07T22:30:00Z'];
    const first = async (more: object = {}) =>
      contentsOf(await search(who, 'Seelauf am 8. Mai', { limit: 1, ...more }))[0];
    const path = `/v1/memories/search?q=${encodeURIComponent('Seelauf am 8. Mai')}&limit=1`;
    for (const [timeZone, day] of [
      ['Europe/Berlin', berlin],
      ['Mars/Olympus', utc],
      [7, utc],
      [null, utc],
      ['x'.repeat(1_000), utc],
    ] as const) {
      await who.patch('/v1/users/me', { settings: { timeZone } }).expect(200);
      expect([timeZone, await first()]).toEqual([timeZone, `Ran around the lake at ${day}`]);
      expect(await first({ timeZone: 'UTC' })).toBe(`Ran around the lake at ${utc}`);
      expect(contentsOf((await who.get(path).expect(200)).body.data)).toEqual([
        `Ran around the lake at ${day}`,
      ]);
    }
    await app.actingFor('fred').patch('/v1/users/me', { settings: { timeZone: 'Europe/Berlin' } });
    expect(await first()).toBe(`Ran around the lake at ${utc}`);
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
