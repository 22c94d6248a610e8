// Filters that are JSON, of searches and of lists, against the same filters in JavaScript; what they refuse; dates, and messages. FILTERS and FILTER_SEED make the run longer or another.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FILTER_LIMITS } from '../../src/platform/list/filter-json.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import {
  FilterPlanner,
  holds,
  type JsonFilter,
  METADATA,
  type Row,
} from '../support/filter-model.js';
import { contentsOf, remember, search } from '../support/memories.js';
import { expectProblem } from '../support/problem.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { assistant, Talk, user } from '../support/talks.js';

const FILTERS = numberFromEnvironment('FILTERS', 300);
const SEED = numberFromEnvironment('FILTER_SEED', 20_261_128);
const MEMORIES = 60;

let app: TestApp;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());
const newUser = (): Caller => app.actingFor(`filterer ${++users}`);

const idsOf = (rows: Row[]) => rows.map(({ id }) => id as string).sort();
const listed = (filter: JsonFilter) =>
  `/v1/memories?limit=100&filter=${encodeURIComponent(JSON.stringify(filter))}`;

describe('a filter that is JSON', () => {
  const random = new Seeded(SEED);
  const filters: JsonFilter[] = [];
  let planner: FilterPlanner;
  let who: Caller;
  let rows: Row[];
  let then: number;

  beforeAll(async () => {
    who = newUser();
    const talks = await Promise.all([1, 2].map(() => Talk.start(who, [user('hello')])));
    const sometimes = <T>(of: () => T): T | null => (random.chance(0.5) ? of() : null);
    const time = () =>
      `202${random.pick([0, 1, 4])}-0${1 + random.integer(3)}-01T00:00:00.00${random.integer(2)}Z`;
    const memories = Array.from({ length: MEMORIES }, (_, n) => ({
      content: `Garden note ${n}`,
      kind: random.pick(['fact', 'preference', 'episode']),
      tags: ['red', 'Red', 'x,y'].filter(() => random.chance(0.4)),
      importance: random.integer(5) / 10,
      metadata: random.pick(METADATA),
      agentId: sometimes(() => random.pick(['coach', 'Coach', 'cook'])),
      conversationId: sometimes(() => random.pick(talks).id),
      validFrom: sometimes(time),
      validTo: sometimes(() => `209${random.integer(3)}-01-01T00:00:00Z`),
      expiresAt: sometimes(() => `209${random.integer(3)}-01-01T00:00:00Z`),
    }));
    const half = MEMORIES / 2;
    for (const some of [memories.slice(0, half), memories.slice(half), memories.slice(0, half / 2)])
      await who.post('/v1/memories', { memories: some }).expect(201);
    rows = (await who.get('/v1/memories?limit=100').expect(200)).body.data as Row[];
    then = Math.max(...rows.map(({ revision }) => revision as number));
    planner = new FilterPlanner(rows, random);
    while (filters.length < FILTERS) {
      const filter = planner.filter();
      const isTooLong = JSON.stringify(filter).split(':').length > FILTER_LIMITS.conditions;
      if (Object.keys(filter).length > 0 && !isTooLong) filters.push(filter);
    }
  });

  it(
    `finds by ${FILTERS} random filters, in a search, a list and a search as of a revision, what the same filter finds in JavaScript`,
    async () => {
      const sizes = new Map<string, number>();
      let lists = 0;
      for (const [n, filter] of filters.entries()) {
        const expected = idsOf(rows.filter((row) => holds(filter, row)));
        const asOf = n % 5 === 0 ? { asOf: then } : {};
        const hits = await search(who, 'garden note', { limit: 100, filter, ...asOf });
        const found = idsOf(hits.map(({ memory }) => memory as unknown as Row));
        expect({ n, filter, found }).toEqual({ n, filter, found: expected });
        // Lists do not have the short members of a search.
        if (/"(from|to|minImportance)"/.test(JSON.stringify(filter))) continue;
        lists++;
        const list = (await who.get(listed(filter)).expect(200)).body.data as Row[];
        expect({ n, filter, listed: idsOf(list) }).toEqual({ n, filter, listed: expected });
        const size = expected.length === 0 ? 'none' : expected.length < MEMORIES ? 'some' : 'all';
        sizes.set(size, (sizes.get(size) ?? 0) + 1);
      }
      expect(sizes.get('some')).toBeGreaterThan(FILTERS / 4);
      expect(lists).toBeGreaterThan(FILTERS / 3);
      expect([...sizes.keys()].sort()).toEqual(['all', 'none', 'some']);
    },
    Math.max(120_000, FILTERS * 1_000),
  );

  it('holds as often under an even number of nots, and never together with its not', async () => {
    const count = async (filter: JsonFilter) =>
      (await search(who, 'garden note', { limit: 100, filter })).length;
    for (const filter of Array.from({ length: 20 }, () => planner.filter(3))) {
      const size = await count(filter);
      expect(await count({ not: { not: filter } })).toBe(size);
      expect(await count({ not: filter })).toBe(MEMORIES - size);
      expect(await count({ or: [filter, { not: filter }] })).toBe(MEMORIES);
    }
  });

  it.each([
    [{ kind: ['fact', 'episode'] }, { kind: ['fact', 'preference'] }],
    [{ or: [{ kind: 'fact' }, {}] }, { or: [{ kind: 'episode' }, {}] }],
    [{ not: { metadataValues: { x: 1 } } }, { not: { metadataValues: { x: 2 } } }],
    [{ metadataValues: { x: { ne: 1 } } }, { metadataValues: { y: { ne: 1 } } }],
  ])('is part of what a cursor is bound to: %j', async (one, other) => {
    const path = (filter: JsonFilter) => listed(filter).replace('limit=100', 'limit=1');
    const { nextCursor } = (await who.get(path(one)).expect(200)).body as { nextCursor: string };
    await who.get(`${path(one)}&cursor=${nextCursor}`).expect(200);
    const { errors } = expectProblem(
      await who.get(`${path(other)}&cursor=${nextCursor}`),
      400,
      'request.invalid_query',
    ) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(['?cursor']);
  });

  it('goes together with the other parameters of a list', async () => {
    const path = `${listed({ or: [{ kind: 'fact' }, { kind: 'episode' }] })}&filter[importance][gte]=0.2&count=true`;
    const expected = rows.filter(
      ({ kind, importance }) => kind !== 'preference' && (importance as number) >= 0.2,
    );
    const { data, total } = (await who.get(path).expect(200)).body as {
      data: Row[];
      total: number;
    };
    expect([idsOf(data), total]).toEqual([idsOf(expected), expected.length]);
  });
});

