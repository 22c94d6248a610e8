// A page of a conversation with branches costs about what a page of a plain one costs, and an append to a plain one costs what it did.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { MessagesRepository } from '../../src/conversations/index.js';
import { MessagePath } from '../../src/conversations/messages/tree/message-path.js';
import { MessageTree } from '../../src/conversations/messages/tree/message-tree.js';
import { MessageTreesRepository } from '../../src/conversations/messages/tree/message-trees.repository.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { createTestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase, testRoles } from '../support/database.js';
import { type Cost, explainAs } from '../support/explain.js';
import { Seeded } from '../support/seeded.js';
import { type Sent, StatementRecorder } from '../support/statements.js';

const ADA = '00000000-0000-7000-8000-00000000ada0';
const talk = (n: number) => `00000000-0000-7000-8000-00000000c0${n}0`;
/** Plain; with 200 branches; every answer given twice; two branches written in turn. */
const TALKS = { plain: talk(1), branched: talk(2), doubled: talk(3), alternating: talk(4) };
const LENGTH = 10_000;
const PAGE = 20;

/** Starts of branches and their parents. */
type Branches = [starts: number[], parents: number[]];

function randomBranches(): Branches {
  const random = new Seeded(7);
  const starts = Array.from({ length: 200 }, (_, i) => 50 * (i + 1));
  return [starts, starts.map((start) => Math.max(1, start - 2 - random.integer(40)))];
}
const thirds = Array.from({ length: Math.floor(LENGTH / 3) }, (_, i) => 3 * (i + 1));
const SHAPES: Record<keyof typeof TALKS, Branches> = {
  plain: [[], []],
  branched: randomBranches(),
  doubled: [thirds, thirds.map((start) => start - 2)],
  alternating: [
    Array.from({ length: LENGTH - 2 }, (_, i) => i + 3),
    Array.from({ length: LENGTH - 2 }, (_, i) => i + 1),
  ],
};

