// Two users who own the same: every id, key and number that belongs to a user is given to both, and only the words differ.
import { createHash } from 'node:crypto';
import { computeFingerprint, computeNearFingerprint } from '../../src/memory/writes/fingerprint.js';
import { PASSWORD_HASH } from './accounts.js';
import type { TestDatabase } from './database.js';

const uuid = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

export interface Twin {
  id: string;
  externalId: string;
  /** A word that stands in every row of this user, and in none of another. */
  word: string;
  messages: number;
}

/** Bob comes first in every order, so that a statement without a filter finds him. */
export const ADA: Twin = { id: uuid(2), externalId: 'ada', word: 'apricot', messages: 3 };
export const BOB: Twin = { id: uuid(1), externalId: 'bob', word: 'blackberry', messages: 5 };

/** The conversations of both. */
export const TALK = uuid(11);
export const DELETED = uuid(12);
export const PURGED = uuid(13);
/** A conversation of both with three messages in progress and one with a key. */
export const OPEN = uuid(14);
export const OPEN_MESSAGES = [991, 992, 993, 994].map(uuid);
export const MESSAGE_KEY = 'the-same-message';
export const TURN = uuid(15);
/** A turn of both that waits in `TALK`, and whose messages are refused when it begins. */
export const WAITING_TURN = uuid(16);
/** A model call of both that has failed, and one that waits. */
export const MODEL_CALL = uuid(17);
export const WAITING_CALL = uuid(18);
/** A session of both. */
export const SESSION = uuid(19);
/** The tasks and events of both. */
export const PLANNED = uuid(21);
export const UNPLANNED = uuid(22);
/** Jobs have ids of their own, as keys do: this one is Ada's. */
export const JOB = uuid(32);
/** The summary and the manifest of both. */
export const SUMMARY = uuid(31);
export const MANIFEST = uuid(32);
/** An instruction, a block and a fact of both; the instruction has been changed once. */
export const MEMORY = uuid(41);
export const BLOCK = uuid(42);
const FACT = uuid(43);
/** Of what the memory says, in the words of each: the same for both. */
export const REMEMBERED = 'common peanuts';
/** A configuration of both, in its second version, with an alias that has moved once. */
export const CONFIG = uuid(51);
export const MCP_SERVER = uuid(52);
/** Two webhooks of both, and a delivery of the first. They are told of nothing that a test does. */
export const WEBHOOK = uuid(55);
export const DELIVERY = uuid(56);
export const OTHER_WEBHOOK = uuid(57);
const AUDITED = uuid(53);
export const IMPORT_KEY = 'source/1';
/** An item of the store of both, and one that has expired. */
const STORE_ITEM = uuid(54);
const EXPIRED_ITEM = uuid(55);
/** In a namespace of the user's own. */
const OWN_ITEM = uuid(56);
/** A thread of both with two checkpoints. */
export const THREAD = 'the-same-thread';
const bytesOf = (text: string): string => `\\x${Buffer.from(text).toString('hex')}`;
export const IDEMPOTENCY_KEY = 'the-same-key';

type Row = Record<string, unknown>;

const webhook = ({ word }: Twin): Row => ({
  url: `https://${word}.example/`,
  description: word,
  events: ['webhook.test'],
  secret: '\\x00',
});
const delivery = (word: string): Row => ({
  type: 'webhook.test',
  data: { word },
  state: 'failed',
  attempts: 1,
  created_at: '2026-01-01',
  queued_at: '2026-01-01',
  next_at: '2026-01-01',
  finished_at: '2026-01-01',
});

const message = ({ id, word }: Twin, conversationId: string, seq: number): Row => ({
  user_id: id,
  conversation_id: conversationId,
  id: uuid(1000 + seq),
  seq,
  token_count: 1,
  content_is_json: false,
  role: 'user',
  content: `${word} common ${seq} before`,
  metadata: { word },
  feedback: { rating: 'up', comment: word, at: '2026-01-01T00:00:00.000Z' },
});

const planned = ({ id, word }: Twin): Row[] => [
  {
    user_id: id,
    id: PLANNED,
    title: `common ${word}`,
    description: word,
    metadata: { word },
    conversation_id: TALK,
  },
  {
    user_id: id,
    id: UNPLANNED,
    title: word,
    metadata: { word },
    deleted_at: '2020-01-01',
    conversation_id: PURGED,
  },
];
const allDay = {
  start_given: '2026-01-01',
  all_day: true,
  starts_at: '2026-01-01',
  ends_at: '2026-01-02',
};