const nested = (depth: number, inner: JsonFilter): JsonFilter =>
  depth === 0 ? inner : { not: nested(depth - 1, inner) };
const facts = (count: number) => Array.from({ length: count }, () => ({ kind: 'fact' }));

/** A filter, and the place and the reason of what is wrong with it. */
const REFUSED: [filter: unknown, pointer: string, message: string][] = [
  [7, '', 'must be a JSON object'],
  [[], '', 'must be a JSON object'],
  [{ mood: 1 }, '/mood', 'is not a known field'],
  [{ constructor: 1 }, '/constructor', 'is not a known field'],
  [{ toString: { eq: 1 } }, '/toString', 'is not a known field'],
  [{ constructorValues: { a: 1 } }, '/constructorValues', 'is not a known field'],
  [{ content: 'x' }, '/content', 'is not a known field'],
  [{ happenedAt: '2026-01-01' }, '/happenedAt', 'is not a known field'],
  [{ "importance' or true": 1 }, "/importance' or true", 'is not a known field'],
  [{ importance: { constructor: 1 } }, '/importance/constructor', 'is not a known field'],
  [{ importance: { $gte: 1 } }, '/importance/$gte', 'is not a known field'],
  [{ importance: { contains: 1 } }, '/importance/contains', 'is not a known field'],
  [{ importance: { gte: [1] } }, '/importance/gte', 'must be a number of at least 0 and at most 1'],
  [{ importance: { gte: 2 } }, '/importance/gte', 'must be a number of at least 0 and at most 1'],
  [
    { importance: { gte: null } },
    '/importance/gte',
    'must be a number of at least 0 and at most 1',
  ],
  [
    { strength: 1.5 },
    '/strength',
    'must be an integer of at least -2147483647 and at most 2147483647',
  ],
  [{ kind: 'dream' }, '/kind', 'must be one of fact, preference, episode, summary, instruction'],
  [{ kind: { in: 'fact' } }, '/kind/in', 'must be a list'],
  [{ kind: [] }, '/kind', 'must not be empty'],
  [{ kind: Array(101).fill('fact') }, '/kind', 'must have at most 100 items'],
  [{ kind: [['fact']] }, '/kind', 'must be one of fact, preference, episode, summary, instruction'],
  [{ id: 'x' }, '/id', 'must be a UUID'],
  [{ agentId: '' }, '/agentId', 'must not be empty'],
  [{ agentId: 'x'.repeat(256) }, '/agentId', 'must be at most 255 characters'],
  [{ agentId: { exists: 'yes' } }, '/agentId/exists', 'must be true or false'],
  [{ tags: [] }, '/tags', 'must not be empty'],
  [{ tags: { in: ['x'] } }, '/tags/in', 'is not a known field'],
  [{ metadata: 'x' }, '/metadata', 'must be a JSON object of at most 65536 bytes'],
  [{ metadataValues: 'x' }, '/metadataValues', 'must be a JSON object'],
  [{ metadataValues: { a: { gte: true } } }, '/metadataValues/a/gte', 'must be text or a number'],
  [
    { metadataValues: { a: { eq: { b: 1 } } } },
    '/metadataValues/a/eq',
    'must be text, a number, true or false',
  ],
  [{ metadataValues: { a: null } }, '/metadataValues/a', 'must be text, a number, true or false'],
  [{ metadataValues: { a: [[1]] } }, '/metadataValues/a', 'must be text, a number, true or false'],
  [{ metadataValues: { a: { like: 'x' } } }, '/metadataValues/a/like', 'is not a known field'],
  [
    { metadataValues: { ['k'.repeat(256)]: 1 } },
    '/metadataValues',
    'must be at most 255 characters',
  ],
  [
    { createdAt: '2026-02-30' },
    '/createdAt',
    'must be an RFC 3339 time with a time zone, or a date',
  ],
  [{ or: {} }, '/or', 'must be a list'],
  [{ or: [] }, '/or', 'must not be empty'],
  [{ or: [7] }, '/or/0', 'must be a JSON object'],
  [{ or: [{}, null] }, '/or/1', 'must be a JSON object'],
  [{ or: facts(21) }, '/or', 'must have at most 20 items'],
  [{ not: [] }, '/not', 'must be a JSON object'],
  [{ or: [{ not: { or: [{ id: 1 }] } }] }, '/or/0/not/or/0/id', 'must be a UUID'],
  [nested(5, { kind: 'fact' }), '/not'.repeat(5), 'must have at most 5 levels of or and not'],
  [nested(40, {}), '/not'.repeat(5), 'must have at most 5 levels of or and not'],
  [{ or: facts(20), not: { or: facts(5) } }, '/not/or/4/kind', 'must have at most 50 conditions'],
];

