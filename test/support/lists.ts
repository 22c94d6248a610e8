// Every list of the API: where it is asked and by whom, with rows that are made from its declaration. A new list is one line here.
import type pg from 'pg';
import {
  agentConfigList,
  serviceAgentConfigList,
  sharedAgentConfigList,
} from '../../src/agent-config/agent-config.list.js';
import { auditEventList } from '../../src/platform/audit/audit-event.list.js';
import { auditRecordList } from '../../src/platform/audit/audit-record.list.js';
import {
  mcpServerList,
  serviceMcpServerList,
} from '../../src/agent-config/mcp-servers/mcp-server.list.js';
import { summaryList } from '../../src/context-window/summaries/summary.list.js';
import { conversationList } from '../../src/conversations/conversation.list.js';
import { messageList } from '../../src/conversations/messages/message.list.js';
import type { Field } from '../../src/platform/list/index.js';
import type { AnyList } from '../../src/platform/list/list-definition.js';
import { modelCallList } from '../../src/chat/model-calls/model-call.list.js';
import { adminJobList, jobList } from '../../src/platform/jobs/job.list.js';
import { memoryList } from '../../src/memory/memory.list.js';
import { eventList } from '../../src/planner/events/event.list.js';
import { dueTaskList, taskList } from '../../src/planner/tasks/task.list.js';
import { apiKeyList } from '../../src/users/api-keys/api-key.list.js';
import { USER_STATUSES } from '../../src/users/user.entity.js';
import { userList } from '../../src/users/user.list.js';
import {
  deliveryList,
  serviceDeliveryList,
  serviceWebhookList,
  webhookList,
} from '../../src/webhooks/webhook.list.js';
import { type TestDatabase, withClient } from './database.js';
import { Seeded } from './seeded.js';

export type Row = Record<string, unknown>;

export interface ListCase {
  list: AnyList;
  /** As the API document writes it; `{id}` is `PARENT`. */
  path: string;
  /** The fields that `q` looks through, where it looks for a part of a text. */
  searched?: string[];
  /** Columns of the nth row that are no fields, or that the table allows no random value for. */
  columns?: (n: number, random: Seeded) => Row;
  /** The rows that the route is about, where these are not all of the user's: a condition in SQL. */
  within?: string;
  /** Users ask for it, though its rows are the service's. */
  forUsers?: boolean;
}

export const OWNERS = {
  ada: '00000000-0000-7000-8000-00000000ada0',
  bob: '00000000-0000-7000-8000-000000000b0b',
};
/** The conversation that both users have, and whose messages are listed. */
export const PARENT = '00000000-0000-7000-8000-00000000c0de';
const OTHER_PARENT = '00000000-0000-7000-8000-00000000c0df';