/** Of a context that nobody was given: made again, it is found to be another. */
const manifest = (word: string): string => {
  const sections = { prefix: [], carried: [{ summary: SUMMARY }], tail: [[2, 3]] };
  return JSON.stringify({
    release: 3,
    format: 'openai',
    budgetTokens: 100,
    lastSeq: 3,
    sections,
    contentSha256: word,
    omitted: { messages: 1, summarised: 1, unfitting: 0 },
  });
};

const agentContent = (word: string, version: number): string =>
  JSON.stringify({
    name: word,
    description: word,
    tags: [word],
    model: null,
    parameters: {},
    systemPrompt: `${word} ${version}`,
    tools: [],
    memory: { enabled: true, limit: 5, blocks: true },
    context: { budgetTokens: null },
  });

const job = {
  payload: {},
  status: 'completed',
  done: 1,
  attempts: 1,
  max_attempts: 8,
  due_at: '2026-01-01',
  wake_at: '2026-01-01',
  created_at: '2026-01-01',
  started_at: '2026-01-01',
  finished_at: '2026-01-01',
};

const answer = (word: string): Row => ({
  request_hash: '\\x00',
  status: 201,
  headers: {},
  body: JSON.stringify({ word, ids: [MEMORY, BLOCK] }),
  named: true,
});

