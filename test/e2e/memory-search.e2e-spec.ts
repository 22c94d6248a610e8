// Searches by words: new memories at once, filters, as-of times, and messages.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { contentsOf, type Hit, remember, search } from '../support/memories.js';
import { expectProblem } from '../support/problem.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { assistant, Talk, user } from '../support/talks.js';
import { eventually } from '../support/wait.js';

const ROUNDS = numberFromEnvironment('SEARCH_ROUNDS', 150);

let app: TestApp;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());
const newUser = (): Caller => app.actingFor(`user ${++users}`);

describe('search without an embedder', () => {
  it(`a search finds what was written right before it, in ${ROUNDS} of ${ROUNDS} rounds`, async () => {
    const [who, random] = [newUser(), new Seeded(1)];
    const { id } = await remember(who, 'starts empty');
    for (let i = 0; i < ROUNDS; i++) {
      const word = `word${random.hex(8)}`;
      if (i % 3 === 0)
        await who.patch(`/v1/memories/${id}`, { content: `Now about ${word}` }).expect(200);
      else if (i % 3 === 1)
        await who
          .post('/v1/memories', {
            memories: [{ content: `Both ${word}` }, { content: `and other things ${i}` }],
          })
          .expect(201);
      else await remember(who, `Something about ${word}`);
      expect(contentsOf(await search(who, word, { limit: 1 })).join()).toContain(word);
    }
  });

  it('a search finds what was written right before it during concurrent writes of the same user', async () => {
    const [who, random] = [newUser(), new Seeded(2)];
    const { id } = await remember(who, 'rewritten all the time');
    const writer = async (): Promise<void> => {
      for (let i = 0; i < ROUNDS / 15; i++) {
        const word = `word${random.hex(8)}`;
        await remember(who, `Something about ${word}`);
        expect(contentsOf(await search(who, word, { limit: 3 }))).toEqual([
          `Something about ${word}`,
        ]);
      }
    };
    let over = false;
    const rewriter = async (): Promise<void> => {
      for (let n = 0; !over; n++) {
        await who.patch(`/v1/memories/${id}`, { content: `rewritten number${n}` }).expect(200);
        // A hit never has content that was replaced by now.
        expect(contentsOf(await search(who, `number${n}`))).toEqual([`rewritten number${n}`]);
      }
    };
    const rewriting = rewriter();
    await Promise.all(Array.from({ length: 10 }, writer)).finally(() => (over = true));
    await rewriting;
  });

  it('a search returns each memory as it is when it is read', async () => {
    const who = newUser();
    const talk = await Talk.start(who, [user('I moved to Oslo')]);
    const [message] = (await who.get(`/v1/conversations/${talk.id}/messages`).expect(200)).body
      .data as { id: string }[];
    const { id } = await remember(who, 'Lives in "Oslo" \\ 北京\n\tsince 2024 🌍', {
      kind: 'preference',
      tags: ['home', 'a "quoted" one'],
      importance: 0.123,
      metadata: { speaker: 'Ada', deep: [{ 'é"': null }, 1e21, -0.5], '1': 'one' },
      agentId: 'agent "x"',
      conversationId: talk.id,
      validFrom: '2024-02-29T23:59:59.9Z',
      validTo: '9999-12-31T23:59:59.999Z',
      expiresAt: '2100-01-01T00:00:00+02:00',
      sourceMessageIds: [message!.id],
    });
    await who.post('/v1/memories', { content: 'A friend of Oslo' }).expect(201);
    for (const { memory } of await search(who, 'Oslo'))
      expect(memory).toEqual((await who.get(`/v1/memories/${memory!.id}`).expect(200)).body);
    expect((await search(who, 'Oslo')).map(({ memory }) => memory!.id)).toContain(id);
  });

  it('a search shows a memory again as it is by then', async () => {
    const who = newUser();
    const talk = await Talk.start(who, [user('Ada has a boat')]);
    const [message] = (await who.get(`/v1/conversations/${talk.id}/messages`).expect(200)).body
      .data as { id: string }[];
    const { id: boat } = await remember(who, 'A boat in Oslo');
    const { id: told } = await remember(who, 'A boat of Ada', { sourceMessageIds: [message!.id] });
    const shown = async (): Promise<string[]> => {
      const hits = await search(who, 'boat');
      for (const { memory } of hits)
        expect(memory).toEqual((await who.get(`/v1/memories/${memory!.id}`).expect(200)).body);
      return hits.map(({ memory }) => memory!.id).sort();
    };
    const path = `/v1/memories/${boat}`;
    expect(await shown()).toEqual([boat, told].sort());
    const changes: (() => PromiseLike<unknown>)[] = [
      () => who.patch(path, { importance: 0.9 }).expect(200),
      () => who.post('/v1/memories', { content: 'A boat in Oslo' }).expect(200),
      () => who.patch(path, { metadata: { seen: true } }).expect(200),
      () =>
        who.delete(`/v1/conversations/${talk.id}/messages/${message!.id}?derived=keep`).expect(204),
      () => who.post('/v1/memories', { content: 'A boat, a new one' }).expect(201),
    ];
    for (const change of changes) {
      await shown();
      await change();
      expect(await shown()).toEqual(expect.arrayContaining([boat, told]));
    }
    await who.delete(path).expect(204);
    expect(await shown()).not.toContain(boat);
    // No write ends it, but the time.
    const validTo = new Date(Date.now() + 2_000).toISOString();
    await who.patch(`/v1/memories/${told}`, { validTo }).expect(200);
    const isShown = async () => contentsOf(await search(who, 'boat')).includes('A boat of Ada');
    await eventually(async () => !(await isShown()));
  });

  it('a search finds any of its words in any form, the rare ones first', async () => {
    const who = newUser();
    for (const thing of ['tea', 'boats', 'dogs', 'trees']) await remember(who, `Likes ${thing}`);
    await remember(who, 'Is allergic to peanuts');
    expect(contentsOf(await search(who, 'what allergies does this person like to have?'))[0]).toBe(
      'Is allergic to peanuts',
    );
    expect(contentsOf(await search(who, 'liking a boat'))[0]).toBe('Likes boats');
    expect(await search(who, 'quantum')).toEqual([]);
  });

  it('an explained hit lists what each signal added, and was matched by words', async () => {
    const who = newUser();
    await remember(who, 'Plays the violin');
    const [hit] = await search(who, 'violin', { explain: true });
    const sum = Object.values(hit!.parts!).reduce((total, part) => total + part, 0);
    expect(hit!.matchedBy).toBe('lexical');
    expect(sum).toBeCloseTo(hit!.score, 6);
    expect((await search(who, 'violin'))[0]).not.toHaveProperty('parts');
  });

  it('two processes find what either of them wrote', async () => {
    const other = await createTestApp({ BOOTSTRAP_API_KEY: app.serviceKey }, app.database);
    try {
      const [here, there] = [
        app.actingFor('both'),
        other.service.with({
          authorization: `Bearer ${app.serviceKey}`,
          'threadkeep-user': 'both',
        }),
      ];
      for (let i = 0; i < 20; i++) {
        const [writer, reader] = i % 2 ? [here, there] : [there, here];
        const { id } = await remember(writer, `Shared thought thing${i}`);
        expect(contentsOf(await search(reader, `thing${i}`, { limit: 1 }))).toEqual([
          `Shared thought thing${i}`,
        ]);
        if (i % 4 === 0) await writer.delete(`/v1/memories/${id}?purge=true`).expect(204);
        if (i % 4 === 0)
          expect(contentsOf(await search(reader, `thing${i}`)).join()).not.toContain(`thing${i}`);
      }
    } finally {
      await other.close();
    }
  });

  it('filters narrow a search, and it still fills its limit', async () => {
    const who = newUser();
    const talk = await Talk.start(who, [user('hello')]);
    const memories = Array.from({ length: 200 }, (_, n) => ({
      content: `Garden note ${n}`,
      importance: 0.2,
    }));
    await who.post('/v1/memories', { memories }).expect(201);
    const special = {
      content: 'Garden party of the year',
      kind: 'episode',
      tags: ['fun', 'summer'],
      agentId: 'coach',
      conversationId: talk.id,
      metadata: { place: { city: 'Oslo' } },
      validFrom: '2020-06-01T00:00:00Z',
      importance: 0.9,
    };
    await remember(who, special.content, special);
    const filters = [
      { kind: 'episode' },
      { kind: ['episode', 'summary'] },
      { tags: ['fun'] },
      { tags: ['fun', 'summer'] },
      { agentId: 'coach' },
      { conversationId: talk.id },
      { metadata: { place: { city: 'Oslo' } } },
      { from: '2020-01-01T00:00:00Z', to: '2021-01-01T00:00:00Z' },
      { minImportance: 0.5 },
    ];
    for (const filter of filters)
      expect([filter, contentsOf(await search(who, 'garden', { filter }))]).toEqual([
        filter,
        [special.content],
      ]);
    expect(await search(who, 'garden', { filter: { agentId: null }, limit: 100 })).toHaveLength(
      100,
    );
    expect(await search(who, 'garden', { filter: { tags: ['fun', 'winter'] } })).toEqual([]);
  });

  it('a search returns only memories that are valid at its as-of time', async () => {
    const who = newUser();
    await remember(who, 'Works at the harbour', { validTo: '2021-01-01T00:00:00Z' });
    await remember(who, 'Works at the library', { validFrom: '2021-01-01T00:00:00Z' });
    await remember(who, 'Works at the moon base', { validFrom: '2090-01-01T00:00:00Z' });
    expect(contentsOf(await search(who, 'works'))).toEqual(['Works at the library']);
  });

  it('a search as of a past time returns the hits and scores of that time', async () => {
    const [who, random] = [newUser(), new Seeded(7)];
    const words = ['tea', 'boat', 'Oslo', 'garden', 'violin', 'dog', 'allergy', 'train'];
    const sentence = () =>
      `${random.pick(words)} and ${random.pick(words)} with ${random.pick(words)} ${random.hex(4)}`;
    const then: { revision: number; query: string; hits: Hit[] }[] = [];
    const ids: string[] = [];
    for (let i = 0; i < 120; i++) {
      const { id, revision } =
        ids.length > 5 && random.chance(0.4)
          ? ((await who.patch(`/v1/memories/${random.pick(ids)}`, { content: sentence() }))
              .body as { id: string; revision: number })
          : await remember(who, sentence(), { kind: random.pick(['fact', 'episode']) });
      ids.push(id);
      if (i % 10 === 0) {
        const query = `${random.pick(words)} ${random.pick(words)}?`;
        then.push({ revision, query, hits: await search(who, query, { explain: true }) });
      }
    }
    for (const { revision, query, hits } of then)
      expect({
        revision,
        hits: await search(who, query, { explain: true, asOf: revision }),
      }).toEqual({ revision, hits });
  });

  it('a search finds messages when asked to, with their neighbours', async () => {
    const who = newUser();
    const talk = await Talk.start(who, [
      user('Shall we go?'),
      assistant('Where to?'),
      user('To the aquarium in Bergen'),
      assistant('Good idea'),
      user('Then tomorrow'),
    ]);
    await remember(who, 'Likes an aquarium');
    expect(contentsOf(await search(who, 'aquarium'))).toEqual(['Likes an aquarium']);
    const [hit] = await search(who, 'aquarium', { in: 'messages', neighbours: 1 });
    expect(hit).toMatchObject({
      message: { content: 'To the aquarium in Bergen', seq: 3 },
      before: [{ content: 'Where to?' }],
      after: [{ content: 'Good idea' }],
    });
    expect(
      contentsOf(await search(who, 'aquarium', { in: ['memories', 'messages'] }))
        .slice(0, 2)
        .sort(),
    ).toEqual(['Likes an aquarium', 'To the aquarium in Bergen']);
    await talk.say(user('Or to the zoo'));
    expect(contentsOf(await search(who, 'zoo', { in: ['messages'] }))[0]).toBe('Or to the zoo');
    await who.delete(talk.path).expect(204);
    expect(await search(who, 'aquarium', { in: ['messages'] })).toEqual([]);
    await who.post(`${talk.path}/restore`).expect(200);
    expect(contentsOf(await search(who, 'aquarium', { in: ['messages'] }))[0]).toBe(
      'To the aquarium in Bergen',
    );
  });

  it('an invalid search is refused, and a user without memories gets no hits', async () => {
    const who = newUser();
    expect(await search(who, 'anything')).toEqual([]);
    expect(await search(who, '?!')).toEqual([]);
    const { errors } = expectProblem(
      await who.post('/v1/memories/search', {
        limit: 0,
        in: ['dreams'],
        filter: { mood: 1 },
        asOf: 'soon',
      }),
      422,
      'request.invalid_body',
    ) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/asOf',
      '/filter/mood',
      '/in',
      '/limit',
      '/query',
    ]);
  });
});
