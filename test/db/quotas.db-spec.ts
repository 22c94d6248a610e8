// Quotas over several processes, in statements, for conversations that were never measured, and over every table of a user.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RequestContexts } from '../../src/platform/context/index.js';
import { Quotas } from '../../src/platform/quotas/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { JobsWorld } from '../support/jobs.js';
import { expectProblem } from '../support/problem.js';
import { usageOf } from '../support/quotas.js';
import { StatementRecorder } from '../support/statements.js';
import { eventually } from '../support/wait.js';

const said = (content = '.') => ({ role: 'user', content });
const statusOf = ({ status }: { status: number }): number => status;
const countOf = (statuses: number[], status: number): number =>
  statuses.filter((one) => one === status).length;

describe('two processes that race', () => {
  let database: TestDatabase;
  let [here, there]: TestApp[] = [];

  async function start(environment: Record<string, string>): Promise<void> {
    database = await createTestDatabase();
    here = await createTestApp(environment, database);
    there = await createTestApp({ ...environment, BOOTSTRAP_API_KEY: here.serviceKey }, database);
  }
  afterEach(async () => {
    await here?.close();
    await there?.close();
    await database.drop();
  });

  const bothAs = (name: string): [Caller, Caller] => [
    here!.actingFor(name),
    there!.actingFor(name),
  ];

  /** Each sends so many, all at once. */
  async function race(
    callers: Caller[],
    count: number,
    send: (who: Caller, n: number) => PromiseLike<{ status: number }>,
  ): Promise<number[]> {
    return Promise.all(
      Array.from({ length: count }, (_, n) =>
        Promise.resolve(send(callers[n % callers.length]!, n)).then(statusOf),
      ),
    );
  }

  it('end exactly at a limit that is smaller than their leases, and stay there', async () => {
    await start({ QUOTA_MESSAGES: '40', QUOTA_CONVERSATIONS: '10' });
    const callers = bothAs('racer');
    const made = await race(callers, 24, (who) => who.post('/v1/conversations'));
    expect([countOf(made, 201), countOf(made, 507)]).toEqual([10, 14]);
    const { data } = (await callers[0].get('/v1/conversations').expect(200)).body as {
      data: { id: string }[];
    };
    const appended = await race(callers, 80, (who, n) =>
      who.post(`/v1/conversations/${data[n % 10]!.id}/messages`, said()),
    );
    expect([countOf(appended, 201), countOf(appended, 507)]).toEqual([40, 40]);
    expect(await usageOf(callers[1])).toMatchObject({ conversations: 10, messages: 40 });
    for (const who of callers)
      expectProblem(
        await who.post(`/v1/conversations/${data[0]!.id}/messages`, said()),
        507,
        'quota.reached',
      );
  });

  it('go over by no more than a 64th for the other process, however often they try', async () => {
    await start({ QUOTA_MESSAGES: '256' });
    const callers = bothAs('racer');
    const ids: string[] = [];
    for (let n = 0; n < 4; n++)
      ids.push(
        ((await callers[0].post('/v1/conversations').expect(201)).body as { id: string }).id,
      );
    // It looks while there is nothing, and keeps what it was given until the other has used everything.
    await callers[1].post(`/v1/conversations/${ids[0]}/messages`, said()).expect(201);
    const alone = await race([callers[0]], 130, (who, n) =>
      who.post(`/v1/conversations/${ids[n % 4]}/messages`, { messages: [said(), said()] }),
    );
    expect(countOf(alone, 201)).toBeLessThanOrEqual(128);
    for (let tries = 0; tries < 3; tries++)
      await race(callers, 60, (who, n) =>
        who.post(`/v1/conversations/${ids[n % 4]}/messages`, said()),
      );
    const { messages } = await usageOf(callers[0]);
    expect(messages).toBeGreaterThanOrEqual(256);
    expect(messages).toBeLessThanOrEqual(256 + 256 / 64);
  });
});