describe('a filter that is refused', () => {
  it.each(
    REFUSED.map(([filter, pointer, message], n) => [n + 1, pointer, message, filter] as const),
  )('%d names the place "%s" and says that it %s', async (_, pointer, message, filter) => {
    const who = app.actingFor('hostile');
    const { errors } = expectProblem(
      await who.post('/v1/memories/search', { query: 'x', filter }),
      422,
      'request.invalid_body',
    );
    expect(errors).toEqual([{ pointer: `/filter${pointer}`, message }]);
    const inList = expectProblem(
      await who.get(listed(filter as JsonFilter)),
      400,
      'request.invalid_query',
    );
    expect(inList['errors']).toEqual([{ pointer: `?filter${pointer}`, message }]);
  });

  it.each([
    ['x', 'must be a JSON object'],
    ['', 'must be a JSON object'],
    ['{', 'must be a JSON object'],
    ['null', 'must be a JSON object'],
    ['{"agentId":"\\u0000"}', 'text contains a NUL character'],
    ['{"agentId":"\\ud800"}', 'text contains a lone surrogate'],
    ['{"__proto__":{}}', 'an object has the key __proto__'],
  ])('is no JSON that can be kept, in a list: %s', async (text, message) => {
    const who = app.actingFor('hostile');
    const { errors } = expectProblem(
      await who.get(`/v1/memories?filter=${encodeURIComponent(text)}`),
      400,
      'request.invalid_query',
    );
    expect(errors).toEqual([{ pointer: '?filter', message }]);
  });

  it('is reported with at most 20 faults, however wide it is', async () => {
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`field${n}`, n]));
    const many = { or: Array.from({ length: 20 }, () => wide) };
    for (const filter of [wide, many]) {
      const { errors } = expectProblem(
        await app.actingFor('hostile').post('/v1/memories/search', {
          query: 'x',
          filter: many === filter ? { or: many.or.slice(0, 2) } : wide,
        }),
        422,
        'request.invalid_body',
      ) as { errors: unknown[] };
      expect(errors).toHaveLength(20);
    }
  });

  it('takes all that is allowed at once', async () => {
    const who = app.actingFor('hostile');
    const values = Array.from({ length: 100 }, (_, n) => 'x'.repeat(250) + String(n));
    const [some, more] = [facts(20), facts(3)];
    await search(who, 'x', {
      filter: {
        or: some,
        not: { or: more },
        metadataValues: { a: values },
        tags: values.slice(0, 50),
      },
    });
    await search(who, 'x', { filter: { metadata: { text: 'x'.repeat(60_000) } } });
    await search(who, 'x', { filter: nested(4, { kind: 'fact' }) });
    expect(FILTER_LIMITS).toEqual({ levels: 5, conditions: 50, branches: 20 });
  });

  it('never runs its values, keys or paths as SQL', async () => {
    const who = newUser();
    await remember(who, 'Garden of secrets', { metadata: { a: 1 } });
    for (const attack of [
      `' or '1'='1`,
      `$1`,
      `"; select 1; --`,
      `{a,b}`,
      `a}'::text[] or true --`,
      '\\',
    ]) {
      for (const filter of [
        { metadataValues: { [attack]: 1 } },
        { metadataValues: { a: attack } },
        { metadataValues: { a: { lt: attack } } },
        { metadataValues: { a: [attack] } },
        { agentId: { contains: attack } },
        { tags: [attack] },
        { metadata: { [attack]: attack } },
      ])
        expect([filter, await search(who, 'garden', { filter })]).toEqual([filter, []]);
    }
  });
});

