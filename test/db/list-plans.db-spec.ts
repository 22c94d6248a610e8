// How PostgreSQL answers the lists when there are many rows: through the user's part of an index, whatever is asked.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { summaryList } from '../../src/context-window/summaries/summary.list.js';
import { inConversation } from '../../src/conversations/index.js';
import { conversationList as list } from '../../src/conversations/conversation.list.js';
import { currentMemories, memoryList } from '../../src/memory/memory.list.js';
import { eventList } from '../../src/planner/events/event.list.js';
import { taskList } from '../../src/planner/tasks/task.list.js';
import { ListQueryPipe } from '../../src/platform/list/index.js';
import type { Condition } from '../../src/platform/list/index.js';
import type { AnyList } from '../../src/platform/list/list-definition.js';
import {
  fullSort,
  pageStatement,
  type Position,
  positionOf,
} from '../../src/platform/list/list-sql.js';
import { createTestDatabase, type TestDatabase, testRoles } from '../support/database.js';
import { type Filtered, filtersOf } from '../support/list-plan.js';
import { OWNERS } from '../support/lists.js';

const ROWS = 100_000;
const OTHERS = 1_000;

const SOMEBODY = '00000000-0000-7000-9000-000000000001';
/** The one filter that lists the living and the deleted together, in no index's order: who has half of the table reads it as a whole. */
const LIVING_AND_DELETED = 'filter[deletedAt][ne]';

/** Ada has every second conversation; a tenth are deleted. */
const CONVERSATIONS = `
  insert into threadkeep.conversation
    (user_id, id, title, status, tags, metadata, last_seq, forked_from_id, forked_from_seq, created_at, updated_at, deleted_at)
  select case when n % 2 = 0 then $1::uuid else ('00000000-0000-7000-9000-' || lpad((n / 2 % ${OTHERS})::text, 12, '0'))::uuid end,
         ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
         case when n % 7 = 0 then null else 'Title ' || md5(n::text) end,
         case when n % 5 = 0 then 'archived' else 'active' end,
         case when n % 3 = 0 then '{}' else array['tag ' || n % 50, 'common'] end,
         jsonb_build_object('n', n % 1000, 'deep', jsonb_build_object('m', n % 10)),
         n % 100,
         case when n % 20 = 0 then ('00000000-0000-7000-8000-' || lpad((n - 2)::text, 12, '0'))::uuid end,
         case when n % 20 = 0 then 1 end,
         timestamptz '2026-01-01' + n * interval '1 second',
         timestamptz '2026-02-01' + (n * 7919 % ${ROWS}) * interval '1 second',
         case when n % 10 = 9 or n % 10 = 8 and n % 100 < 50 then timestamptz '2026-03-01' + n * interval '1 second' end
    from generate_series(1, ${ROWS}) n`;

/** The same of tasks and events, for their orders. */
const PLANNER_ROWS = 30_000;
const planned = (table: string, columns: string, values: string) => `
  insert into threadkeep.${table} (user_id, id, title, created_at, updated_at, deleted_at, ${columns})
  select case when n % 2 = 0 then $1::uuid else ('00000000-0000-7000-9000-' || lpad((n / 2 % ${OTHERS})::text, 12, '0'))::uuid end,
         ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Title ' || md5(n::text), at, at + (n * 7919 % ${PLANNER_ROWS}) * interval '1 minute',
         case when n % 10 = 8 then at end, ${values}
    from generate_series(1, ${PLANNER_ROWS}) n, lateral (select timestamptz '2026-01-01' + n * interval '1 second' as at) t`;
const TASKS = planned(
  'task',
  'priority, due_at',
  `1 + n % 3, case when n % 3 > 0 then at + (n * 7907 % ${PLANNER_ROWS}) * interval '1 hour' end`,
);
const EVENTS = planned(
  'event',
  'all_day, start_given, starts_at, ends_at',
  `n % 4 = 0, '2026-01-01', at, at + (n % 500) * interval '1 hour'`,
);

/** Half of the summaries of Ada are of one conversation. */
const TALK = '00000000-0000-7000-8000-00000000c0de';
const SUMMARIES = `
  insert into threadkeep.summary (user_id, id, conversation_id, from_seq, to_seq, token_count, content, created_at)
  select case when n % 2 = 0 then $1::uuid else ('00000000-0000-7000-9000-' || lpad((n / 2 % ${OTHERS})::text, 12, '0'))::uuid end,
         ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
         case when n % 4 = 0 then '${TALK}'::uuid else ('00000000-0000-7000-a000-' || lpad((n % 100)::text, 12, '0'))::uuid end,
         n, n + n * 7919 % 50, 1, 'x', timestamptz '2026-01-01' + n * interval '1 second'
    from generate_series(1, ${PLANNER_ROWS}) n`;

