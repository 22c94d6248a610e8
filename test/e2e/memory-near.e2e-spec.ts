// Memories that say nearly the same: all are kept and named, unless the write says otherwise.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let who: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());
beforeEach(() => {
  who = app.actingFor(`near ${++users}`);
});

const send = (content: string, more: object = {}) => who.post('/v1/memories', { content, ...more });
const read = async (id: string) => (await who.get(`/v1/memories/${id}`)).body;
const total = async () => (await who.get('/v1/memories?count=true&limit=1')).body.total;
const ids = (similar: { id: string }[] = []) => similar.map(({ id }) => id);

describe('a memory that is near to others', () => {
  it('is stored, and its answer names them with how near they are, nearest first', async () => {
    const one = (await send('Ada likes green tea')).body;
    const two = (await send('ADA LIKES GREEN TEA')).body;
    const { body } = await send('Ada likes green tea!').expect(201);
    expect(body.similar).toEqual([
      { id: one.id, similarity: 0.926 },
      { id: two.id, similarity: expect.any(Number) },
    ]);
    expect(body.similar[1].similarity).toBeLessThan(0.5);
    expect(one.similar).toBeUndefined();
    const { similar, ...stored } = body;
    expect([await read(body.id), similar.length]).toEqual([stored, 2]);
    const same = await send('Ada likes green tea').expect(200);
    expect([same.body.id, ids(same.body.similar).sort()]).toEqual([
      one.id,
      [two.id, body.id].sort(),
    ]);
  });

  it('names ten at most', async () => {
    const memories = Array.from({ length: 20 }, (_, n) => ({
      content: `Likes tea${'!'.repeat(n + 1)}`,
    }));
    const { data } = (await who.post('/v1/memories', { memories }).expect(201)).body;
    for (const { id, similar } of data) {
      expect(similar).toHaveLength(10);
      expect(ids(similar)).not.toContain(id);
    }
    expect((await send('likes tea')).body.similar).toHaveLength(10);
  });

  it('is near within its kind, agent, conversation and validity, and for its user alone', async () => {
    await app.actingFor('somebody else').post('/v1/memories', { content: 'Likes tea' });
    await send('Likes tea', { kind: 'preference' });
    await send('Likes tea', { agentId: 'coach' });
    await send('Likes tea,', { validTo: '2020-01-01' });
    await send('Likes tea;', { expiresAt: '2020-01-01T00:00:00Z' });
    const gone = (await send('Likes tea:')).body;
    await who.delete(`/v1/memories/${gone.id}`).expect(204);
    const edited = (await send('likes tea')).body;
    await who.patch(`/v1/memories/${edited.id}`, { content: 'Likes coffee' }).expect(200);
    expect((await send('Likes tea!')).body.similar).toBeUndefined();
    expect(ids((await send('likes coffee')).body.similar)).toEqual([edited.id]);
  });

  it('names others of its batch, and those that are superseded no longer', async () => {
    const old = (await send('Likes tea')).body;
    const memories = [
      { content: 'likes tea', supersedes: [old.id] },
      { content: 'Has a dog' },
      { content: 'Likes tea!' },
    ];
    const { data } = (await who.post('/v1/memories', { memories }).expect(201)).body;
    expect(ids(data[0].similar)).toContain(data[2].id);
    expect(ids(data[2].similar)).toContain(data[0].id);
    expect(data[1].similar).toBeUndefined();
    expect(ids((await send('LIKES TEA')).body.similar).sort()).toEqual(
      [data[0].id, data[2].id].sort(),
    );
  });
});

describe('onSimilar: strengthen', () => {
  it('strengthens the nearest, and leaves its text and metadata as they are', async () => {
    const far = (await send('ADA LIKES GREEN TEA')).body;
    const near = (await send('Ada likes green tea', { metadata: { by: 'form' }, tags: ['a'] }))
      .body;
    const { body } = await send('Ada likes green tea!', {
      onSimilar: 'strengthen',
      metadata: { by: 'chat', at: 1 },
      tags: ['b'],
      importance: 0.9,
    }).expect(200);
    expect(body).toMatchObject({
      id: near.id,
      content: 'Ada likes green tea',
      metadata: { by: 'form' },
      tags: ['a', 'b'],
      importance: 0.9,
      strength: 2,
    });
    expect(ids(body.similar)).toEqual([near.id, far.id]);
    expect(await total()).toBe(2);
    await send('Ada likes green tea').expect(200);
    await send('Ada likes black tea!', { onSimilar: 'strengthen' }).expect(201);
  });

  it('stores what differs in a number, a sign, a unit or a denial', async () => {
    const facts = [
      'Dose is 5 mg',
      'Dose is .5 mg',
      'Dose is - 5 mg',
      'Dose is 5 g',
      'Dose is not 5 mg',
    ];
    for (const fact of facts) await send(fact, { onSimilar: 'strengthen' }).expect(201);
    expect(await total()).toBe(facts.length);
  });

  it('in a batch, strengthens what is stored and what comes before', async () => {
    const known = (await send('Has a dog')).body;
    const memories = [
      { content: 'Likes tea', onSimilar: 'strengthen' },
      { content: 'likes tea!', onSimilar: 'strengthen' },
      { content: 'has a dog', onSimilar: 'strengthen' },
      { content: 'Has a cat', onSimilar: 'strengthen' },
    ];
    const { data } = (await who.post('/v1/memories', { memories }).expect(201)).body;
    expect(ids(data)).toEqual([data[0].id, data[0].id, known.id, data[3].id]);
    expect(data[1]).toMatchObject({ content: 'Likes tea', strength: 2 });
    expect(await total()).toBe(3);
  });
});