const remembered: Row = {
  recorded_at: '2026-01-02',
  created_at: '2026-01-01',
  importance: 0.5,
  revision: 2,
  strength: 1,
  has_sources: true,
  action: 'update',
  kind: 'instruction',
  actor: 'test',
  tags: [],
  version: 2,
};
const said = {
  kind: 'instruction' as const,
  label: null,
  content: REMEMBERED,
  agentId: null,
  conversationId: null,
  validFrom: null,
};
const sha256 = (...parts: (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** The key of both under which deleted imports are known. */
const TOMBSTONE_KEY = Buffer.alloc(32);
/** Of a forgotten memory with the import key `gone`. */
const GONE_DIGEST = `\\x${sha256(TOMBSTONE_KEY, sha256(TOMBSTONE_KEY, 'memory gone')).toString('hex')}`;

const fingerprint = `\\x${computeFingerprint(said).toString('hex')}`;

const changedAt = (id: string): string => (id === BOB.id ? '2026-01-02T01:00:00Z' : '2026-01-02');

const memories = ({ id, word }: Twin): Row[] => [
  {
    ...remembered,
    user_id: id,
    id: MEMORY,
    version: 1,
    revision: 1,
    recorded_at: '2026-01-01',
    superseded_at: changedAt(id),
    action: 'create',
    content: `common ${word} once`,
  },
  // Of the two, Bob's has the higher number, and so comes first where somebody forgets to ask whose it is.
  {
    ...remembered,
    user_id: id,
    id: MEMORY,
    revision: id === BOB.id ? 3 : 2,
    recorded_at: changedAt(id),
    content: `common ${word}`,
    reason: word,
    metadata: { word },
    fingerprint,
    near_fingerprint: computeNearFingerprint(said),
  },
  // Bob's is for a conversation alone, so that more derives from that than from Ada's.
  {
    ...remembered,
    user_id: id,
    id: BLOCK,
    version: 1,
    kind: 'block',
    label: 'persona',
    has_sources: false,
    content: word,
    conversation_id: id === BOB.id ? PURGED : null,
  },
  {
    ...remembered,
    user_id: id,
    id: FACT,
    version: 1,
    kind: 'fact',
    has_sources: false,
    content: `fact of ${word}`,
  },
];

/** The rows of a twin in each table, parents first. A new table needs rows here: the suite fails without. */
const rows: Record<string, (twin: Twin) => Row[]> = {
  app_user: ({ id, externalId, word }) => [
    {
      ...{ id, external_id: externalId, email: `${word}@mail.example`, name: word },
      ...{ issuer: 'https://auth.example.com', subject: word, username: word },
      ...{
        settings: { word, timeZone: 'Europe/Oslo' },
        tombstone_key: `\\x${TOMBSTONE_KEY.toString('hex')}`,
      },
    },
  ],
  api_key: ({ id, word }) => [
    {
      id,
      user_id: id,
      name: word,
      hash: `\\x${createHash('sha256').update(word).digest('hex')}`,
      hint: word.slice(-4),
    },
  ],
  agent_config: ({ id, word }) => [
    {
      user_id: id,
      id: CONFIG,
      name: word,
      description: word,
      tags: [word],
      version: 2,
      revision: 3,
    },
  ],
  agent_config_version: ({ id, word }) =>
    [1, 2].map((version) => ({
      user_id: id,
      config_id: CONFIG,
      version,
      digest: '0'.repeat(64),
      content: agentContent(word, version),
      author: 'test',
      message: word,
    })),
  agent_config_move: ({ id, word }) =>
    [1, 2].map((number) => ({
      user_id: id,
      config_id: CONFIG,
      alias: 'prod',
      number,
      targets: [{ version: number, percent: 100 }],
      previous: number === 1 ? null : 1,
      author: word,
    })),
  agent_config_override: ({ id, word }) => [
    {
      user_id: id,
      config_id: CONFIG,
      number: 1,
      changes: JSON.stringify({ systemPrompt: word }),
      author: word,
    },
  ],
  audit_event: ({ id, word }) => [
    {
      user_id: id,
      id: AUDITED,
      action: word,
      subject: CONFIG,
      details: { word },
      actor: word,
      request_id: word,
    },
  ],
  audit_record: ({ id, word }) => [
    { id: id === ADA.id ? AUDITED : uuid(54), about_user_id: id, action: word, details: { word } },
  ],
  mcp_server: ({ id, word }) => [
    {
      user_id: id,
      id: MCP_SERVER,
      config_id: CONFIG,
      name: word,
      transport: 'http',
      url: `https://${word}.example/`,
      secret_names: {},
      args: [],
    },
  ],
  service_agent_config: ({ id, word }) => [
    { id, name: `service ${word}`, tags: [word], version: 1 },
  ],
  service_agent_config_version: ({ id, word }) => [
    {
      config_id: id,
      version: 1,
      digest: '0'.repeat(64),
      content: agentContent(word, 1),
      author: 'test',
      message: word,
    },
  ],
  service_agent_config_move: ({ id, word }) => [
    {
      config_id: id,
      alias: 'prod',
      number: 1,
      targets: [{ version: 1, percent: 100 }],
      author: word,
    },
  ],
  service_mcp_server: ({ id, word }) => [
    {
      id,
      config_id: id,
      name: word,
      transport: 'http',
      url: `https://${word}.example/`,
      secret_names: {},
      args: [],
    },
  ],
  conversation: ({ id, word, messages }) => [
    {
      user_id: id,
      id: TALK,
      title: word,
      tags: ['common', word],
      metadata: { word },
      agent_config_id: CONFIG,
      agent_config_alias: 'prod',
      last_seq: messages,
      key: IMPORT_KEY,
    },
    { user_id: id, id: PURGED, title: word, tags: [word], metadata: { word }, last_seq: 1 },
    { user_id: id, id: OPEN, title: word, tags: [word], metadata: { word }, last_seq: 4 },
    {
      user_id: id,
      id: DELETED,
      title: word,
      tags: [word],
      metadata: { word },
      deleted_at: '2020-01-01',
      forked_from_id: PURGED,
      forked_from_seq: 0,
    },
  ],
  message: (twin) => [
    ...Array.from({ length: twin.messages }, (_, i) => message(twin, TALK, i + 1)),
    { ...message(twin, PURGED, 1), id: uuid(999) },
    ...[1, 2, 3].map((seq) => ({
      ...message(twin, OPEN, seq),
      ...{ id: OPEN_MESSAGES[seq - 1], content: '', token_count: 0, status: 'in_progress' },
    })),
    { ...message(twin, OPEN, 4), id: OPEN_MESSAGES[3], key: MESSAGE_KEY, content: 'keyed' },
  ],
  message_draft: ({ id }) =>
    [1, 2, 3].map((seq) => ({
      user_id: id,
      conversation_id: OPEN,
      seq,
      message_id: OPEN_MESSAGES[seq - 1],
      bytes: 10,
      lease_expires_at: '2100-01-01',
    })),
  message_piece: ({ id, word }) =>
    [1, 2, 3].map((seq) => ({
      user_id: id,
      conversation_id: OPEN,
      seq,
      version: 0,
      is_json: false,
      content: word,
    })),
  message_search: ({ id, word }) => [
    { user_id: id, conversation_id: TALK, seq: 1, terms: `'${word}':1 'common':2` },
    { user_id: id, conversation_id: OPEN, seq: 3, terms: `'${word}':1` },
  ],
  deleted_import: ({ id }) => [{ user_id: id, digest: GONE_DIGEST }],
  summary: ({ id, word }) => [
    {
      user_id: id,
      id: SUMMARY,
      conversation_id: TALK,
      from_seq: 1,
      to_seq: 1,
      token_count: 1,
      compact: false,
      content: word,
    },
  ],
  context_manifest: ({ id, word }) => [
    { user_id: id, conversation_id: TALK, id: MANIFEST, body: manifest(word) },
  ],
  memory_head: ({ id }) => [
    {
      user_id: id,
      moment: '2026-01-02T01:00:00Z',
      revision: 3,
      purged: 0,
      embedded: 1,
      embedded_to: 0,
    },
  ],
  memory: memories,
  memory_source: ({ id }) => [
    ...[1, 2].map((version) => ({
      user_id: id,
      memory_id: MEMORY,
      version,
      message_id: uuid(1000 + version),
    })),
    { user_id: id, memory_id: MEMORY, version: 2, message_id: uuid(999) },
  ],
  memory_embedding: ({ id }) => [
    { user_id: id, memory_id: MEMORY, version: 2, arrival: 1, model: 'test', vector: '\\x01' },
  ],
  message_embedding: ({ id }) => [
    { user_id: id, message_id: uuid(999), model: 'test', vector: '\\x01' },
  ],
  message_embedding_head: ({ id }) => [
    { user_id: id, conversation_id: PURGED, model: 'test', up_to: 1 },
  ],
  task: (twin) => planned(twin).map((row) => ({ ...row, due_at: '2020-01-01' })),
  event: (twin) => planned(twin).map((row) => ({ ...row, ...allDay })),
  job: ({ id, word }) => [
    { user_id: id, id: id === ADA.id ? JOB : uuid(31), name: word, key: word, ...job },
  ],
  idempotency_key: ({ id, word }) => [
    { user_id: id, key: IDEMPOTENCY_KEY, ...answer(word) },
    { user_id: id, key: 'expired', ...answer(word), created_at: '2020-01-01' },
  ],
  idempotency_subject: ({ id }) =>
    [MEMORY, BLOCK].map((subject) => ({ user_id: id, subject, key: IDEMPOTENCY_KEY })),
  service_idempotency_key: ({ word }) => [{ key: `service ${word}`, ...answer(word) }],
  service_idempotency_subject: ({ id, word }) => [
    { key: `service ${word}`, subject: id, person: id },
  ],
  signing_key: ({ word }) => [{ name: `service ${word}`, secret: '\\x00' }],
  data_key: ({ id, word }) => [{ user_id: id, key_id: word, wrapped: '\\x00' }],
  turn: ({ id, word }) => [
    {
      user_id: id,
      id: TURN,
      conversation_id: OPEN,
      state: 'waiting_for_tools',
      options: { word },
      reply_id: OPEN_MESSAGES[0],
      reply_seq: 1,
    },
    {
      user_id: id,
      id: WAITING_TURN,
      conversation_id: TALK,
      state: 'queued',
      is_waiting: true,
      options: { word },
      input: JSON.stringify({ messages: [], place: { parentId: uuid(999_999) }, isBatch: true }),
    },
  ],
  model_call: ({ id, word }) =>
    [
      { id: MODEL_CALL, state: 'failed', error: { code: 'x', message: word } },
      { id: WAITING_CALL, state: 'queued' },
    ].map((row) => ({
      user_id: id,
      priority: 2,
      provider: 'claude',
      model: word,
      request: JSON.stringify({ word }),
      on_crash: 'fail',
      attempts: 1,
      cancel_requested: false,
      created_at: '2026-01-01',
      ...row,
    })),
  store_item: ({ id, word }) =>
    [STORE_ITEM, EXPIRED_ITEM, OWN_ITEM].map((item) => ({
      user_id: id,
      id: item,
      path: `users\u0001${item === OWN_ITEM ? word : 'ada'}\u0001`,
      key: item === EXPIRED_ITEM ? 'old' : 'tea',
      value: { word, common: 'tea' },
      search_text: `common ${word}`,
      ttl_minutes: 1,
      expires_at: item === EXPIRED_ITEM ? '2026-01-01' : '2126-01-01',
      created_at: '2026-01-01',
      updated_at: '2026-01-01',
    })),
  checkpoint: ({ id, word }) =>
    ['1', '2'].map((checkpointId) => ({
      user_id: id,
      thread_id: THREAD,
      namespace: '',
      checkpoint_id: checkpointId,
      type: 'json',
      data: bytesOf(word),
      metadata_type: 'json',
      metadata_data: bytesOf(word),
      labels: { source: 'loop', word },
      channels: { messages: checkpointId },
      created_at: '2026-01-01',
    })),
  // The first is of no checkpoint any more.
  checkpoint_value: ({ id, word }) =>
    ['0', '1', '2'].map((version) => ({
      user_id: id,
      thread_id: THREAD,
      namespace: '',
      channel: 'messages',
      version,
      type: 'json',
      data: bytesOf(word),
    })),
  checkpoint_write: ({ id, word }) =>
    ['0', '1', '2'].map((checkpointId) => ({
      user_id: id,
      thread_id: THREAD,
      namespace: '',
      checkpoint_id: checkpointId,
      task_id: 'task',
      position: 0,
      task_path: '',
      channel: 'messages',
      type: 'json',
      data: bytesOf(word),
    })),
  model_key: ({ id }) => [{ user_id: id, provider: 'claude', sealed: '\\x00' }],
  webhook: (twin) =>
    [WEBHOOK, OTHER_WEBHOOK].map((id) => ({ user_id: twin.id, id, ...webhook(twin) })),
  webhook_delivery: ({ id, word }) => [
    { user_id: id, id: DELIVERY, webhook_id: WEBHOOK, ...delivery(word) },
  ],
  service_webhook: (twin) => [{ id: twin.id, ...webhook(twin) }],
  service_webhook_delivery: ({ id, word }) => [
    { id, webhook_id: id, about_user_id: id, present_user_id: id, ...delivery(word) },
  ],
  account: ({ id }) => [{ user_id: id, password: PASSWORD_HASH, changed_at: '2026-01-01' }],
  user_session: ({ id, word }) => [
    {
      user_id: id,
      id: SESSION,
      hash: '\\x01',
      turn: '\\x00',
      turn_key: '\\x00',
      client: word,
      created_at: '2026-01-01',
      turned_at: '2026-01-01',
      expires_at: '2126-01-01',
    },
  ],
  mailed_secret: ({ id, word }) => [
    { user_id: id, purpose: 'reset', email: `${word}@mail.example`, expires_at: '2126-01-01' },
  ],
  merge_undo: ({ id }) => [
    {
      user_id: id,
      from_id: SESSION,
      into_id: id,
      merged_at: '2026-01-01',
      expires_at: '2126-01-01',
    },
  ],
  merge_undo_part: ({ id, word }) => [
    { user_id: id, from_id: SESSION, kind: 'task', number: 0, entries: [[word]] },
  ],
  token_key: ({ word }) => [{ id: `service ${word}`, public_key: {}, sealed: '\\x00' }],
  service_data_key: ({ word }) => [{ name: `service ${word}`, key_id: word, wrapped: '\\x00' }],
};

export const TABLES_WITH_TWINS = Object.keys(rows);

export async function seedTwins(database: TestDatabase): Promise<void> {
  for (const twin of [BOB, ADA]) {
    for (const [table, rowsOf] of Object.entries(rows)) {
      for (const row of rowsOf(twin)) {
        const columns = Object.keys(row).join(', ');
        const insert = `insert into threadkeep.${table} (${columns}) select ${columns} from jsonb_populate_record(null::threadkeep.${table}, $1)`;
        await database.admin(insert, [JSON.stringify(row)]);
      }
    }
  }
}

/** Of what belongs to the service, and has a row named after each of them. */
function byKey(column: string): string {
  return `case ${column} when 'service ${ADA.word}' then '${ADA.id}'::uuid when 'service ${BOB.word}' then '${BOB.id}' end`;
}

/** Of what belongs to the service, and has the id of one of them: it is not Bob's, who may not see it either. */
function namedAfterAda(column: string): string {
  return `case ${column} when '${ADA.id}'::uuid then ${column} end`;
}

/** How the owner of a row is found in each table. */
const owners: Record<string, string> = {
  app_user: 'id',
  audit_record: 'about_user_id',
  service_idempotency_key: byKey('key'),
  service_idempotency_subject: byKey('key'),
  signing_key: byKey('name'),
  service_data_key: byKey('name'),
  token_key: byKey('id'),
  service_agent_config: namedAfterAda('id'),
  service_mcp_server: namedAfterAda('id'),
  service_webhook: namedAfterAda('id'),
  service_webhook_delivery: 'about_user_id',
  service_agent_config_version: namedAfterAda('config_id'),
  service_agent_config_move: namedAfterAda('config_id'),
};
export const ownerColumn = (table: string): string => owners[table] ?? 'user_id';