/** Every third is a version that has been followed by another. */
const MEMORIES = `
  insert into threadkeep.memory (user_id, id, recorded_at, created_at, superseded_at, importance, version, revision, strength, has_sources, action, kind, actor, content, tags)
  select $1, gen_random_uuid(), timestamptz '2026-01-01' + n * interval '1 second', '2026-01-01', case when n % 3 = 0 then now() end, 0.5, 1, n, 1, false, 'create', 'fact', 'test',
         'memory ' || n, '{}'
    from generate_series(1, ${PLANNER_ROWS}) n`;

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query('set session_replication_role = replica');
  for (const insert of [CONVERSATIONS, TASKS, EVENTS, SUMMARIES, MEMORIES])
    await client.query(insert, [OWNERS.ada]);
  await client.query(
    'analyze threadkeep.conversation, threadkeep.task, threadkeep.event, threadkeep.summary, threadkeep.memory',
  );
  await client.query(
    `select set_config('app.user_id', $1, false), set_config('role', '${testRoles().app}', false)`,
    [OWNERS.ada],
  );
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  Plans?: PlanNode[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

type Asked = Record<string, string>;

/** What the nth row of the answer is followed by. */
async function positionAt(
  list: AnyList,
  asked: Asked,
  offset: number,
  within: Condition[] = [],
): Promise<Position> {
  const query = new ListQueryPipe(list).transform({ ...asked, limit: '1', offset: String(offset) });
  const { text, values } = pageStatement(list, query, null, within);
  const { rows } = await client.query<object>(text, [OWNERS.ada, ...values]);
  return positionOf(list, fullSort(list, query.sort), rows[0]!);
}

async function planOf(
  list: AnyList,
  asked: Asked,
  after: Position | null = null,
  owner = OWNERS.ada,
  within: Condition[] = [],
): Promise<PlanNode[]> {
  const { text, values } = pageStatement(
    list,
    new ListQueryPipe(list).transform(asked),
    after,
    within,
  );
  await client.query(`select set_config('app.user_id', $1, false)`, [owner]);
  const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    `explain (format json) ${text}`,
    [owner, ...values],
  );
  return nodesOf(rows[0]!['QUERY PLAN'][0]!.Plan);
}

/**
 * What is wrong with a plan: nothing, when it reads the table through the user's part of an index. After a position, that part begins
 * there: a function or an expression that is not leakproof could not bound it, as the policy of the table comes first.
 */
function faultsOf(nodes: PlanNode[], after: Position | null = null): string[] {
  const scans = nodes.filter((node) => 'Index Name' in node);
  return [
    ...nodes
      .filter((node) => node['Node Type'].includes('Seq Scan'))
      .map((node) => `${node['Node Type']} on ${node['Relation Name']}`),
    ...scans
      .filter((node) => !/^\(+user_id = /.test(node['Index Cond'] ?? ''))
      .map((node) => `${node['Index Name']} is read by ${node['Index Cond'] ?? 'no condition'}`),
    ...(after
      ? scans
          .filter((node) => !node['Index Cond']?.includes(') AND ('))
          .map((node) => `${node['Index Name']} is read from its start`)
      : []),
    ...(scans.length === 0 ? ['no index is read'] : []),
  ];
}

const sortsOf = ({ sortable }: AnyList) => sortable.flatMap((name) => [name, `-${name}`]);
const sorts = sortsOf(list);

describe(`a page of a user who has half of ${ROWS} conversations`, () => {
  it.each(sorts)(
    'is read in the order of an index when it is sorted by %s, from the start and after any row',
    async (sort) => {
      for (const after of [
        null,
        await positionAt(list, { sort }, 20),
        await positionAt(list, { sort }, 10_000),
      ]) {
        const nodes = await planOf(list, { sort }, after);
        expect(faultsOf(nodes, after)).toEqual([]);
        expect(nodes.map((node) => node['Node Type']).filter((type) => type === 'Sort')).toEqual(
          [],
        );
      }
    },
  );

  it('is read in the order of an index when it goes by the first of two keys, the second in either direction', async () => {
    for (const sort of sorts.flatMap((first) =>
      sorts
        .filter((second) => second.replace('-', '') !== first.replace('-', ''))
        .map((second) => `${first},${second}`),
    )) {
      for (const after of [null, await positionAt(list, { sort }, 10_000)])
        expect([sort, faultsOf(await planOf(list, { sort }, after), after)]).toEqual([sort, []]);
    }
  });

  it.each(
    filtersOf(list, valuesOfARow()).filter(({ parameter }) => parameter !== LIVING_AND_DELETED),
  )(
    'reads rows of the user alone when it is filtered by $parameter',
    async ({ parameter, text }) => {
      for (const sort of [list.declaration.sort, 'title']) {
        const asked = { [parameter]: text, sort };
        expect(faultsOf(await planOf(list, asked))).toEqual([]);
        expect(
          faultsOf(await planOf(list, asked, await positionAt(list, { sort }, 1_000))),
        ).toEqual([]);
      }
    },
  );

  it.each([
    { q: 'Title 5' },
    { q: 'nowhere' },
    { status: 'deleted' },
    { status: 'archived' },
    { tag: 'common' },
    { tag: 'nowhere' },
    { 'filter[metadata]': '{"n":1}', q: 'a', tag: 'common' },
  ])('reads rows of the user alone when asked %j', async (asked) => {
    expect(faultsOf(await planOf(list, asked as Asked))).toEqual([]);
  });

  it('is read in the order of an index by the statement that is prepared for all users', async () => {
    await client.query('set plan_cache_mode = force_generic_plan');
    for (const after of [null, await positionAt(list, {}, 1_000)]) {
      const query = new ListQueryPipe(list).transform({});
      const page = pageStatement(list, query, after, []);
      const [text, values] = [page.text, [OWNERS.ada, ...page.values]];
      const types = values.map(() => 'text');
      await client.query(
        `prepare page (${types.join(', ')}) as ${text.replace(/\$(\d+)::(\w+)/g, '($$$1)::$2')}`,
      );
      const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
        `explain (format json) execute page (${values.map((value) => pg.escapeLiteral(String(value))).join(', ')})`,
      );
      const nodes = nodesOf(rows[0]!['QUERY PLAN'][0]!.Plan);
      expect(faultsOf(nodes, after)).toEqual([]);
      expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
      await client.query('deallocate page');
    }
    await client.query('reset plan_cache_mode');
  });
});