describe('onSimilar: refuse', () => {
  it('answers 409 for a near memory beyond ten that are superseded', async () => {
    const forms = Array.from({ length: 11 }, (_, n) =>
      [...'likes green tea']
        .map((letter, i) => ((n >> i) & 1 ? letter.toUpperCase() : letter))
        .join(''),
    );
    const { data } = (
      await who
        .post('/v1/memories', { memories: forms.map((content) => ({ content })) })
        .expect(201)
    ).body as { data: { id: string }[] };
    for (const left of data) {
      const supersedes = data.filter((one) => one !== left).map(({ id }) => id);
      const sent = { content: 'LIKES GREEN TEA', supersedes, onSimilar: 'refuse' };
      expectProblem(await who.post('/v1/memories', sent), 409, 'memory.similar');
    }
  });

  it('answers 409 with what is near, and stores nothing', async () => {
    const near = (await send('Ada likes green tea')).body;
    const problem = expectProblem(
      await send('ada likes green tea', { onSimilar: 'refuse' }),
      409,
      'memory.similar',
    );
    expect(problem).toMatchObject({
      similar: [{ id: near.id, similarity: 0.9 }],
      errors: [{ pointer: '/content' }],
    });
    const memories = [{ content: 'Has a dog' }, { content: 'has a dog', onSimilar: 'refuse' }];
    const { errors } = expectProblem(
      await who.post('/v1/memories', { memories }),
      409,
      'memory.similar',
    ) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/memories/1/content']);
    expect(await total()).toBe(1);
    await send('Ada likes green tea.', { onSimilar: 'refuse' }).expect(200);
    await send('ada likes green tea', { onSimilar: 'refuse', supersedes: [near.id] }).expect(201);
  });

  it('lets one of many near writes through', async () => {
    const told = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        send(`Owns a boat${'!'.repeat(n)}`, { onSimilar: 'refuse' }),
      ),
    );
    expect(told.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
    expect(await total()).toBe(1);
  });

  it('of equal writes at once makes one memory, with or without it', async () => {
    for (const onSimilar of ['keep', 'strengthen', 'refuse']) {
      const told = await Promise.all(
        Array.from({ length: 10 }, () => send(`Owns a boat ${onSimilar}`, { onSimilar })),
      );
      expect(new Set(told.map(({ body }) => body.id)).size).toBe(1);
      expect((await read(told[0]!.body.id)).strength).toBe(10);
    }
  });

  it('is answered as before under the same Idempotency-Key', async () => {
    await send('Likes tea');
    const keyed = who.with({ 'idempotency-key': randomUUID() });
    const sent = { content: 'likes tea', onSimilar: 'strengthen' };
    const answers = [
      await keyed.post('/v1/memories', sent),
      await keyed.post('/v1/memories', sent),
    ];
    expect(answers[1]!.body).toEqual(answers[0]!.body);
    expect(answers[0]!.body.strength).toBe(2);
  });
});

/** Pairs of facts that differ, of the kinds that were merged once. */
function pairsOfFacts(): [string, string][] {
  const names = ['Dose', 'Limit', 'Rent', 'Speed', 'Score', 'Level', 'Rate', 'Size', 'Age', 'Debt'];
  const numbers: [string, string][] = [
    ['5 mg', '.5 mg'],
    ['5', '- 5'],
    ['5', '-5'],
    ['1,500', '1.500'],
    ['5 mW', '5 MW'],
    ['5 mg', '5 g'],
    ['5%', '5'],
    ['10⁵', '105'],
    ['(5)', '5'],
    ['1 5', '15'],
  ];
  const texts: [string, string][] = [
    ['is tea', 'is not tea'],
    ['is polish', 'is Polish'],
    ['is us', 'is US'],
    ['is go', 'is Go'],
    ['is known', 'is known?'],
    ['is main-2', 'is main_2'],
    ['is main-2', 'is MAIN 2'],
    ['is MY_KEY', 'is MY KEY'],
    ['is a.b@c.example', 'is a_b@c.example'],
    ['is Anna-Maria', 'is Anna Maria'],
    ["is 'no' answers", 'is no answers'],
    ['is quite new', 'is new'],
    ['is a part', 'is A part'],
    ['is the part', 'is part'],
    ['is C', 'is C++'],
    ['is resume', 'is résumé'],
    ['is 🎉', 'is 🎂'],
    ['is done', 'is done!'],
    ['is x != y', 'is x = y'],
    ['is #12', 'is 12'],
  ];
  return names.flatMap((name) => [
    ...numbers.map(([a, b]): [string, string] => [`${name} is ${a}`, `${name} is ${b} `]),
    ...texts.map(([a, b]): [string, string] => [`${name} ${a} now`, `${name} ${b} now`]),
  ]);
}

describe('300 pairs of facts that differ', () => {
  it('are all stored, one by one and in a batch', async () => {
    const pairs = pairsOfFacts();
    expect(pairs).toHaveLength(300);
    const facts = [...new Set(pairs.flat().map((text) => text.trim()))];
    for (const half of [0, 1]) {
      const memories = pairs.map((pair) => ({ content: pair[half], onSimilar: 'keep' }));
      await who.post('/v1/memories', { memories }).expect(201);
    }
    expect(await total()).toBe(facts.length);
    who = app.actingFor(`near ${++users}`);
    for (const [one, other] of pairs) {
      const first = (await send(one)).body;
      const second = (await send(other)).body;
      expect([second.id === first.id, second.content.trim()]).toEqual([false, other.trim()]);
    }
  });
});
