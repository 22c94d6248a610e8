// A real process with a small heap, and users whose rows are as large as they may be: it lives, and answers others meanwhile.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Started } from '../support/processes.js';
import { Wire } from '../support/wire.js';

/** Megabytes of old space: 100 messages of 4 MB have as much. */
const HEAP_MB = 384;
/** Megabytes that the process may take over what it had before. */
const GROWTH_MB = 250;
/** Milliseconds of event loop that a probe may wait, on a busy machine. */
const WAIT_MS = 5_000;
const KEY = `tk_${randomBytes(32).toString('base64url')}`;

let database: TestDatabase;
let started: Started;
let wire: Wire;
beforeAll(async () => {
  database = await createTestDatabase();
  started = Started.run({
    DATABASE_URL: database.adminUrl,
    BOOTSTRAP_API_KEY: KEY,
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
    MEMORY_INDEX_MB: '4',
    JOB_CONCURRENCY: '0',
  });
  wire = new Wire(await started.url(), 50);
});
afterAll(async () => {
  wire?.close();
  await started?.kill('SIGTERM');
  await database?.drop();
});

const as = (user: string) => ({ authorization: `Bearer ${KEY}`, 'threadkeep-user': user });
const residentMb = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${started.child.pid}/status`, 'utf8'))![1]) /
  1_024;

/** Does the work beside probes of /health/live. @returns the longest wait of a probe, and by how many megabytes the process has grown */
async function beside(work: () => Promise<void>): Promise<{ waitMs: number; grownMb: number }> {
  const before = residentMb();
  let [isOver, waitMs, mostMb] = [false, 0, before];
  const probing = (async () => {
    while (!isOver) {
      const began = performance.now();
      await wire.json('GET', '/health/live', {});
      waitMs = Math.max(waitMs, performance.now() - began);
      mostMb = Math.max(mostMb, residentMb());
    }
  })();
  await work().finally(() => (isOver = true));
  await probing;
  return { waitMs, grownMb: mostMb - before };
}

/** As the owner of the tables, who is a superuser here: what 50 requests of 8 MB would write. */
async function fill(user: string, insert: (userId: string) => string): Promise<void> {
  const { text } = await wire.json(
    'POST',
    '/v1/users',
    { authorization: `Bearer ${KEY}` },
    { externalId: user },
  );
  await database.admin(insert((JSON.parse(text) as { id: string }).id));
}

describe('a process with a small heap', () => {
  it('answers four pages of the largest messages at once, page after page, and searches them', async () => {
    const talk = '00000000-0000-7000-8000-0000000000aa';
    await fill(
      'writer',
      (id) => `
      with c as (insert into threadkeep.conversation (user_id, id, last_seq) values ('${id}', '${talk}', 100) returning user_id, id)
      insert into threadkeep.message (user_id, conversation_id, id, seq, token_count, content_is_json, role, content)
      select c.user_id, c.id, gen_random_uuid(), n, 1, false, 'user', 'walrus ' || repeat('a', 3900000) from c, generate_series(1, 100) n`,
    );
    const seen: number[] = [];
    const found: unknown[] = [];
    const cost = await beside(async () => {
      const pages = await Promise.all(
        Array.from({ length: 4 }, () =>
          wire.json('GET', `/v1/conversations/${talk}/messages?limit=100`, as('writer')),
        ),
      );
      for (const { status, text } of pages) {
        expect(status).toBe(200);
        seen.push(...(JSON.parse(text) as { data: { seq: number }[] }).data.map(({ seq }) => seq));
      }
      for (const path of ['/v1/messages/search?q=walrus&limit=100', '/v1/memories/search']) {
        const search = path.includes('memories')
          ? await wire.json('POST', path, as('writer'), {
              query: 'walrus',
              in: ['messages'],
              limit: 100,
            })
          : await wire.json('GET', path, as('writer'));
        found.push([search.status, (JSON.parse(search.text) as { complete?: boolean }).complete]);
      }
    });
    expect(new Set(seen)).toEqual(new Set([100, 99]));
    expect(found[1]).toEqual([200, false]);
    expect(started.ended).toBe(false);
    expect(cost.grownMb).toBeLessThan(GROWTH_MB);
    expect(cost.waitMs).toBeLessThan(WAIT_MS);
  });

  it('searches the memories of a user whose index does not fit, now and in the past, beside others', async () => {
    await fill(
      'teller',
      (id) => `
      with h as (insert into threadkeep.memory_head (user_id, revision, moment, purged, embedded, embedded_to) values ('${id}', 1, now(), 0, 0, 0) returning user_id)
      insert into threadkeep.memory (user_id, id, recorded_at, created_at, importance, version, revision, strength, has_sources, action, kind, actor, content, tags)
      select h.user_id, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, now(), now(), 0.5, 1, 1, 1, false, 'create', 'fact', 'test',
             'fact' || n || 'x ' || (select string_agg(md5(n || ' ' || i), ' ') from generate_series(1, 100) i), '{}'
        from h, generate_series(1, 4000) n`,
    );
    const answers: unknown[] = [];
    const cost = await beside(async () => {
      const ask = (past: string) =>
        wire.json('GET', `/v1/memories/search?q=fact77x&limit=1${past}`, as('teller'));
      for (const { status, text } of await Promise.all(
        ['', '', '&asOf=1', '&asOf=1', ''].map(ask),
      )) {
        const { data, searchedBy } = JSON.parse(text) as {
          data: { memory: { content: string } }[];
          searchedBy: string;
        };
        answers.push([status, data[0]?.memory.content.split(' ')[0], searchedBy]);
      }
    });
    expect(answers).toEqual(Array.from({ length: 5 }, () => [200, 'fact77x', 'database']));
    expect(cost.grownMb).toBeLessThan(GROWTH_MB);
    expect(cost.waitMs).toBeLessThan(WAIT_MS);
  });
});