/** Under the titles of their tests. What has the table of another comes after it, and has its rows. */
export const LISTS: Record<string, ListCase> = {
  users: {
    list: userList,
    path: '/v1/users',
    searched: ['name', 'username', 'email', 'externalId'],
    columns: userColumns,
  },
  'api keys': {
    list: apiKeyList,
    path: '/v1/api-keys',
    columns: (n, random) => ({
      hash: `\\x${random.hex(64)}`,
      hint: random.hex(4),
      expires_at: n % 3 === 0 ? null : '2100-01-01T00:00:00.000Z',
      scopes: n % 4 === 0 ? null : [random.pick(['act', 'read']), 'keys'],
    }),
  },
  conversations: {
    list: conversationList,
    path: '/v1/conversations',
    searched: ['title'],
    columns: conversationColumns,
  },
  'agent configs': {
    list: agentConfigList,
    path: '/v1/agent-configs',
    searched: ['name'],
    columns: (n) => ({ name: `${TEXTS[n % TEXTS.length] || 'unnamed'} ${n}`, version: 1 }),
  },
  'agent configs of the service': {
    list: serviceAgentConfigList,
    path: '/v1/admin/agent-configs',
    searched: ['name'],
    columns: (n) => ({
      name: `${TEXTS[n % TEXTS.length] || 'unnamed'} ${n}`,
      version: 1,
      shared: n % 3 > 0,
    }),
  },
  'shared agent configs': {
    list: sharedAgentConfigList,
    path: '/v1/agent-configs/shared',
    searched: ['name'],
    forUsers: true,
    within: 'shared',
  },
  'MCP servers': { list: mcpServerList, path: '/v1/mcp-servers', columns: mcpServerColumns },
  'MCP servers of the service': {
    list: serviceMcpServerList,
    path: '/v1/admin/mcp-servers',
    columns: mcpServerColumns,
  },
  'the audit log': {
    list: auditEventList,
    path: '/v1/audit-log',
    columns: (n) => ({ actor: 'test', action: `${TEXTS[n % TEXTS.length] || 'unnamed'}` }),
  },
  'the audit log of the service': {
    list: auditRecordList,
    path: '/v1/admin/audit-log',
    columns: (n) => ({ action: `${TEXTS[n % TEXTS.length] || 'unnamed'}` }),
  },
  tasks: { list: taskList, path: '/v1/tasks', columns: taskColumns },
  'overdue tasks': {
    list: dueTaskList,
    path: '/v1/tasks/overdue',
    within: `status <> 'completed' and due_at < now()`,
  },
  'upcoming tasks': {
    list: dueTaskList,
    path: '/v1/tasks/upcoming',
    within: `status <> 'completed' and due_at between now() and now() + interval '7 days'`,
  },
  events: { list: eventList, path: '/v1/events', columns: eventColumns },
  'upcoming events': {
    list: eventList,
    path: '/v1/events/upcoming',
    within: `ends_at > now() and starts_at < now() + interval '7 days'`,
  },
  webhooks: { list: webhookList, path: '/v1/webhooks', columns: webhookColumns },
  'webhooks of the service': {
    list: serviceWebhookList,
    path: '/v1/admin/webhooks',
    columns: webhookColumns,
  },
  deliveries: {
    list: deliveryList,
    path: '/v1/webhooks/{id}/deliveries',
    columns: deliveryColumns,
    within: `webhook_id = '${PARENT}'`,
  },
  'deliveries of the service': {
    list: serviceDeliveryList,
    path: '/v1/admin/webhooks/{id}/deliveries',
    columns: deliveryColumns,
    within: `webhook_id = '${PARENT}'`,
  },
  jobs: { list: jobList, path: '/v1/jobs', columns: jobColumns },
  'model calls': { list: modelCallList, path: '/v1/model-calls', columns: modelCallColumns },
  'all jobs': { list: adminJobList, path: '/v1/admin/jobs' },
  memories: {
    list: memoryList,
    path: '/v1/memories',
    searched: ['content'],
    columns: memoryColumns,
    within: `label is null and superseded_at is null and content is not null and (expires_at is null or expires_at > now())`,
  },
  messages: {
    list: messageList,
    path: '/v1/conversations/{id}/messages',
    searched: ['content'],
    columns: messageColumns,
    within: `conversation_id = '${PARENT}'`,
  },
  summaries: {
    list: summaryList,
    path: '/v1/conversations/{id}/summaries',
    columns: summaryColumns,
    within: `conversation_id = '${PARENT}'`,
  },
};

export const routeOf = ({ path }: ListCase): string => path.replace('{id}', PARENT);

export const isForUsers = (one: ListCase): boolean => isOwned(one) || one.forUsers === true;

/** What is no table of a user's is the service's. */
export const isOwned = ({ list }: ListCase): boolean => list.declaration.owner !== null;

/** Under names that nothing else has, each for a configuration of its own. */
function mcpServerColumns(n: number, random: Seeded): Row {
  return {
    name: `server-${n}`,
    config_id: random.uuid(),
    transport: random.pick(['http', 'sse']),
    url: `https://mcp.example/${n}`,
    args: [],
    secret_names: {},
  };
}

function conversationColumns(n: number, random: Seeded): Row {
  const key = n % 3 === 0 ? null : `${random.pick(['thread', 'Thread', 'überall'])}/${n}`;
  const pin = random.chance(0.5)
    ? { agent_config_id: random.pick(UUIDS), agent_config_version: 1 + random.integer(3) }
    : { agent_config_id: null, agent_config_version: null };
  return n === 0 ? { key, ...pin, id: PARENT, deleted_at: null } : { key, ...pin };
}

function userColumns(n: number, random: Seeded): Row {
  return {
    external_id: n % 4 === 0 ? null : `${random.pick(['Ext', 'ext', 'überall'])}-${n}`,
    email: n % 3 === 0 ? null : `${random.pick(['Söme', 'söme', 'SÖME'])}.One+${n}@mail.example`,
    username: n % 3 === 1 ? null : `${random.pick(['Some', 'some', 'SOME'])}.one-${n}`,
    status: random.pick(USER_STATUSES),
    issuer: n % 5 === 0 ? null : `https://${random.pick(['a', 'b'])}.example.com`,
    subject: n % 5 === 0 ? null : `${random.pick(['Sub', 'sub'])}-${n}`,
  };
}

/** Days from now that no row reaches while the tests run. */
const DAYS = [-400, -2.5, -0.5, 0.5, 2.5, 6.5, 7.5, 30, 400];
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

function taskColumns(_: number, random: Seeded): Row {
  const status = random.pick(['todo', 'in_progress', 'completed']);
  const due = random.chance(0.2) ? null : inDays(random.pick(DAYS));
  return {
    title: random.pick(TEXTS) || 'untitled',
    status,
    completed_at: status === 'completed' ? random.pick(TIMES) : null,
    due_at: due,
    version: 1,
  };
}

