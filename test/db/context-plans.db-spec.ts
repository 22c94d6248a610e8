// A context costs PostgreSQL as many rows as its window may hold, whatever the length of the
// conversation and the size of the user.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  ANY_CONTENT,
  ContextRepository,
  type ConversationState,
} from '../../src/context-window/context.repository.js';
import { ContextPaths } from '../../src/context-window/context-paths.repository.js';
import { MessagePath } from '../../src/conversations/index.js';
import type { Read } from '../../src/platform/database/index.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { createTestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase, testRoles } from '../support/database.js';
import { type Cost, explainAs } from '../support/explain.js';
import { type Sent, StatementRecorder } from '../support/statements.js';

const ADA = '00000000-0000-7000-8000-00000000ada0';
const SOMEBODY = '00000000-0000-7000-9000-000000000001';
const talk = (n: number) => `00000000-0000-7000-8000-00000000c0${n}0`;
const LONGEST = 100_000;
/** More bytes than any window here has. */
const MAX_BYTES = 16_777_216;
const TALKS = { short: talk(1), long: talk(2), notes: talk(3), pins: talk(4) };

/** Ada has most of the messages, in four conversations; a thousand other users have thirty each. */
const messages = (
  user: string,
  conversation: string,
  count: number,
  role = `case when seq % 2 = 0 then 'user' else 'assistant' end`,
  metadata = 'null',
) => `
  insert into threadkeep.message (user_id, conversation_id, id, seq, token_count, content_is_json, role, content, metadata)
  select ${user}, ${conversation}, gen_random_uuid(), seq, 40, false, ${role}, repeat('and so on ', 16), ${metadata}
    from generate_series(1, ${count}) seq`;
const SEED = [
  `insert into threadkeep.conversation (user_id, id, last_seq)
   select '${ADA}', id::uuid, last_seq from (values ('${TALKS.short}', 100), ('${TALKS.long}', ${LONGEST}), ('${TALKS.notes}', ${LONGEST}), ('${TALKS.pins}', 20000)) v (id, last_seq)`,
  `insert into threadkeep.conversation (user_id, id) select '${ADA}', gen_random_uuid() from generate_series(1, 20000)`,
  messages(`'${ADA}'`, `'${TALKS.short}'`, 100),
  messages(`'${ADA}'`, `'${TALKS.long}'`, LONGEST),
  messages(
    `'${ADA}'`,
    `'${TALKS.notes}'`,
    LONGEST,
    `case when seq % 2 = 0 then 'user' else 'system' end`,
  ),
  messages(
    `'${ADA}'`,
    `'${TALKS.pins}'`,
    20_000,
    `'user'`,
    `case when seq % 2 = 0 then '{"pinned": true}'::jsonb else '{"pinned": false}' end`,
  ),
  messages(
    `('00000000-0000-7000-9000-' || lpad((seq % 1000)::text, 12, '0'))::uuid`,
    `'${TALKS.short}'`,
    30_000,
  ),
  `insert into threadkeep.summary (user_id, id, conversation_id, from_seq, to_seq, token_count, compact, content)
   select '${ADA}', gen_random_uuid(), '${TALKS.long}', 1, n, 40, n <= 5, repeat('in short ', 16) from generate_series(1, 20000) n`,
  'analyze threadkeep.conversation, threadkeep.message, threadkeep.summary',
];

/** States that decide which parts of a window are read. */
const WITH_ALL: ConversationState = {
  lastSeq: 0,
  headSeq: null,
  contextVersion: 1,
  createdAt: '',
  agentRevision: null,
  agentOverrides: null,
  hasKept: true,
};
const WITHOUT_KEPT: ConversationState = { ...WITH_ALL, contextVersion: 0, hasKept: false };