describe('the times of a filter', () => {
  const found = async (who: Caller, filter: JsonFilter, timeZone?: string) =>
    contentsOf(await search(who, 'Met', { filter, timeZone, limit: 100 })).sort();

  it('may be dates: the beginning of the day in the time zone of the search, or in UTC', async () => {
    const who = newUser();
    for (const validFrom of [
      '2026-04-30T21:59:59.999Z',
      '2026-04-30T22:00:00Z',
      '2026-04-30T23:59:59Z',
      '2026-05-01T00:00:00Z',
    ])
      await remember(who, `Met at ${validFrom}`, { validFrom });
    const since = async (timeZone?: string) => {
      const counts = [
        { validFrom: { gte: '2026-05-01' } },
        { from: '2026-05-01' },
        { not: { validFrom: { lt: '2026-05-01' } } },
      ];
      return Promise.all(counts.map(async (filter) => (await found(who, filter, timeZone)).length));
    };
    expect(await since()).toEqual([1, 1, 1]);
    expect(await since('Europe/Oslo')).toEqual([3, 3, 3]);
    expect(await since('America/New_York')).toEqual([0, 0, 0]);
    const listed = await who.get('/v1/memories?filter[validFrom][gte]=2026-05-01').expect(200);
    expect(listed.body.data).toHaveLength(1);
  });
});

describe('a filter of messages', () => {
  let who: Caller;
  let talk: Talk;
  beforeAll(async () => {
    who = newUser();
    talk = await Talk.start(who, [
      user('Garden one', { score: 1 }),
      assistant('Garden two', { score: 2 }),
    ]);
    await Talk.start(who, [user('Garden three')]);
    await remember(who, 'Garden fact');
    await remember(who, 'Garden preference', { kind: 'preference' });
  });
  const found = async (filter: JsonFilter, targets = ['messages']) =>
    contentsOf(await search(who, 'garden', { in: targets, filter })).sort();
  const ALL = ['Garden one', 'Garden three', 'Garden two'];

  it('takes what a message can have', async () => {
    const conversationId = talk.id;
    expect(await found({ conversationId })).toEqual(['Garden one', 'Garden two']);
    expect(await found({ conversationId: { ne: conversationId } })).toEqual(['Garden three']);
    expect(await found({ not: { conversationId } })).toEqual(['Garden three']);
    expect(await found({ metadata: { score: 1 } })).toEqual(['Garden one']);
    expect(await found({ metadataValues: { score: { gt: 1 } } })).toEqual(['Garden two']);
    expect(await found({ not: { metadataValues: { score: { gt: 1 } } } })).toEqual([
      'Garden one',
      'Garden three',
    ]);
    expect(await found({ or: [{ metadata: { score: 1 } }, { not: { conversationId } }] })).toEqual([
      'Garden one',
      'Garden three',
    ]);
    expect(await found({ createdAt: { gt: '2026-01-01', lt: '2020-01-01' } })).toEqual([]);
    expect(await found({ from: '2020-01-01', to: '2999-01-01' })).toEqual(ALL);
    expect(await found({ not: {} })).toEqual([]);
  });

  it('leaves out what only memories can have, and each or and not of nothing else', async () => {
    for (const filter of [
      { kind: 'fact' },
      { minImportance: 1 },
      { agentId: null, conversationId: null },
      { not: { kind: 'fact' } },
      { or: [{ kind: 'fact' }, { tags: 'x' }] },
    ])
      expect([filter, await found(filter)]).toEqual([filter, ALL]);
    expect(await found({ or: [{ kind: 'fact' }, { metadata: { score: 1 } }] })).toEqual([
      'Garden one',
    ]);
    expect(await found({ not: { kind: 'fact', metadata: { score: 1 } } })).toEqual([
      'Garden three',
      'Garden two',
    ]);
  });

  it('goes for memories and messages in one search', async () => {
    const both = ['memories', 'messages'];
    expect(await found({ kind: 'preference' }, both)).toEqual([
      'Garden one',
      'Garden preference',
      'Garden three',
      'Garden two',
    ]);
    expect(
      await found({ or: [{ kind: 'preference' }, { conversationId: talk.id }] }, both),
    ).toEqual(['Garden one', 'Garden preference', 'Garden two']);
  });
});
