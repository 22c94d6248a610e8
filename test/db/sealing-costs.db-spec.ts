// How many rows the job that seals messages reads, whatever is sealed already.
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MessageSealingRepository } from '../../src/conversations/sealing/sealing.repository.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { SLICE_ROWS } from '../../src/platform/vault/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { withClient } from '../support/database.js';
import { explainAs } from '../support/explain.js';
import { runJob } from '../support/run-job.js';

const BATCH_ROWS = 100;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const SEALED = 2 * SLICE_ROWS + 500;
const PLAIN = 500;

/** Messages in the order of their ids: sealed ones first. */
const ADD_MESSAGES = `
  insert into threadkeep.message (user_id, conversation_id, id, seq, token_count, content_is_json, role, content)
  select $1, $2, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, n, 1, false, 'user',
    case when n <= ${SEALED} then ':sealed:1:AQ' || repeat('A', 52) else 'Say ' || n end
    from generate_series(1, ${SEALED + PLAIN}) n`;

describe('the job that seals messages', () => {
  let app: TestApp;
  let userId: string;
  beforeAll(async () => {
    app = await createTestApp({ SEAL_MESSAGES: 'true', JOB_CONCURRENCY: '0' });
    const ada = app.actingFor('ada');
    const { body } = await ada.post('/v1/conversations', {}).expect(201);
    userId = (await ada.get('/v1/users/me').expect(200)).body.id as string;
    await app.database.admin(ADD_MESSAGES, [userId, body.id]);
    await app.database.admin('analyze threadkeep.message');
  });
  afterAll(() => app.close());
  afterEach(() => void jest.restoreAllMocks());

  const plainIds = async (): Promise<string[]> =>
    (
      await app.database.admin(
        `select id from threadkeep.message where content like 'Say%' order by id`,
      )
    ).rows.map(({ id }) => id as string);

  /** Runs the job, and returns its reads of messages. */
  async function readsOf(steps: number, payload: object) {
    const read = jest.spyOn(app.app.get(ScopedDatabase), 'read');
    const kept = await runJob(app, 'message.seal', steps, payload);
    const reads = read.mock.calls.filter(([query]) => /threadkeep\.message\s/.test(query.text));
    return { kept, reads };
  }

  it('seals titles and summaries before messages', async () => {
    const ada = app.actingFor('ada');
    const { body } = await ada.post('/v1/conversations', {}).expect(201);
    await ada
      .post(`/v1/conversations/${body.id}/messages`, { role: 'user', content: 'Hello' })
      .expect(201);
    await ada
      .post(`/v1/conversations/${body.id}/summaries`, { toSeq: 1, content: 'Plain' })
      .expect(201);
    await app.database.admin(`update threadkeep.conversation set title = 'Plain'`);
    await app.database.admin(`update threadkeep.summary set content = 'Plain'`);
    const texts = 2;
    await runJob(app, 'message.seal', texts);
    expect(await plainIds()).toHaveLength(PLAIN);
    const { rows } = await app.database.admin(
      'select title from threadkeep.conversation union all select content from threadkeep.summary',
    );
    expect(rows).toHaveLength(3);
    for (const { title } of rows) expect(title).toMatch(/^:sealed:1:/);
  });

  it('goes on after a crash behind what it has sealed, and no read passes more rows than a slice', async () => {
    const first = await plainIds();
    const steps = 4;
    const { kept } = await readsOf(steps, {});
    const left = await plainIds();
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(PLAIN);
    jest.restoreAllMocks();
    const { reads } = await readsOf(Infinity, kept);
    const done = first.filter((id) => !left.includes(id)).at(-1);
    expect(reads[0]![1].slice(0, 2)).toEqual([userId, done]);
    expect(await plainIds()).toEqual([]);

    const all = await readsOf(Infinity, {});
    await withClient(app.database.adminUrl, async (client) => {
      for (const [query, values] of [...reads, ...all.reads]) {
        const { rows } = await explainAs(client, userId, query.text, values);
        expect(rows).toBeLessThanOrEqual(SLICE_ROWS + BATCH_ROWS);
      }
    });
  });

  it('is stopped by no value that is too large when it is sealed', async () => {
    const { rows } = await app.database.admin('select id from threadkeep.conversation limit 1');
    // A number of 4 characters, which PostgreSQL writes with 309.
    const large = `{"a":[${Array.from({ length: 21_000 }, () => '1e308').join(',')}]}`;
    const metadata = [large, '{"b":1}'];
    for (const [i, text] of metadata.entries())
      await app.database.admin(
        `insert into threadkeep.message_draft
           (user_id, conversation_id, seq, message_id, bytes, lease_expires_at, metadata)
         values ($1, $2, $3, gen_random_uuid(), 0, now() + interval '1 hour', $4)`,
        [userId, rows[0]!['id'], i + 1, text],
      );
    await runJob(app, 'message.seal');
    const drafts = await app.database.admin(
      `select jsonb_typeof(metadata) as form from threadkeep.message_draft order by seq`,
    );
    expect(drafts.rows).toEqual([{ form: 'object' }, { form: 'string' }]);
  });
});

describe('a batch of the job that seals messages', () => {
  it('has so many rows as their contents and metadata have bytes', async () => {
    const app = await createTestApp({ JOB_CONCURRENCY: '0' });
    try {
      const ada = app.actingFor('ada');
      const { body } = await ada.post('/v1/conversations', {}).expect(201);
      const userId = (await ada.get('/v1/users/me').expect(200)).body.id as string;
      await app.database.admin(
        `insert into threadkeep.message
           (user_id, conversation_id, id, seq, token_count, content_is_json, role, content, metadata)
         select $1, $2, gen_random_uuid(), n, 1, false, 'user', 'Say ' || n,
           jsonb_build_object('a', repeat(chr(1), 1000000)) from generate_series(1, 4) n`,
        [userId, body.id],
      );
      const batch = await app.app
        .get(ScopedDatabase)
        .runAsSystem('test a batch', () =>
          app.app
            .get(MessageSealingRepository)
            .messages(true, [BEFORE_ALL, BEFORE_ALL], null, BATCH_ROWS),
        );
      // Each has 6 MB as JSON.
      expect(batch).toHaveLength(2);
    } finally {
      await app.close();
    }
  });
});