let database: TestDatabase;
let client: pg.Client;
let sent: Record<'range' | 'shape' | 'page' | 'appendOne' | 'append', Sent>;
beforeAll(async () => {
  database = await createTestDatabase();
  sent = await recordStatements();
  client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query('set session_replication_role = replica');
  await client.query(
    `insert into threadkeep.conversation (user_id, id)
       select $1, gen_random_uuid() from generate_series(1, 20000)`,
    [ADA],
  );
  for (const [name, id] of Object.entries(TALKS)) {
    const [starts, parents] = SHAPES[name as keyof typeof TALKS];
    await client.query(
      `insert into threadkeep.conversation (user_id, id, last_seq, head_seq) values ($1, $2, $3, $4)`,
      [ADA, id, LENGTH, starts.length > 0 ? LENGTH : null],
    );
    await client.query(
      `insert into threadkeep.message (user_id, conversation_id, id, seq, parent_seq, token_count, content_is_json, role, content)
       select $1, $2, gen_random_uuid(), seq, b.parent, 40, false, 'user', repeat('and so on ', 16)
         from generate_series(1, $3::integer) seq
         left join unnest($4::integer[], $5::integer[]) b (start, parent) on b.start = seq`,
      [ADA, id, LENGTH, starts, parents],
    );
  }
  await client.query('vacuum analyze threadkeep.conversation');
  await client.query('vacuum analyze threadkeep.message');
  await client.query(`set role ${testRoles().app}; set plan_cache_mode = force_generic_plan`);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function recordStatements() {
  const app = await createTestApp({}, database);
  const recorder = new StatementRecorder();
  const [messages, trees] = [app.app.get(MessagesRepository), app.app.get(MessageTreesRepository)];
  const id = TALKS.plain;
  const message = {
    ...({ role: 'user', content: 'a', metadata: null, tokenCount: 1, bytes: 1 } as const),
    ...{ storedContent: 'a', storedMetadata: null },
  };
  const place = { expectedSeq: null, expectedHead: null, parentId: undefined, movesHead: true };
  await app.app.get(RequestContexts).runAsUser(ADA, async () => {
    await messages.list(id, { afterSeq: 0, beforeSeq: 9, order: 'desc' }, PAGE, 1_000_000);
    await trees.shape(id, null);
    await trees.page(id, new MessagePath([{ from: 1, to: 1 }]), 'desc', PAGE, 1_000_000);
    await messages.append(id, [message], null);
    await trees.append(id, [message], place);
  });
  recorder.stop();
  await app.close();
  const [range, shape, page, appendOne, append] = recorder.sent as [Sent, Sent, Sent, Sent, Sent];
  return { range, shape, page, appendOne, append };
}

const explain = (text: string, values: unknown[]): Promise<Cost> =>
  explainAs(client, ADA, text, values);

/** The costs of the latest page of a conversation, read as the service does. */
async function latestPage(name: keyof typeof TALKS): Promise<Cost> {
  const id = TALKS[name];
  if (name === 'plain')
    return explain(sent.range.text, [ADA, id, 0, 2_147_483_647, PAGE + 1, 1_000_000, false]);
  const tree = new MessageTree(...SHAPES[name], LENGTH);
  const path = new MessagePath(tree.pathTo(LENGTH)).last(PAGE + 1);
  return explain(sent.page.text, [ADA, id, ...path.bounds, PAGE + 1, 1_000_000]);
}

describe('the latest page of a conversation with branches', () => {
  it('costs what a page of a plain one costs, and a descent of the index for each span', async () => {
    const [plain, branched] = [await latestPage('plain'), await latestPage('branched')];
    expect([...plain.faults, ...branched.faults]).toEqual([]);
    expect(branched.rows).toBeLessThanOrEqual(PAGE + 1);
    const tree = new MessageTree(...SHAPES.branched, LENGTH);
    const { spans } = new MessagePath(tree.pathTo(LENGTH)).last(PAGE + 1);
    expect(branched.blocks).toBeLessThanOrEqual(plain.blocks + 4 * spans.length);
  });

  it.each(['doubled', 'alternating'] as const)(
    'reads its messages alone where each is in a branch of its own (%s)',
    async (name) => {
      const { rows, blocks, faults } = await latestPage(name);
      expect(faults).toEqual([]);
      // PostgreSQL gives the average of a loop, rounded.
      expect(rows).toBeLessThanOrEqual(1.5 * (PAGE + 1));
      // A descent of the index for each span.
      expect(blocks).toBeLessThanOrEqual((PAGE + 1) * 5);
    },
  );
});

describe('the shape of a conversation', () => {
  it('is read from its index, and not at all when it is known', async () => {
    const { rows, indexes, faults } = await explain(sent.shape.text, [
      ADA,
      TALKS.branched,
      null,
      null,
    ]);
    expect(faults).toEqual([]);
    expect(indexes.sort()).toEqual(['conversation__pk', 'message__branches']);
    expect(rows).toBe(201);
    const { rows: created } = await client.query(
      'select created_at from threadkeep.conversation where user_id = $1 and id = $2',
      [ADA, TALKS.branched],
    );
    const known = [ADA, TALKS.branched, LENGTH, created[0].created_at];
    expect((await explain(sent.shape.text, known)).rows).toBe(1);
    expect((await explain(sent.shape.text, [ADA, TALKS.plain, null, null])).rows).toBe(1);
  });
});

describe('an append', () => {
  it.each(['appendOne', 'append'] as const)('reads the conversation alone (%s)', async (name) => {
    const { text, values } = sent[name];
    for (const id of Object.values(TALKS)) {
      await client.query('begin');
      const given = values.map((value) => (value === TALKS.plain ? id : value));
      const { rows, faults } = await explain(text, given);
      expect(faults).toEqual([]);
      expect(rows).toBeLessThanOrEqual(4);
      await client.query('rollback');
    }
  });
});