describe('far from the limits', () => {
  let recorder: StatementRecorder;
  let app: TestApp;
  let ada: Caller;
  beforeAll(async () => {
    app = await createTestApp();
    recorder = new StatementRecorder();
    ada = app.actingFor('ada');
  });
  afterAll(async () => {
    recorder.stop();
    await app.close();
  });

  const isCount = ({ text }: { text: string }) =>
    text.includes('count(*)') && text.includes('float8');
  async function countsDuring(work: () => Promise<unknown>): Promise<number> {
    const before = recorder.sent.length;
    await work();
    return recorder.sent.slice(before).filter(isCount).length;
  }

  it('a user is counted once, after the first write of a kind, and no later write sends a statement more', async () => {
    const { id } = (await ada.post('/v1/conversations').expect(201)).body as { id: string };
    const path = `/v1/conversations/${id}/messages`;
    await ada.post(path, said()).expect(201);
    await ada.post('/v1/memories', { content: 'Tea' }).expect(201);
    await eventually(() => Promise.resolve(recorder.sent.filter(isCount).length === 3));
    const before = recorder.sent.length;
    await ada.post(path, said()).expect(201);
    expect(recorder.sent.slice(before)).toHaveLength(1);
    const more = async () => {
      for (let n = 0; n < 20; n++) await ada.post(path, said()).expect(201);
      await ada.post(`/v1/conversations/${id}/fork`).expect(201);
      await ada.post('/v1/memories', { content: 'Milk' }).expect(201);
    };
    expect(await countsDuring(more)).toBe(0);
  });
});

describe('conversations of an older release', () => {
  let world: JobsWorld;
  beforeAll(async () => {
    world = await JobsWorld.start({ QUOTA_MESSAGE_BYTES: '1000' });
  });
  afterAll(() => world.close());

  it('are counted from their messages until a job has measured them, without a message more or less', async () => {
    const { id: userId } = (
      await world.app.service.post('/v1/users', { externalId: 'ada' }).expect(201)
    ).body as { id: string };
    const ada = world.app.actingFor('ada');
    const ids: string[] = [];
    for (let n = 0; n < 45; n++) {
      ids.push(((await ada.post('/v1/conversations').expect(201)).body as { id: string }).id);
      await ada
        .post(`/v1/conversations/${ids[n]}/messages`, {
          ...said('four'),
          metadata: n === 0 ? { a: 'x'.repeat(200) } : {},
        })
        .expect(201);
    }
    await world.database.admin(
      'update threadkeep.conversation set message_bytes = null where id = any($1)',
      [ids.slice(0, 43)],
    );
    const { messageBytes } = await usageOf(ada);
    expect(messageBytes).toBeGreaterThan(45 * 4 + 200);
    expect(messageBytes).toBeLessThan(45 * 4 + 250);
    await ada.post(`/v1/conversations/${ids[0]}/messages`, said('four')).expect(201);
    await ada.post(`/v1/conversations/${ids[44]}/messages`, said('four')).expect(201);
    expect((await usageOf(ada)).messageBytes).toBe(messageBytes + 8);
    expectProblem(
      await ada.post(`/v1/conversations/${ids[0]}/messages`, said('x'.repeat(800))),
      507,
      'quota.reached',
    );

    const jobId = await world.asUser(userId, () =>
      world.jobs.enqueue('conversation.measure', {}, {}),
    );
    await world.until(jobId, 'completed');
    const { rows } = await world.database.admin(
      'select count(*)::int as left from threadkeep.conversation where message_bytes is null',
    );
    expect(rows).toEqual([{ left: 0 }]);
    await ada.post(`/v1/conversations/${ids[0]}/messages`, said('four')).expect(201);
    expect((await usageOf(ada)).messageBytes).toBe(messageBytes + 12);
  });

  it('have a sweep that finds their users', async () => {
    const { id: userId } = (
      await world.app.service.post('/v1/users', { externalId: 'bob' }).expect(201)
    ).body as { id: string };
    const { id } = (await world.app.actingFor('bob').post('/v1/conversations').expect(201))
      .body as { id: string };
    await world.database.admin(
      'update threadkeep.conversation set message_bytes = null where id = $1',
      [id],
    );
    const { rows } = await world.database.admin(
      `select id from threadkeep.job where name = 'conversation.measure_sweep' and status = 'queued'`,
    );
    await world.makeDue(rows[0]!['id'] as string);
    const measured = async () =>
      (
        await world.database.admin(
          'select from threadkeep.conversation where user_id = $1 and message_bytes = 0',
          [userId],
        )
      ).rowCount === 1;
    await eventually(measured);
  });
});

