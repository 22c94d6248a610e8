// Searches with an embedder: by words at once, by vectors later, with vectors compared in the
// process or by pgvector.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { EmbedSweep } from '../../src/memory/embedding/embed.jobs.js';
import { Embedder } from '../../src/memory/embedding/embedder.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { JobRunner } from '../../src/platform/jobs/job-runner.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { cosineOf, EmbeddingService, TOPICS } from '../support/embedding-service.js';
import { contentsOf, remember, search } from '../support/memories.js';
import { PGLITE_ENVIRONMENT, startPglite } from '../support/pglite.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';

const ROUNDS = numberFromEnvironment('SEARCH_ROUNDS', 150);

interface Place {
  where: string;
  start: () => Promise<TestDatabase>;
  environment: Record<string, string>;
}

const PLACES: Place[] = [
  { where: 'in the process', start: createTestDatabase, environment: {} },
  {
    where: 'in PostgreSQL with pgvector',
    start: startPglite,
    environment: { ...PGLITE_ENVIRONMENT, MEMORY_VECTORS_IN_PROCESS: '1' },
  },
];

describe.each(PLACES)('search with an embedder, the vectors $where,', ({ start, environment }) => {
  let service: EmbeddingService;
  let database: TestDatabase;
  let withVectors: TestApp;
  beforeAll(async () => {
    service = await EmbeddingService.start();
    database = await start();
    withVectors = await createTestApp({ ...service.environment, ...environment }, database);
  });
  afterAll(async () => {
    await withVectors.close();
    await database.drop();
    service.stop();
  });

  async function embedAll(): Promise<void> {
    const { rows } = await withVectors.database.admin(
      `select id from threadkeep.job where name = 'memory.embed' and status = 'queued'`,
    );
    for (const { id } of rows) await withVectors.app.get(JobRunner).run(id as string);
  }

  it('a search finds by words at once, by vectors once they exist, and says by which', async () => {
    const who = withVectors.actingFor('vera');
    for (const content of [
      'Owns a sailing vessel',
      'Has a hound called Rex',
      'Prefers a hot beverage',
    ])
      await remember(who, content);
    service.isDown = true;
    expect((await search(who, 'hound'))[0]).toMatchObject({
      memory: { content: 'Has a hound called Rex' },
      matchedBy: 'lexical',
    });
    service.isDown = false;
    expect((await who.get('/v1/memories/stats')).body).toMatchObject({
      memories: 3,
      embedded: 0,
      pending: 3,
      model: expect.any(String),
    });
    await embedAll();
    expect((await who.get('/v1/memories/stats')).body).toMatchObject({ embedded: 3, pending: 0 });
    expect((await search(who, 'puppy'))[0]).toMatchObject({
      memory: { content: 'Has a hound called Rex' },
      matchedBy: 'vector',
    });
    expect((await search(who, 'hound'))[0]).toMatchObject({
      memory: { content: 'Has a hound called Rex' },
      matchedBy: 'both',
    });
    service.isDown = true;
    expect(contentsOf(await search(who, 'vessel'))[0]).toBe('Owns a sailing vessel');
    service.isDown = false;
  });

  it('a memory that is embedded within its write is found by meaning by the next search', async () => {
    const who = withVectors.actingFor('prompt');
    const embedder = withVectors.app.get(Embedder);
    const embedInTime = jest
      .spyOn(embedder, 'embedInTime')
      .mockImplementation((text) => embedder.embedQuestion(text));
    const { id } = await remember(who, 'Walks a hound');
    expect((await search(who, 'puppy'))[0]).toMatchObject({ matchedBy: 'vector' });
    await who.patch(`/v1/memories/${id}`, { content: 'Sails a vessel' }).expect(200);
    expect((await search(who, 'boat'))[0]).toMatchObject({
      memory: { content: 'Sails a vessel' },
      matchedBy: 'vector',
    });
    await who.patch(`/v1/memories/${id}`, { importance: 0.9 }).expect(200);
    await remember(who, 'sails a vessel.');
    await who.post('/v1/memories', { content: 'Drinks tea', supersedes: [id] }).expect(201);
    // That write is one transaction over two memories, which does not wait: the job embeds them.
    const { body } = await who.get('/v1/memories/stats');
    embedInTime.mockRestore();
    expect(body).toMatchObject({ memories: 3, pending: 2 });
    await embedAll();
    expect((await who.get('/v1/memories/stats')).body).toMatchObject({ embedded: 3, pending: 0 });
  });

  it('a search compares every vector: the nearest memories equal an exhaustive comparison', async () => {
    const who = withVectors.actingFor('brute');
    const random = new Seeded(3);
    const memories = Array.from({ length: 400 }, (_, n) => ({
      content: `entry ${random.hex(6)} ${random.pick(TOPICS.flat())} number${n}`,
    }));
    await who.post('/v1/memories', { memories }).expect(201);
    await embedAll();
    for (const query of ['puppy care', 'a ship at sea', 'thirst for a drink']) {
      const near = ({ content }: { content: string }) => cosineOf(content, query);
      const hits = await search(who, query, { limit: 100, explain: true });
      const cosines = hits.map((hit) => hit.parts!['cosine']! / near(hit.memory!));
      expect(Math.max(...cosines) - Math.min(...cosines)).toBeLessThan(0.02);
      const tenth = memories.map(near).sort((a, b) => b - a)[9]!;
      const found = new Set(contentsOf(hits));
      const missed = memories.filter(
        (memory) => near(memory) >= tenth && !found.has(memory.content),
      );
      expect({ query, missed }).toEqual({ query, missed: [] });
    }
  });

  it('a changed memory has no vector until a new one is made, and a forgotten one has none', async () => {
    const who = withVectors.actingFor('changing');
    const { id } = await remember(who, 'Walks a hound');
    await embedAll();
    expect((await search(who, 'puppy'))[0]).toMatchObject({ matchedBy: 'vector' });
    await who.patch(`/v1/memories/${id}`, { content: 'Sails a vessel' }).expect(200);
    expect((await search(who, 'vessel'))[0]).toMatchObject({ matchedBy: 'lexical' });
    await embedAll();
    expect((await search(who, 'boat'))[0]).toMatchObject({
      memory: { content: 'Sails a vessel' },
      matchedBy: 'vector',
    });
    await who.delete(`/v1/memories/${id}`).expect(204);
    expect(
      (
        await withVectors.database.admin(
          'select from threadkeep.memory_embedding where memory_id = $1',
          [id],
        )
      ).rowCount,
    ).toBe(0);
  });

  it('the sweep embeds memories whose job ended too early, or that had no vector before', async () => {
    const who = withVectors.actingFor('late');
    await remember(who, 'Feeds a puppy');
    await withVectors.database.admin(`delete from threadkeep.job where name = 'memory.embed'`);
    const job = {
      id: '',
      attempt: 1,
      signal: new AbortController().signal,
      report: () => undefined,
      keep: () => undefined,
      again: () => undefined,
      step: <T>(work: () => Promise<T>) => work(),
    };
    await withVectors.app
      .get(RequestContexts)
      .runIn({ kind: 'system', reason: 'test' }, () =>
        withVectors.app.get(EmbedSweep).run({}, job),
      );
    await embedAll();
    expect((await who.get('/v1/memories/stats')).body).toMatchObject({ embedded: 1, pending: 0 });
    await withVectors.app
      .get(RequestContexts)
      .runIn({ kind: 'system', reason: 'test' }, () =>
        withVectors.app.get(EmbedSweep).run({}, job),
      );
    const { rowCount } = await withVectors.database.admin(
      `select from threadkeep.job where name = 'memory.embed' and status = 'queued' and user_id = (select id from threadkeep.app_user where external_id = 'late')`,
    );
    expect(rowCount).toBe(0);
  });

  it('a filtered search by vectors finds matches however far they are from the question', async () => {
    const who = withVectors.actingFor('filtering');
    await who
      .post('/v1/memories', {
        memories: Array.from({ length: 300 }, (_, n) => ({ content: `A puppy, the ${n}th` })),
      })
      .expect(201);
    await remember(who, 'Rex the hound', { tags: ['home'] });
    await embedAll();
    const hits = await search(who, 'dog', { filter: { tags: ['home'] } });
    expect([contentsOf(hits), hits[0]!.matchedBy]).toEqual([['Rex the hound'], 'vector']);
  });

  if (environment['MEMORY_VECTORS_IN_PROCESS']) {
    it('PostgreSQL gets the vectors that were saved before it had pgvector', async () => {
      const who = withVectors.actingFor('moving');
      const rows = `user_id = (select id from threadkeep.app_user where external_id = 'moving')`;
      const untriggered = (statement: string) =>
        withVectors.database.admin(
          `alter table threadkeep.memory_embedding disable trigger user; ${statement}; alter table threadkeep.memory_embedding enable trigger user`,
        );
      const given = async () =>
        (
          await withVectors.database.admin(
            `select count(embedding)::integer as count from threadkeep.memory_embedding where ${rows}`,
          )
        ).rows[0]!['count'];
      const { id: puppy } = await remember(who, 'Feeds a puppy');
      const { id: boat } = await remember(who, 'Owns a boat');
      await embedAll();
      expect(await given()).toBe(2);
      await untriggered(`update threadkeep.memory_embedding set embedding = null where ${rows}`);
      expect(await given()).toBe(0);
      await remember(who, 'Drinks tea');
      await embedAll();
      expect(await given()).toBe(3);
      expect((await search(who, 'ship', { limit: 1 }))[0]).toMatchObject({
        memory: { content: 'Owns a boat' },
        matchedBy: 'vector',
      });
      // PostgreSQL's own column counts: here the boat's vector is stored for the puppy.
      await untriggered(
        `update threadkeep.memory_embedding set embedding = (select embedding from threadkeep.memory_embedding where memory_id = '${boat}') where memory_id = '${puppy}'`,
      );
      expect(contentsOf(await search(who, 'ship', { limit: 2 })).sort()).toEqual([
        'Feeds a puppy',
        'Owns a boat',
      ]);
    });
  }

  it(`a search with the embedder stopped finds what was written right before it, in ${ROUNDS} of ${ROUNDS} rounds`, async () => {
    const [who, random] = [withVectors.actingFor('stopped'), new Seeded(2)];
    service.isDown = true;
    for (let i = 0; i < ROUNDS; i++) {
      const word = `word${random.hex(8)}`;
      await remember(who, `Something about ${word}`);
      const [hit] = await search(who, word, { limit: 1 });
      expect([hit!.memory!.content, hit!.matchedBy]).toEqual([
        `Something about ${word}`,
        'lexical',
      ]);
    }
    service.isDown = false;
  });
});