function eventColumns(_: number, random: Seeded): Row {
  const [start, end] = [random.pick(DAYS), random.pick(DAYS)].sort((a, b) => a - b) as [
    number,
    number,
  ];
  return {
    title: random.pick(TEXTS) || 'untitled',
    start_given: '2026-01-01',
    starts_at: inDays(start),
    ends_at: inDays(end),
    version: 1,
  };
}

function webhookColumns(n: number, random: Seeded): Row {
  const known = { url: `https://app.example/${n}`, secret: '\\x00', disabled_because: null };
  const events = [random.pick(['message.created', 'memory.created']), 'turn.finished'];
  return n === 0 ? { ...known, events, id: PARENT } : { ...known, events };
}

function deliveryColumns(n: number, random: Seeded): Row {
  const state = random.pick(['pending', 'delivered', 'failed']);
  return {
    webhook_id: n % 8 === 7 ? OTHER_PARENT : PARENT,
    type: random.pick(['message.created', 'memory.created']),
    data: {},
    state,
    finished_at: state === 'pending' ? null : TIMES[0],
    last_error: null,
  };
}

function jobColumns(n: number, random: Seeded): Row {
  return {
    id: random.uuid(),
    name: random.pick(TEXTS) || 'unnamed',
    key: n % 3 === 0 ? null : `${random.pick(TEXTS) ?? ''} ${n}`,
    payload: {},
    done: n,
    attempts: random.integer(4),
    max_attempts: 8,
    wake_at: TIMES[0],
  };
}

function modelCallColumns(n: number, random: Seeded): Row {
  return {
    id: random.uuid(),
    priority: 1 + (n % 3),
    provider: random.pick(['openai', 'anthropic', 'groq']),
    request: '{}',
    on_crash: 'fail',
    error: null,
    usage: null,
  };
}

function messageColumns(n: number, random: Seeded): Row {
  return {
    conversation_id: n % 8 === 7 ? OTHER_PARENT : PARENT,
    seq: n + 1,
    content: random.pick(TEXTS) ?? '',
    content_is_json: false,
    feedback: random.pick([null, { rating: 'up' }, { rating: 'down' }]),
  };
}

function memoryColumns(n: number, random: Seeded): Row {
  const content = random.chance(0.1) ? null : random.pick(TEXTS) || 'nothing';
  return {
    content,
    agent_id: random.chance(0.3) ? null : random.pick(TEXTS) || 'nobody',
    version: 1,
    has_sources: false,
    action: 'create',
    actor: 'test',
    valid_to: null,
    superseded_at: n % 9 === 8 ? TIMES[0] : null,
  };
}

function summaryColumns(n: number, random: Seeded): Row {
  const from = 1 + random.integer(12);
  return {
    conversation_id: n % 8 === 7 ? OTHER_PARENT : PARENT,
    from_seq: from,
    to_seq: from + random.integer(12),
    content: random.pick(TEXTS) || 'nothing',
    compact: random.chance(0.3),
  };
}

/** A `rank` is a word to the client and its place among the others, from 1, in the table. */
export type FieldKind =
  | 'rank'
  | 'uuid'
  | 'text'
  | 'caseless'
  | 'word'
  | 'texts'
  | 'object'
  | 'integer'
  | 'share'
  | 'time'
  | 'boolean'
  | 'shown';
const KIND_OF_TYPE: Record<string, FieldKind> = {
  uuid: 'uuid',
  integer: 'integer',
  timestamptz: 'time',
  boolean: 'boolean',
  jsonb: 'object',
  'double precision': 'share',
  'text[]': 'texts',
};

/** @throws Error for a kind that has been added to the grammar and not to its tests. */
export function kindOf({ kind }: Field): FieldKind {
  if (kind.operators.length === 0) return 'shown';
  if (kind.type === 'text') {
    if (kind.schema['enum']) return 'word';
    return kind.compared ? 'caseless' : 'text';
  }
  if (kind.type === 'integer' && kind.schema['enum']) return 'rank';
  const known = KIND_OF_TYPE[kind.type];
  if (!known) throw new Error(`test/support/lists.ts knows no fields of the type ${kind.type}`);
  return known;
}

const isNullable = ({ operators }: Field): boolean => operators.includes('exists');

/**
 * Few, so that many rows are equal. They are out of order by code unit, by case and by any language. Letters of several scripts are in
 * both cases, and some of those that languages write in their own way.
 */