describe('a user of many', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ QUOTA_CONVERSATIONS: '100000', DB_STATEMENT_TIMEOUT: '10' });
  });
  afterAll(() => app.close());

  it('100,000 conversations are counted by one statement at a time, however many ask', async () => {
    const { id } = (await app.service.post('/v1/users', { externalId: 'hoarder' }).expect(201))
      .body as { id: string };
    const hoarder = app.actingFor('hoarder');
    await app.database.admin(
      `insert into threadkeep.conversation (user_id, id, last_seq, message_bytes) select $1, gen_random_uuid(), 2, 10 from generate_series(1, 99999)`,
      [id],
    );
    await app.database.admin('analyze threadkeep.conversation');
    const recorder = new StatementRecorder();
    try {
      expect(await usageOf(hoarder)).toMatchObject({
        conversations: 99_999,
        messages: 199_998,
        messageBytes: 999_990,
      });
      recorder.sent.length = 0;
      const quotas = app.app.get(Quotas);
      const usages = await app.app
        .get(RequestContexts)
        .runAsUser(id, () => Promise.all(Array.from({ length: 20 }, () => quotas.usage())));
      expect(usages.map((usage) => usage[0]!.used)).toEqual(Array(20).fill(99_999));
      expect(recorder.sent.filter(({ text }) => text.includes('sum(last_seq)')).length).toBe(1);
    } finally {
      recorder.stop();
    }
    await hoarder.post('/v1/conversations').expect(201);
    expectProblem(await hoarder.post('/v1/conversations'), 507, 'quota.reached');
  });
});

/** Where the rows of each table of a user are counted, or what bounds them otherwise. */
const COUNTED: Record<string, string> = {
  agent_config: 'configVersions: each has a version',
  agent_config_move: 'configVersions',
  agent_config_override: 'configVersions',
  agent_config_version: 'configVersions',
  account: 'one a user',
  api_key: 'keys',
  audit_event: 'one for each reading of a secret',
  checkpoint: 'checkpoints',
  checkpoint_value: 'checkpointBytes',
  checkpoint_write: 'checkpointBytes',
  deleted_import: '32 bytes for each conversation or memory that was deleted',
  context_manifest: 'manifests',
  conversation: 'conversations',
  data_key: 'one a user and key of the vault',
  event: 'plans',
  idempotency_key: 'answerBytes',
  idempotency_subject: 'a fixed number for each answer',
  job: 'one a kind of work',
  mcp_server: 'a fixed number',
  mailed_secret: 'one a user and purpose',
  memory: 'memoryVersions',
  memory_embedding: 'memories: one of each',
  memory_head: 'one a user',
  memory_source: 'a fixed number for each version',
  merge_undo: 'one for each merge, which an administrator asks for',
  merge_undo_part: 'a thousandth of the rows that a merge moved',
  message: 'messages',
  message_embedding: 'messages: one of each',
  message_embedding_head: 'conversations: one of each',
  message_draft: 'messageBytes, and a fixed number for each conversation',
  message_piece: 'messageBytes, and a fixed number for each draft',
  message_search: 'messages: one of each',
  model_call: 'modelCalls',
  model_key: 'one a user and configured provider',
  store_item: 'storeItems',
  summary: 'messages',
  task: 'plans',
  turn: 'messages: one of each',
  user_session: 'a hundred a user',
  webhook: 'a fixed number',
  webhook_delivery: 'a fixed number for each write, for ten days at most',
};

describe('every table of a user', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is counted in a quota, or bounded otherwise', async () => {
    const { rows } = await database.admin(`
      select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'user_id' and not a.attisdropped
       where c.relnamespace = 'threadkeep'::regnamespace and c.relkind = 'r' order by 1`);
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(COUNTED).sort());
  });
});

it('a count that fails is not the end of writes far from the limits', async () => {
  const app = await createTestApp();
  try {
    await app.database.admin('alter table threadkeep.summary rename to summary_away');
    const ada = app.actingFor('ada');
    await ada.post('/v1/conversations').expect(201);
    await ada.post('/v1/conversations').expect(201);
  } finally {
    await app.close();
  }
});