describe.each([
  ['tasks', taskList],
  ['events', eventList],
] as [string, AnyList][])('a page of a user who has half of all %s', (_, list) => {
  it.each(sortsOf(list))(
    'is read in the order of an index when it is sorted by %s, from the start and after any row',
    async (sort) => {
      for (const after of [
        null,
        await positionAt(list, { sort }, 20),
        await positionAt(list, { sort }, 5_000),
      ]) {
        const nodes = await planOf(list, { sort }, after);
        expect(faultsOf(nodes, after)).toEqual([]);
        expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
      }
    },
  );
});

describe('a page of the summaries of a conversation', () => {
  const within = [inConversation(TALK)];

  it.each(['toSeq', '-toSeq'])(
    'is read in the order of an index when it is sorted by %s, from the start and after any row',
    async (sort) => {
      for (const after of [
        null,
        await positionAt(summaryList, { sort }, 20, within),
        await positionAt(summaryList, { sort }, 5_000, within),
      ]) {
        const nodes = await planOf(summaryList, { sort }, after, OWNERS.ada, within);
        expect(faultsOf(nodes, after)).toEqual([]);
        expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
      }
    },
  );

  it.each(['id', '-id'])('reads rows of the user alone when it is sorted by %s', async (sort) => {
    expect(faultsOf(await planOf(summaryList, { sort }, null, OWNERS.ada, within))).toEqual([]);
  });
});

describe('a page of a user who has few of them', () => {
  it.each(filtersOf(list, valuesOfARow()))(
    'reads rows of the user alone when it is filtered by $parameter',
    async ({ parameter, text }) => {
      for (const sort of sorts)
        expect(faultsOf(await planOf(list, { [parameter]: text, sort }, null, SOMEBODY))).toEqual(
          [],
        );
    },
  );
});

/** Of one conversation of Ada's, as they are written in a filter. */
function valuesOfARow(): Filtered {
  const id = `00000000-0000-7000-8000-${'40'.padStart(12, '0')}`;
  const time = '2026-01-15T00:00:00Z';
  return {
    id,
    key: 'key-5',
    title: 'Title 5',
    status: 'archived',
    tags: 'tag 40',
    metadata: '{"n":40}',
    lastSeq: '40',
    forkedFromId: id,
    agentConfigId: id,
    createdAt: time,
    updatedAt: time,
    deletedAt: time,
  };
}

describe('a page of memories', () => {
  const within = [currentMemories(null)];
  beforeAll(() => client.query(`select set_config('app.user_id', $1, false)`, [OWNERS.ada]));

  it.each(sortsOf(memoryList))(
    'is read in the order of an index when it is sorted by %s, from the start and after any row',
    async (sort) => {
      for (const after of [
        null,
        await positionAt(memoryList, { sort }, 20, within),
        await positionAt(memoryList, { sort }, 5_000, within),
      ]) {
        const nodes = await planOf(memoryList, { sort }, after, OWNERS.ada, within);
        // The sources of a row are looked up where it has some.
        const own = nodes.filter(
          (node) =>
            !['memory_source__pk'].includes(node['Index Name'] ?? '') &&
            node['Relation Name'] !== 'memory_source',
        );
        expect(faultsOf(own, after)).toEqual([]);
        // One for the sources of each memory, and one for those of them that were purged.
        expect(
          own
            .map((node) => node['Node Type'])
            .filter((type) => type === 'Sort' || type === 'Incremental Sort').length,
        ).toBeLessThanOrEqual(2);
      }
    },
  );
});