const TEXTS = [
  '',
  'alpha',
  'Alpha',
  'ALPHA beta',
  'beta',
  'Zebra',
  'Ärger 100%',
  'ärger',
  'ёлка ΣΟΦΟΣ',
  'Ёлка σοφος',
  'İstanbul ısı',
  'STRAẞE straße',
  'ǅep Ǆep ǆep',
  'under_score',
  '日本語',
  '🎉 party',
  '￦on',
  `o'brien; drop`,
  'back\\slash',
  'a,b',
  '"quoted"',
  ' spaced ',
  'e\u0301t',
  '?&=#+',
];
const TAGS = ['red', 'Red', 'two words', 'x,y', '{brace}', '日本', 'NULL', '"'];
const OBJECTS: Row[] = [
  {},
  { a: 1 },
  { a: 1.5, b: null },
  { a: { b: { c: [1, 2, { d: 'x' }] } } },
  { a: { b: 2 }, tags: ['x', 'y'] },
  { list: [1, [2], 'z'], ok: true },
  { constructor: 'own', a: '1' },
  { ключ: '🎉', ok: false },
];
const TIMES = [
  '2026-01-01T00:00:00.000Z',
  '2026-01-01T00:00:00.001Z',
  '2026-01-01T00:00:00.999Z',
  '1999-12-31T23:59:59.999Z',
  '2026-03-29T01:30:00.000Z',
  '2030-06-15T12:00:00.120Z',
];
const UUIDS = Array.from({ length: 6 }, (_, i) => new Seeded(i).uuid());

function valueOf(field: Field, isDeletion: boolean, random: Seeded): unknown {
  if (isNullable(field) && random.chance(isDeletion ? 0.75 : 0.25)) return null;
  const kind = kindOf(field);
  switch (kind) {
    case 'uuid':
      return random.pick(UUIDS);
    case 'rank':
      return 1 + random.integer((field.kind.schema['enum'] as string[]).length);
    case 'text':
    case 'caseless':
      return random.pick(TEXTS);
    case 'word':
      return random.pick(field.kind.schema['enum'] as string[]);
    case 'texts':
      return random.chance(0.3) ? [] : TAGS.filter(() => random.chance(0.3));
    case 'object':
      return random.pick(OBJECTS);
    case 'integer':
      return random.integer(12);
    case 'share':
      return random.integer(11) / 10;
    case 'time':
      return random.pick(TIMES);
    case 'boolean':
      return random.chance(0.5);
    case 'shown':
      return undefined;
  }
}

/** Both users have rows of the same ids, with values of their own. */
function rowsOf(
  { list, columns }: ListCase,
  owner: string | null,
  count: number,
  seed: number,
): Row[] {
  const { fields, deletedAt, owner: ownerColumn } = list.declaration;
  const [ids, random] = [new Seeded(count), new Seeded(seed)];
  return Array.from({ length: count }, (_, n) => {
    const values = Object.entries(fields).flatMap(([name, field]) => {
      const value = name === 'id' ? ids.uuid() : valueOf(field, name === deletedAt, random);
      // What is made of several columns, those who declare the rows give values to.
      return value === undefined || !/^\w+$/.test(field.column)
        ? []
        : [[field.column, value] as const];
    });
    return {
      ...Object.fromEntries(values),
      ...columns?.(n, random),
      ...(ownerColumn ? { [ownerColumn]: owner } : {}),
    };
  });
}

async function insert(client: pg.Client, table: string, rows: Row[]): Promise<void> {
  const columns = Object.keys(rows[0]!).join(', ');
  await client.query(
    `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1)`,
    [JSON.stringify(rows)],
  );
}

/** `count` rows in each list; in those of users, for Ada and for Bob each. */
export async function seedLists(
  database: TestDatabase,
  count: number,
  seed: number,
): Promise<void> {
  await withClient(database.adminUrl, async (client) => {
    // References need not lead anywhere.
    await client.query('set session_replication_role = replica');
    await insert(
      client,
      'threadkeep.app_user',
      Object.entries(OWNERS).map(([external_id, id]) => ({
        id,
        external_id,
        created_at: TIMES[0],
      })),
    );
    const tables = new Map(
      Object.values(LISTS)
        .reverse()
        .map((one) => [one.list.declaration.table, one]),
    );
    for (const one of tables.values()) {
      const owners = isOwned(one) ? Object.values(OWNERS) : [null];
      for (const [i, owner] of owners.entries())
        await insert(client, one.list.declaration.table, rowsOf(one, owner, count, seed + i));
    }
  });
}

/** What Ada, or the service, has in the list, read past all that is tested: the values of its fields as JSON. */
export async function storedRows(database: TestDatabase, one: ListCase): Promise<Row[]> {
  const { table, fields, owner } = one.list.declaration;
  const columns = Object.entries(fields).map(([name, { column }]) => `${column} as "${name}"`);
  const where = [one.within ?? 'true', owner ? `${owner} = '${OWNERS.ada}'` : 'true'].join(' and ');
  const { rows } = await database.admin(
    `select to_jsonb(t) as row from (select ${columns.join(', ')} from ${table} where ${where}) t`,
  );
  return rows.map(({ row }) => row as Row);
}