let database: TestDatabase;
let client: pg.Client;
let window: Sent;
let lightWindow: Sent;
let others: Sent[];
let pathWindow: (id: string, path: MessagePath, messages: number) => Read;
beforeAll(async () => {
  database = await createTestDatabase();
  await recordStatements();
  client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query('set session_replication_role = replica');
  for (const text of SEED) await client.query(text);
  await client.query(`set role ${testRoles().app}; set plan_cache_mode = force_custom_plan`);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** The repository's statements, with values to replace. */
async function recordStatements(): Promise<void> {
  const app = await createTestApp({}, database);
  const recorder = new StatementRecorder();
  const rows = app.app.get(ContextRepository);
  await app.app.get(RequestContexts).runAsUser(ADA, async () => {
    const size = { messages: 1, tokens: 1, bytes: 1_000_000, largestContent: 1_000_000 };
    await rows.readAll([rows.windowRead(TALKS.short, WITH_ALL, size)]);
    await rows.readAll([rows.windowRead(TALKS.short, WITHOUT_KEPT, size)]);
    await rows.readState(TALKS.short, []);
    await rows.listBefore(TALKS.short, 1, 1, size);
    await rows.listBySeq(TALKS.short, [1]);
  });
  const paths = app.app.get(ContextPaths);
  pathWindow = (id, path, messages) =>
    paths.windowRead(id, path, {
      messages,
      tokens: messages * 100,
      bytes: MAX_BYTES,
      largestContent: ANY_CONTENT,
    });
  recorder.stop();
  await app.close();
  [window, lightWindow, ...others] = recorder.sent.filter(({ text }) =>
    /threadkeep\.(message|conversation)\b/.test(text),
  ) as [Sent, Sent, ...Sent[]];
}

const explain = (text: string, values: unknown[], user = ADA): Promise<Cost> =>
  explainAs(client, user, text, values);

const windowOf = (
  id: string,
  look: number,
  { user = ADA, tokens = look * 100, text = window.text } = {},
) => explain(text, [user, id, look, tokens, 2_147_483_647, MAX_BYTES, ANY_CONTENT], user);

/**
 * Rows that may be read besides the newest messages: system and pinned messages, summaries, and the
 * conversation itself.
 */
const BESIDES = 50 + 100 + 100 + 20 + 20 + 1;
/** Each row may lie in a block of its own, and each scan descends its index. */
const blocksFor = (rows: number) => rows + 7 * 6;

describe.each(Object.entries(TALKS))(
  'plan of the context window for a user with most of the table (%s)',
  (name, id) => {
    it.each([50, 2_000])(
      'the window statement reads only the rows and blocks it needs for the newest %d messages',
      async (look) => {
        const { rows, blocks, faults } = await windowOf(id, look);
        expect(faults).toEqual([]);
        expect(rows).toBeLessThanOrEqual(look + BESIDES);
        expect(blocks).toBeLessThanOrEqual(blocksFor(look + BESIDES));
      },
    );

    it('the window statement reads the newest messages by number, and kept ones by their own indexes', async () => {
      const { indexes } = await windowOf(id, 50);
      // A short conversation is read whole anyway.
      if (name === 'short') expect(indexes).toContain('message__pk');
      else
        expect(indexes).toEqual(
          expect.arrayContaining(['message__pk', 'message__system', 'message__pinned']),
        );
    });
  },
);

describe('costs of the context window', () => {
  it('a window of 100,000 messages costs what one of a hundred costs', async () => {
    const [short, long] = [await windowOf(TALKS.short, 50), await windowOf(TALKS.long, 50)];
    // The long conversation has summaries and deeper indexes.
    expect(long.rows - short.rows).toBeLessThanOrEqual(2 * 20);
    expect(long.blocks - short.blocks).toBeLessThanOrEqual(2 * 20 + 7 * 3);
  });

  it('the window statement reads no content of messages that the budget cannot hold', async () => {
    const { rows } = await client.query<{ kind: string }>(window.text, [
      ADA,
      TALKS.long,
      2_000,
      440,
      2_147_483_647,
      MAX_BYTES,
      ANY_CONTENT,
    ]);
    expect(rows.filter(({ kind }) => kind === 'newest')).toHaveLength(10);
  });

  it('the generic plan of the window statement is as good, also for a small user', async () => {
    await client.query('set plan_cache_mode = force_generic_plan');
    await client.query(
      `prepare context_window (uuid, uuid, integer, integer, integer, bigint, integer) as ${window.text}`,
    );
    for (const id of Object.values(TALKS)) {
      const { faults, rows, blocks } = await explain(
        `execute context_window ('${ADA}', '${id}', 50, 5000, 2147483647, ${MAX_BYTES}, ${ANY_CONTENT})`,
        [],
      );
      expect(faults).toEqual([]);
      expect(rows).toBeLessThanOrEqual(50 + BESIDES);
      expect(blocks).toBeLessThanOrEqual(blocksFor(50 + BESIDES));
    }
    await client.query('deallocate context_window; set plan_cache_mode = force_custom_plan');
    expect((await windowOf(TALKS.short, 50, { user: SOMEBODY })).faults).toEqual([]);
  });

  it('the light window statement reads the newest messages and the conversation alone', async () => {
    const { rows, indexes, faults } = await windowOf(TALKS.long, 50, { text: lightWindow.text });
    expect(faults).toEqual([]);
    expect(rows).toBeLessThanOrEqual(50 + 1);
    expect([...new Set(indexes)].sort()).toEqual(['conversation__pk', 'message__pk']);
  });

  it('the window statement reads nothing for a user without the conversation', async () => {
    expect(await windowOf(TALKS.long, 2_000, { user: SOMEBODY })).toMatchObject({
      faults: [],
      rows: 0,
    });
  });
});

/** Of each hundred messages, one in four is on another branch. */
const BRANCHED = new MessagePath(
  Array.from({ length: LONGEST / 100 }, (_, i) => ({ from: i * 100 + 1, to: i * 100 + 75 })),
);

/** Three kinds of kept messages and two of summaries, 500 rows of each. */
const LOOKED_AT = 5 * 500 + 1;

describe('the window of a path', () => {
  it.each([TALKS.long, TALKS.notes])(
    'reads the newest messages of its last spans alone, and kept ones by their own indexes (%s)',
    async (id) => {
      const { query, values } = pathWindow(id, BRANCHED, 200);
      const { rows, blocks, indexes, faults } = await explain(query.text, [ADA, ...values]);
      expect(faults).toEqual([]);
      expect(indexes).toEqual(
        expect.arrayContaining(['message__pk', 'message__system', 'message__pinned']),
      );
      // Of kept messages and summaries, those of other branches are passed over.
      expect(rows).toBeLessThanOrEqual(200 + LOOKED_AT);
      expect(blocks).toBeLessThanOrEqual(blocksFor(200 + LOOKED_AT));
    },
  );
});

describe('other statements of a context', () => {
  it('the state of a conversation is a few rows, in a conversation of any length', async () => {
    for (const id of Object.values(TALKS)) {
      const { rows, blocks, faults } = await explain(others[0]!.text, [ADA, id]);
      expect(faults).toEqual([]);
      expect(rows).toBeLessThanOrEqual(3);
      expect(blocks).toBeLessThanOrEqual(4 * 6);
    }
  });

  it('other statements of a context read only their own rows, in a conversation of any length', async () => {
    const asked: unknown[][] = [
      [ADA, TALKS.long],
      [ADA, TALKS.long, 200, 100_000, 50_000, MAX_BYTES, ANY_CONTENT],
      [ADA, TALKS.long, Array.from({ length: 200 }, (_, i) => 60_000 + i)],
    ];
    expect(others).toHaveLength(asked.length);
    for (const [i, { text }] of others.entries()) {
      const { rows, blocks, faults } = await explain(text, asked[i]!);
      expect(faults).toEqual([]);
      expect(rows).toBeLessThanOrEqual(200);
      // PostgreSQL may look up each number of a list by itself.
      expect(blocks).toBeLessThanOrEqual(200 * 5);
    }
  });
});
