// What a context asks PostgreSQL: how many statements and round trips, and how many rows, whatever
// the number of the user's memories.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import {
  ContextRepository,
  type ConversationState,
} from '../../src/context-window/context.repository.js';
import { ContextMemoryRepository } from '../../src/memory/context/context-memory.repository.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { type Sent, StatementRecorder } from '../support/statements.js';
import { chat, system, Talk, user } from '../support/talks.js';
import { withClient } from '../support/database.js';

const MEMORIES = 20_000;

/** Current memories, of which every second one has all times, in the past and in the future. */
const ADD_MEMORIES = `
  with head as (
    update threadkeep.memory_head set revision = revision + 1 where user_id = $1 returning revision)
  insert into threadkeep.memory (user_id, id, version, revision, recorded_at, created_at, action, actor, strength, kind, importance, tags, content, has_sources,
                                 valid_from, valid_to, expires_at)
  select $1, gen_random_uuid(), 1, head.revision, now(), now(), 'create', 'test', 1, 'fact', 0.5, '{}', 'Knows the road ' || n, false,
         case when n % 2 = 0 then now() - n * interval '1 minute' end,
         case when n % 2 = 0 then now() + (n - ${MEMORIES / 2}) * interval '1 minute' + interval '30 days' end,
         case when n % 2 = 0 then now() + (n - ${MEMORIES / 2}) * interval '1 minute' end
    from generate_series(1, ${MEMORIES}) n, head`;

let app: TestApp;
let ada: Caller;
let userId: string;
let talk: Talk;
beforeAll(async () => {
  app = await createTestApp({ DB_TRANSACTION_POOLER: 'false' });
  ada = app.actingFor('ada');
  await ada.post('/v1/memories', { content: 'Likes tea' }).expect(201);
  userId = (await ada.get('/v1/users/me').expect(200)).body.id as string;
  talk = await Talk.start(ada, [...chat(20), user('What tea do I like?')]);
});
afterAll(() => app.close());

let questions = 0;
/** A context that is not in the cache. */
const ask = () => talk.context({ budgetTokens: 4_000, query: `tea ${'o'.repeat(++questions)}` });

/** Statements on tables of the user. */
async function statementsOf(build: () => Promise<unknown>): Promise<Sent[]> {
  const recorder = new StatementRecorder();
  try {
    await build();
  } finally {
    recorder.stop();
  }
  return recorder.sent;
}

/**
 * Transactions of one of three builds, each of them one round trip: the least, because what the service
 * does beside a request may run while one of them does.
 */
async function roundTripsOf(build: () => Promise<unknown>): Promise<number> {
  const query = jest.spyOn(pg.Client.prototype, 'query');
  const counts: number[] = [];
  try {
    for (let n = 0; n < 3; n++) {
      query.mockClear();
      await build();
      counts.push(query.mock.calls.filter(([sent]) => beginsTransaction(sent)).length);
    }
    return Math.min(...counts);
  } finally {
    query.mockRestore();
  }
}

function beginsTransaction(sent: unknown): boolean {
  const { works, text = '' } = sent as { works?: unknown[]; text?: string };
  return works !== undefined || text.startsWith('begin');
}

describe('an uncached context', () => {
  it('in a running conversation is six statements in two round trips, with one memory and with many', async () => {
    const asked = async () => {
      // Each connection prepares its statements.
      for (let n = 0; n < 10; n++) await ask();
      return [(await statementsOf(ask)).length, await roundTripsOf(ask)];
    };
    expect(await asked()).toEqual([6, 2]);
    await withClient(app.database.adminUrl, async (client) => {
      await client.query(ADD_MEMORIES, [userId]);
      await client.query('analyze threadkeep.memory');
    });
    // An index that has just changed is brought up to date before a search.
    await ask();
    await sleep(1_100);
    expect(await asked()).toEqual([6, 2]);
  });

  it('without a question reads the last message of the user and important memories in the same round trip', async () => {
    let limit = 50;
    const unasked = () => talk.context({ budgetTokens: 4_000, memories: { limit: --limit } });
    for (let n = 0; n < 10; n++) await unasked();
    expect([(await statementsOf(unasked)).length, await roundTripsOf(unasked)]).toEqual([7, 3]);
  });

  it('of a user without memories and blocks does not ask for any', async () => {
    const bea = app.actingFor('bea');
    const other = await Talk.start(bea, chat(4));
    let budgetTokens = 4_000;
    const unasked = () => other.context({ budgetTokens: --budgetTokens });
    for (let n = 0; n < 10; n++) await unasked();
    expect([(await statementsOf(unasked)).length, await roundTripsOf(unasked)]).toEqual([4, 2]);
  });

  it('reads a few rows for the state of many memories', async () => {
    const { query } = app.app.get(ContextMemoryRepository).stateRead;
    const plan = await app.app.get(RequestContexts).runAsUser(userId, () =>
      app.app.get(ScopedDatabase).transaction(async () => {
        await app.app
          .get(ScopedDatabase)
          .manager.query(`prepare memory_state (uuid) as ${query.text}`);
        const [row] = await app.app
          .get(ScopedDatabase)
          .manager.query<{ 'QUERY PLAN': { Plan: Node }[] }[]>(
            `explain (analyze, buffers, format json) execute memory_state ('${userId}')`,
          );
        return row!['QUERY PLAN'][0]!.Plan;
      }),
    );
    const rows = nodesOf(plan)
      .filter((node) => /Scan/.test(node['Node Type']))
      .reduce((sum, node) => sum + node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0), 0);
    expect(rows).toBeLessThanOrEqual(6);
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThanOrEqual(8 * 5);
  });
});

describe('a window of a conversation without kept messages and summaries', () => {
  it('has a message that was pinned, and a summary, since its state was read', async () => {
    const rows = app.app.get(ContextRepository);
    const asAda = <T>(work: () => Promise<T>) =>
      app.app.get(RequestContexts).runAsUser(userId, work);
    const plain = await Talk.start(ada, chat(20));
    const read = async () => (await asAda(() => rows.readState(plain.id, []))).state!;
    const windowAt = (state: ConversationState) =>
      asAda(async () => {
        const read = rows.windowRead(plain.id, state, {
          messages: 10,
          tokens: 1_000,
          bytes: 1_000_000,
          largestContent: 1_000_000,
        });
        const [found] = await rows.readAll([read]);
        return (await rows.toWindow(found!, read, state))!;
      });
    const before = await read();
    expect([before.hasKept, before.contextVersion]).toEqual([false, 0]);
    expect(await windowAt(before)).toMatchObject({ lastSeq: 20, kept: [], summaries: [] });
    await plain.summary(5, 'They talked.');
    expect((await windowAt(before)).summaries).toHaveLength(1);
    const summarised = await read();
    await plain.say({ ...user('Keep this'), metadata: { pinned: true } });
    expect(await windowAt({ ...before, lastSeq: 20 })).toMatchObject({ kept: [{ seq: 21 }] });
    expect(summarised).toMatchObject({ hasKept: false, contextVersion: 1 });
    expect(await read()).toMatchObject({ hasKept: true, lastSeq: 21 });
  });

  it('knows system messages as kept', async () => {
    const { id } = await Talk.start(ada, [system('Be kind.'), user('Hello')]);
    const rows = app.app.get(ContextRepository);
    const { state } = await app.app
      .get(RequestContexts)
      .runAsUser(userId, () => rows.readState(id, []));
    expect(state).toMatchObject({ hasKept: true });
  });
});

interface Node {
  'Node Type': string;
  'Actual Rows': number;
  'Rows Removed by Filter'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Node[];
}
const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
