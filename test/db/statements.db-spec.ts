import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { ModelKeysService } from '../../src/chat/model-keys/model-keys.service.js';
import { MessageEmbeddingRepository } from '../../src/memory/embedding/messages/message-embedding.repository.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { Vault } from '../../src/platform/vault/index.js';
import { PASSWORD } from '../support/accounts.js';
import { type Caller, createTestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase, testRoles } from '../support/database.js';
import { type Sent, StatementRecorder } from '../support/statements.js';
import {
  ADA,
  BOB,
  CONFIG,
  DELETED,
  DELIVERY,
  IDEMPOTENCY_KEY,
  IMPORT_KEY,
  JOB,
  MANIFEST,
  MCP_SERVER,
  MEMORY,
  MESSAGE_KEY,
  MODEL_CALL,
  OPEN,
  OPEN_MESSAGES,
  OTHER_WEBHOOK,
  PLANNED,
  PURGED,
  REMEMBERED,
  SESSION,
  SUMMARY,
  TABLES_WITH_TWINS,
  THREAD,
  TALK,
  TURN,
  UNPLANNED,
  WAITING_CALL,
  WAITING_TURN,
  WEBHOOK,
  ownerColumn,
  seedTwins,
} from '../support/twins.js';

/** Statements that follow others of the same transaction, whose rows are missing here. */
const SECOND_HALVES = [
  // The second half of a rollback follows versions that its first half has ended.
  'row_number() over (partition by t.fingerprint',
  // Messages that were appended or copied just before.
  'set key = n.key, status = n.status',
  "set status = 'interrupted', content = n.content",
  // Messages that were erased just before.
  'm.seq <= $4 and m.erased is not null',
  'set feedback = n.feedback',
  // What the process that holds a turn does: here nobody holds it.
  't.worker_id = $3 and t.reply_id is null',
  't.worker_id = $8 and t.state in',
];

/** Tables of users that no statement for a user names. An API key is the service's, also where it names a user. */
const OF_SYSTEM = ['api_key', 'merge_undo', 'merge_undo_part'];
/** Every other table with rows of a user. */
const OWNED = TABLES_WITH_TWINS.filter(
  (table) => ['id', 'user_id'].includes(ownerColumn(table)) && !OF_SYSTEM.includes(table),
);

/** Everything Ada can do, so that every statement the application has for a user is sent at least once. */
async function tour(ada: Caller): Promise<void> {
  const talk = `/v1/conversations/${TALK}`;
  const ok = (status: number) => expect([200, 201, 202, 204]).toContain(status);
  const steps: (() => PromiseLike<{ status: number }>)[] = [
    // Before any import, which asks the same and finds nothing.
    async () => {
      const sent = { content: 'sent', metadata: { importKey: 'gone' } };
      await ada.post('/v1/memories?unlessDeleted=true', sent).expect(410);
      return { status: 204 };
    },
    () => ada.get('/v1/users/me'),
    () => ada.get('/v1/users/me/usage'),
    () => ada.patch('/v1/users/me', { name: 'Ada' }),
    () => ada.get('/v1/auth/sessions'),
    () => ada.delete(`/v1/auth/sessions/${SESSION}`),
    () => ada.put('/v1/auth/password', { currentPassword: PASSWORD, newPassword: PASSWORD }),
    ...importing(ada),
    () => ada.get('/v1/conversations?tag=common&status=active'),
    () => ada.get('/v1/conversations?status=deleted'),
    () => ada.get(talk),
    () => ada.patch(talk, { title: 'changed' }),
    () => ada.get(`${talk}/messages?order=asc`),
    () => ada.get(`${talk}/messages?order=desc&beforeSeq=3`),
    () => ada.get(`${talk}/messages/search?q=common`),
    () => ada.get('/v1/messages/search?q=common'),
    () => ada.get(`/v1/messages/search?q=${BOB.word}&explain=true`),
    () => ada.get('/v1/messages/search?q=before'),
    () => ada.post(`${talk}/messages`, { role: 'user', content: 'one more' }),
    () =>
      ada.post(`${talk}/messages`, {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'tool', content: [{ type: 'text', text: 'b' }] },
        ],
      }),
    () => ada.post('/v1/conversations', { title: 'new' }),
    () => ada.with({ 'idempotency-key': 'another' }).post('/v1/conversations', { title: 'new' }),
    ...contexts(ada, talk),
    ...remembering(ada, talk),
    ...configuring(ada, talk),
    ...branching(ada, talk),
    ...running(ada),
    () =>
      ada.post(
        `/v1/conversations/00000000-0000-7000-8000-00000000cccc/messages?createIfMissing=true`,
        { role: 'user', content: 'first' },
      ),
    ...growing(ada),
    // A tree of which the conversation has nothing.
    () => {
      const messages = [{ role: 'user', content: 'imported' }];
      return ada.post('/v1/conversations/import', { importKey: OPEN, headSeq: 1, messages });
    },
    () => ada.get(`/v1/conversations/${OPEN}/turns`),
    () => ada.get(`/v1/conversations/${OPEN}/turns/${TURN}`),
    () => watching(ada, `/v1/conversations/${OPEN}`),
    ...queueing(ada),
    () => ada.post(`/v1/conversations/${OPEN}/turns/${TURN}/cancel`),
    () => ada.post(`${talk}/fork`, { seq: 2 }),
    ...erasing(ada, talk),
    () => watching(ada.with({ 'last-event-id': '2.0.0' }), talk),
    () => ada.delete(talk),
    () => ada.post(`/v1/conversations/${DELETED}/restore`),
    () => ada.delete(`/v1/conversations/${PURGED}?purge=true`),
    ...['tasks', 'events'].flatMap((kind) => planning(ada, `/v1/${kind}`)),
    ...calling(ada),
    () => ada.get('/v1/jobs'),
    () => ada.get(`/v1/jobs/${JOB}`),
    () => ada.get('/v1/tasks/overdue'),
    () => ada.get('/v1/events?from=2025-12-31T00:00:00Z&to=2027-01-01T00:00:00Z'),
  ];
  await ada.with({ 'idempotency-key': IDEMPOTENCY_KEY }).post('/v1/conversations').expect(422);
  for (const step of steps) ok((await step()).status);
  await ada
    .post(`/v1/conversations/${DELETED}/messages`, {
      messages: [{ role: 'user', content: 'x' }],
      expectedSeq: 99,
    })
    .expect(409);
  ok((await ada.delete('/v1/users/me')).status);
}

/** Reads a stream of a conversation until it has looked at its turns. */
const watching = (ada: Caller, path: string) =>
  ada
    .get(`${path}/events`)
    .buffer(true)
    .parse((response, done) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (!text.includes('event: head')) return;
        setTimeout(() => {
          done(null, text);
          (response as unknown as Readable).destroy();
        }, 500);
      });
    });

/** Makes a model call, and does all that can be done with others. */
const calling = (ada: Caller): (() => PromiseLike<{ status: number }>)[] => {
  const body = {
    messages: [{ role: 'user', content: 'x' }],
    model: { provider: 'claude', name: 'any' },
  };
  return [
    () => ada.post('/v1/model-calls', body),
    () => ada.get('/v1/model-calls'),
    () => ada.get(`/v1/model-calls/${MODEL_CALL}`),
    () => ada.post(`/v1/model-calls/${MODEL_CALL}/retry`),
    () => ada.post(`/v1/model-calls/${WAITING_CALL}/cancel`),
    () => ada.delete(`/v1/model-calls/${MODEL_CALL}`),
  ];
};

/** Cancels a turn that waits, and another one that is queued behind a turn before. */
const queueing = (ada: Caller): (() => PromiseLike<{ status: number }>)[] => {
  let id: string;
  const model = { provider: 'claude', name: 'any' };
  return [
    () => ada.post(`/v1/conversations/${TALK}/turns/${WAITING_TURN}/cancel`),
    async () => {
      const answer = await ada.post(`/v1/conversations/${OPEN}/turns`, {
        model,
        whenBusy: 'queue',
      });
      id = (answer.body as { id: string }).id;
      return answer;
    },
    () => ada.post(`/v1/conversations/${OPEN}/turns/${id}/cancel`),
  ];
};

/** Keeps items of a store, and checkpoints of a run. */
const running = (ada: Caller): (() => PromiseLike<{ status: number }>)[] => {
  const place = { namespace: ['users', 'ada'], key: 'tea' };
  const packed = { type: 'json', data: Buffer.from(ADA.word).toString('base64') };
  const thread = { threadId: THREAD, namespace: '' };
  const newest = { ...thread, checkpointId: '2' };
  const write = { channel: 'messages', position: -1, ...packed };
  return [
    () => ada.post('/v1/store/batch', { get: [place], refreshTtl: true }),
    () => ada.post('/v1/store/read', { search: [{ prefix: ['users'], query: 'common' }] }),
    () => ada.post('/v1/store/read', { namespaces: [{ prefix: ['users'] }] }),
    () => ada.post('/v1/store/batch', { put: [{ ...place, value: { word: ADA.word } }] }),
    () => ada.post('/v1/store/batch', { delete: [place] }),
    () => ada.post('/v1/checkpoints/search', { ...thread, limit: 1 }),
    () => ada.post('/v1/checkpoints/search', newest),
    () => ada.post('/v1/checkpoints/search', { filter: { source: 'loop' } }),
    () => ada.put('/v1/checkpoints/writes', { ...newest, taskId: 'task', writes: [write] }),
    // Of Bob the same version has another value.
    () =>
      ada.put('/v1/checkpoints', {
        ...newest,
        ...{ parentId: '1', checkpoint: packed, metadata: packed, channels: { messages: '2' } },
        values: [{ channel: 'messages', version: '2', ...packed }],
      }),
    () => ada.delete(`/v1/checkpoints?threadId=${THREAD}&keep=1`),
  ];
};

/** Begins a branch below the first message, and goes back to the second. */
const branching = (ada: Caller, talk: string): (() => PromiseLike<{ status: number }>)[] => {
  const idAt = async (seq: number): Promise<string> => {
    const { body } = await ada.get(`${talk}/messages?all=true&order=asc&limit=${seq}`);
    return (body as { data: { id: string }[] }).data[seq - 1]!.id;
  };
  return [
    async () =>
      ada.post(`${talk}/messages`, {
        messages: [{ role: 'user', content: 'instead' }],
        parentId: await idAt(1),
      }),
    () => ada.get(`${talk}/messages`),
    () => ada.get(`${talk}/messages?filter=${encodeURIComponent('{"role":"user"}')}`),
    async () => ada.get(`${talk}/messages/${await idAt(2)}/siblings`),
    async () => ada.put(`${talk}/head`, { messageId: await idAt(2) }),
  ];
};

/** The second message of the first import is another one than there; the second import adds one. */
function importing(ada: Caller): (() => PromiseLike<{ status: number }>)[] {
  const add = (importKey: string, firstSeq: number, ...contents: string[]) => {
    const messages = contents.map((content) => ({ role: 'user', content }));
    return () => ada.post('/v1/conversations/import', { importKey, firstSeq, messages });
  };
  const others = Array.from({ length: ADA.messages }, () => 'imported');
  return [
    add(IMPORT_KEY, 1, `${ADA.word} common 1 before`, ...others),
    () =>
      ada.post('/v1/conversations/import', {
        importKey: IMPORT_KEY,
        firstSeq: ADA.messages + 1,
        messages: [{ role: 'user', content: 'imported', feedback: { rating: 'up' } }],
      }),
    add('source/2', 1, 'imported'),
    () => {
      const messages = [{ role: 'user', content: 'imported' }];
      const keys = [IMPORT_KEY, 'source/3', 'source/4'];
      const conversations = keys.map((importKey) => ({ importKey, messages }));
      return ada.post('/v1/conversations/import/batch', { conversations });
    },
  ];
}

/** Each write is the first one of its message. */
function growing(ada: Caller): (() => PromiseLike<{ status: number }>)[] {
  const open = `/v1/conversations/${OPEN}`;
  const write = (index: number, change: object) =>
    ada.patch(`${open}/messages/${OPEN_MESSAGES[index]}`, { expectedVersion: 0, ...change });
  return [
    () => ada.get(`${open}/messages`),
    () => ada.get(`${open}/messages/key:${MESSAGE_KEY}`),
    () => ada.post(`${open}/fork`),
    () => write(0, { append: 'more' }),
    () => write(1, { content: 'instead' }),
    () => write(2, { status: 'complete' }),
    () =>
      ada.post(`${open}/messages`, {
        messages: [
          { role: 'user', content: 'keyed', metadata: { word: ADA.word }, key: MESSAGE_KEY },
          { role: 'assistant', content: '', status: 'in_progress' },
        ],
      }),
  ];
}

/** Erases two of the messages that are there, before the conversation is deleted. */
const erasing = (ada: Caller, talk: string): (() => PromiseLike<{ status: number }>)[] => {
  const first = async (seq: number): Promise<string> => {
    const { body } = await ada.get(`${talk}/messages?afterSeq=${seq - 1}&limit=1&order=asc`);
    return `${talk}/messages/${(body as { data: [{ id: string }] }).data[0].id}`;
  };
  return [
    async () => ada.get(await first(1)),
    async () => ada.put(`${await first(1)}/feedback`, { rating: 'down', comment: ADA.word }),
    async () => ada.delete(`${await first(2)}/feedback`),
    () => ada.get(`${talk}/messages?rating=up`),
    () => ada.put(`${talk}/read`, { upTo: 1 }),
    () => ada.get('/v1/conversations?include=lastMessage,unread'),
    async () => ada.delete(await first(1)),
    async () => ada.delete(`${await first(1)}?derived=forget`),
    async () => ada.post(`${await first(2)}/redact`, { parts: [{ index: 0 }] }),
    async () => ada.post(`${await first(2)}/redact`, { content: 'x' }),
  ];
};

/** The second context is longer than what is looked at first. */
const contexts = (ada: Caller, talk: string): (() => PromiseLike<{ status: number }>)[] => [
  () =>
    ada
      .get(`${talk}/context/${MANIFEST}`)
      .expect(409)
      .then(() => ada.post(`${talk}/context`, { budgetTokens: 1_000 })),
  () =>
    ada.post(`${talk}/messages`, {
      messages: Array.from({ length: 60 }, () => ({ role: 'user', content: 'and on' })),
    }),
  () => ada.post(`${talk}/context`, { budgetTokens: 1_000 }),
  () => ada.post(`${talk}/context`, { budgetTokens: 100_000 }),
  () => ada.post(`${talk}/summaries`, { toSeq: 2, content: 'they met' }),
  () => ada.get(`${talk}/summaries?sort=id`),
  () => ada.delete(`${talk}/summaries/${SUMMARY}`),
];

/** What is known before the moment is gone back to, so that there is something to go back from. */
const remembering = (ada: Caller, talk: string): (() => PromiseLike<{ status: number }>)[] => [
  () =>
    ada
      .post(`${talk}/context`, { budgetTokens: 1_000, query: 'common' })
      .then(({ body }) => ada.get(`${talk}/context/${body.manifestId as string}`)),
  () =>
    ada.post('/v1/memories/search', {
      query: 'common',
      in: ['memories', 'messages'],
      neighbours: 1,
    }),
  () =>
    ada.post('/v1/memories/search', { query: 'common', filter: { kind: 'instruction' }, asOf: 3 }),
  () =>
    ada.post('/v1/memories/search', { query: 'com', prefix: true, in: ['memories', 'messages'] }),
  () => ada.post('/v1/memories/search', { query: 'on 8 May -common' }),
  () => ada.get('/v1/memories/stats'),
  () => ada.get('/v1/memories?q=common&asOf=3&count=true'),
  () => ada.get('/v1/memories?sort=id'),
  () => ada.get(`/v1/memories/${MEMORY}`),
  () => ada.get(`/v1/memories/${MEMORY}?asOf=2026-01-01T12:00:00Z`),
  () => ada.get(`/v1/memories/${MEMORY}/history`),
  () => ada.get('/v1/memories/diff?from=1'),
  () => ada.post('/v1/memories', { kind: 'instruction', content: REMEMBERED.toUpperCase() }),
  () => ada.post('/v1/memories', { kind: 'instruction', content: REMEMBERED }),
  () => ada.post('/v1/memories', { content: 'new' }),
  () => ada.post('/v1/memories', { content: 'newest', supersedes: [MEMORY] }),
  () =>
    ada.post('/v1/memories', {
      kind: 'instruction',
      content: `${REMEMBERED}!`,
      onSimilar: 'strengthen',
    }),
  () => ada.post('/v1/memories/search', { query: 'new' }),
  () =>
    ada.post('/v1/memories', {
      memories: [
        {
          kind: 'instruction',
          content: `${REMEMBERED};`,
          sourceMessageIds: ['00000000-0000-7000-8000-000000001001'],
        },
      ],
    }),
  ...naming(ada),
  () => ada.post(`/v1/memories/${MEMORY}/rollback`, { version: 1 }),
  () => ada.post('/v1/reply-cache/lookup', { question: {} }),
  () => ada.get('/v1/memory-blocks'),
  () => ada.get('/v1/memory-blocks?asOf=2026-01-03T00:00:00Z'),
  () => ada.get('/v1/memory-blocks/persona'),
  () => ada.get('/v1/memory-blocks/persona?asOf=2026-01-03T00:00:00Z'),
  () => ada.delete('/v1/memory-blocks/persona'),
  () => ada.post('/v1/memories/rollback', { conversationId: TALK }),
  () => ada.post('/v1/memories/rollback', { asOf: 1 }),
  () => ada.delete(`/v1/memories/${MEMORY}`),
  () => ada.delete(`/v1/memories/${MEMORY}?purge=true`),
];

/** Names conversations in bodies and filters by ids and by keys. */
const naming = (ada: Caller): (() => PromiseLike<{ status: number }>)[] => [
  () => ada.get(`/v1/conversations/key:${encodeURIComponent(IMPORT_KEY)}`),
  () => ada.get(`/v1/memories?filter[conversationId][ne]=key:${IMPORT_KEY}`),
  () => ada.get(`/v1/tasks?filter={"conversationId":["key:${IMPORT_KEY}","${OPEN}"]}`),
  () =>
    ada.post('/v1/memories/search', {
      query: REMEMBERED,
      filter: { conversationId: { ne: `key:${IMPORT_KEY}` } },
    }),
  () =>
    ada.post('/v1/memories?createIfMissing=true', {
      memories: [`key:${IMPORT_KEY}`, OPEN].map((conversationId) => ({
        content: `for ${conversationId}`,
        conversationId,
      })),
    }),
  () =>
    ada.post('/v1/conversations/key:new/messages?createIfMissing=true', {
      role: 'user',
      content: 'first',
    }),
];

const configuring = (ada: Caller, talk: string): (() => PromiseLike<{ status: number }>)[] => [
  () => ada.get('/v1/audit-log?count=true'),
  () => ada.get(`/v1/agent-configs/${CONFIG}/effective?secrets=true`),
  () => ada.get(`/v1/agent-configs/${CONFIG}/overrides`),
  () => ada.put(`/v1/agent-configs/${CONFIG}/overrides`, { systemPrompt: 'laid over' }),
  () => ada.get('/v1/mcp-servers?sort=name&count=true'),
  () => ada.get(`/v1/mcp-servers/${MCP_SERVER}`),
  () =>
    ada.post('/v1/mcp-servers', { name: 'new', transport: 'http', url: 'https://mcp.example/' }),
  () => ada.patch(`/v1/mcp-servers/${MCP_SERVER}`, { enabled: false }),
  () => ada.delete(`/v1/mcp-servers/${MCP_SERVER}`),
  () => ada.get('/v1/webhooks?count=true'),
  () => ada.post('/v1/webhooks', { url: 'https://app.example/', events: ['turn.finished'] }),
  () => ada.get(`/v1/webhooks/${WEBHOOK}/deliveries?count=true`),
  () => ada.post(`/v1/webhooks/${WEBHOOK}/test`),
  () => ada.post(`/v1/webhooks/${WEBHOOK}/deliveries/${DELIVERY}/replay`),
  () => ada.post(`/v1/webhooks/${WEBHOOK}/rotate-secret`, { overlapSeconds: 0 }),
  () => ada.patch(`/v1/webhooks/${OTHER_WEBHOOK}`, { description: 'other' }),
  () => ada.delete(`/v1/webhooks/${WEBHOOK}`),
  () => ada.get('/v1/agent-configs?sort=name&q=a&count=true'),
  () => ada.get(`/v1/agent-configs/${CONFIG}?version=1`),
  () => ada.get(`/v1/agent-configs/${CONFIG}/versions`),
  () => ada.get(`/v1/agent-configs/${CONFIG}/diff?from=1`),
  () => ada.get(`/v1/agent-configs/${CONFIG}/effective?alias=prod`),
  () => ada.get(`/v1/agent-configs/${CONFIG}/aliases`),
  () => ada.get(`/v1/agent-configs/${CONFIG}/aliases/prod`),
  () => ada.put(`/v1/agent-configs/${CONFIG}/aliases/prod`, { version: 1 }),
  () => ada.post(`/v1/agent-configs/${CONFIG}/aliases/prod/rollback`),
  () => ada.post(`/v1/agent-configs/${CONFIG}/copy`, { name: 'a copy' }),
  () => ada.patch(`/v1/agent-configs/${CONFIG}`, { systemPrompt: 'third' }),
  () => ada.patch(talk, { agentConfigId: CONFIG, agentConfigVersion: 1 }),
  () => ada.delete(`/v1/agent-configs/${CONFIG}/aliases/prod`),
  () => ada.delete(`/v1/agent-configs/${CONFIG}?force=true`),
];

/** Of both kinds of what is planned. */
const planning = (ada: Caller, path: string): (() => PromiseLike<{ status: number }>)[] => [
  () => ada.get(`${path}?sort=-updatedAt&q=common&count=true`),
  () => ada.get(`${path}/${PLANNED}`),
  () =>
    ada.post(path, {
      title: 'new',
      start: '2026-02-01',
      ...(path.endsWith('tasks') ? { start: undefined } : {}),
    }),
  () =>
    ada.patch(
      `${path}/${PLANNED}`,
      path.endsWith('tasks') ? { status: 'completed' } : { end: '2026-01-04' },
    ),
  () => ada.delete(`${path}/${PLANNED}`),
  () => ada.post(`${path}/${UNPLANNED}/restore`),
  () => ada.delete(`${path}/${PLANNED}?purge=true`),
];

/** What is there cannot be unwrapped, and makes place for what can. */
async function sealing(vault: Vault): Promise<void> {
  const place = { table: 'task', row: PLANNED, column: 'title' };
  await vault.shred();
  expect(await vault.open(place, await vault.seal(place, 'a secret'))).toBe('a secret');
}

/** A key of her own, which is sealed, shown, opened and removed. */
async function keying(keys: ModelKeysService): Promise<void> {
  await keys.save('claude', 'her-own-key');
  expect(await keys.list()).toHaveLength(1);
  expect(await keys.find('claude')).toBe('her-own-key');
  expect(await keys.remove('claude')).toBe(true);
}

/** Vectors, which a job makes. */
async function embedding(rows: MessageEmbeddingRepository): Promise<void> {
  const ranges = [{ conversationId: PURGED, after: 0, upTo: 1 }];
  const [message] = await rows.vectors('test', ranges);
  const vectors = [{ id: message!.id, vector: Int8Array.of(2) }];
  expect(await rows.heads('test')).toEqual([{ id: PURGED, upTo: 1 }]);
  expect(await rows.countMessages()).toBeGreaterThan(0);
  expect(await rows.next('test', 100)).not.toEqual([]);
  expect(await rows.save('test', { ...ranges[0]!, after: 1, upTo: 2, vectors })).toBe(true);
  expect(await rows.save('new', { ...ranges[0]!, vectors })).toBe(true);
}

interface Outcome {
  error?: string;
  rows?: unknown[];
  /** The rows of Ada and of all others, as the statement left them. */
  left: { ada: string; others: string };
}

/** Of rows, and of the user's last erasure, which is her last column but ten. */
const withoutTransactions = (rows: string) =>
  rows.replace(/ \d+\(/g, '(').replace(/^(app_user.*,)\d+((?:,[^,]*){10}\))$/gm, '$1$2');

/** Times are those of the moment. */
const timeless = (text: string) => text.replace(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+00)/g, 'now');

describe('every statement that is sent for Ada', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let statements: Sent[];
  let before: Outcome['left'];

  beforeAll(async () => {
    database = await createTestDatabase();
    await seedTwins(database);
    const copy = await createTestDatabase({ template: database.name });
    statements = await record(copy);
    await copy.drop();
    client = new pg.Client({ connectionString: database.adminUrl });
    await client.connect();
    before = await stored();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  async function record(copy: TestDatabase): Promise<Sent[]> {
    const app = await createTestApp({ MODEL_PROVIDERS: '{"claude":{"api":"anthropic"}}' }, copy);
    const recorder = new StatementRecorder();
    try {
      await app.app.get(RequestContexts).runAsUser(ADA.id, () => sealing(app.app.get(Vault)));
      await app.app
        .get(RequestContexts)
        .runAsUser(ADA.id, () => keying(app.app.get(ModelKeysService)));
      await app.app
        .get(RequestContexts)
        .runAsUser(ADA.id, () => embedding(app.app.get(MessageEmbeddingRepository)));
      await tour(app.actingFor(ADA.externalId));
    } finally {
      recorder.stop();
      await app.close();
    }
    return [...new Map(recorder.sent.reverse().map((one) => [one.text, one])).values()];
  }

  async function stored(): Promise<Outcome['left']> {
    const left = { ada: '', others: '' };
    for (const table of TABLES_WITH_TWINS) {
      const { rows } = await client.query<{ line: string }>(
        `select t.xmin || t::text as line from threadkeep.${table} t order by t::text`,
      );
      // What the service was answered about her is hers, too.
      for (const { line } of rows)
        left[line.includes(ADA.id) || line.includes(`service ${ADA.word}`) ? 'ada' : 'others'] +=
          `${table} ${line}\n`;
    }
    return left;
  }

  /** Sends a statement on the seeded rows, as the runtime role in the scope of `user`, or as a superuser whom no policy binds. */
  async function send(
    { text, values }: Sent,
    user: string | null,
    preparation = '',
  ): Promise<Outcome> {
    await client.query('begin');
    try {
      await client.query(preparation);
      await client.query('savepoint start');
      if (user)
        await client.query(
          `select set_config('app.user_id', $1, true), set_config('role', '${testRoles().app}', true)`,
          [user],
        );
      const outcome = await client.query(text, values).then(
        ({ rows }) => ({ rows: JSON.parse(timeless(JSON.stringify(rows))) as unknown[] }),
        ({ code, constraint }: pg.DatabaseError) => ({ error: constraint ?? code! }),
      );
      if ('error' in outcome) await client.query('rollback to start');
      await client.query('reset role');
      return { ...outcome, left: await stored() };
    } finally {
      await client.query('rollback');
    }
  }

  /** True when a statement changed nothing and gave no row, or such as count nothing. */
  const isIdle = ({ rows = [], left }: Outcome) => {
    const values = rows.flatMap((row) => Object.values(row as Record<string, unknown>));
    return (
      left.ada === before.ada &&
      left.others === before.others &&
      values.every((value) => value === 0 || value === null)
    );
  };

  const wordsOf = (text: string) => text.replace(/\s+/g, ' ').trim();

  /** The statements of Ada that do more for Bob, her id included, than they would if she had never been there. */
  async function takenByBob(preparation = ''): Promise<string[]> {
    const taken: string[] = [];
    for (const one of statements) {
      const tried = await send(one, BOB.id, preparation);
      const without = await send(
        one,
        BOB.id,
        `delete from threadkeep.app_user where id = '${ADA.id}';${preparation}`,
      );
      const told = [tried, without].map(({ error, rows }) => JSON.stringify([error, rows]));
      if (
        told[0] !== told[1] ||
        tried.left.ada !== before.ada ||
        tried.left.others !== before.others
      )
        taken.push(wordsOf(one.text));
    }
    return taken;
  }

  /** Whether a statement does to a database without policies exactly what it does in Ada's scope: its own filter is enough. */
  async function keepsToAda(one: Sent): Promise<boolean> {
    const [scoped, bare] = [await send(one, ADA.id), await send(one, null)];
    const [expected, found] = [scoped, bare].map(({ error, rows, left }) =>
      JSON.stringify([error, rows, timeless(withoutTransactions(left.ada))]),
    );
    return expected === found && bare.left.others === before.others;
  }

  it('is known: there are statements on every table of a user', () => {
    const texts = statements.map(({ text }) => text).join('\n');
    for (const table of OWNED) expect(texts).toMatch(new RegExp(`threadkeep"?\\."?${table}"?\\b`));
    expect(statements.length).toBeGreaterThan(20);
  });

  it('does something for Ada, or the tests below would prove nothing', async () => {
    const idle: string[] = [];
    for (const one of statements) {
      const outcome = await send(one, ADA.id);
      const isSecondHalf = SECOND_HALVES.some((part) => one.text.includes(part));
      // Messages of a conversation that was made just before: here it is missing.
      if (isIdle(outcome) && outcome.error !== 'message__conversation_fk' && !isSecondHalf)
        idle.push(wordsOf(one.text));
    }
    expect(idle).toEqual([]);
  });

  it('gives Bob nothing when he sends it with her id: the policies hold where a filter is missing', async () => {
    expect(await takenByBob()).toEqual([]);
  });

  it('is stopped by the policies and nothing else: without them Bob takes her rows', async () => {
    const open = OWNED.map(
      (table) =>
        `alter policy ${table}__owner on threadkeep.${table} using (true) with check (true)`,
    ).join(';');
    expect((await takenByBob(open)).length).toBeGreaterThan(statements.length / 2);
  });

  it('touches rows of Ada alone where no policy binds it: the filters hold where a policy is missing', async () => {
    const wrong: string[] = [];
    for (const one of statements) if (!(await keepsToAda(one))) wrong.push(wordsOf(one.text));
    expect(wrong).toEqual([]);
  });

  it('is stopped by its filters and nothing else: without them it touches rows of Bob', async () => {
    const unnoticed: string[] = [];
    const filter = /(?:"?\w+"?\.)?"?user_id"?\s*=\s*(?:\(select )?\$(\d+)(?:::uuid\)?)?/g;
    // The id of a job, or of a configuration that is laid over, is nobody else's: there is no row of Bob that a filter could keep away.
    const alone = [
      ...SECOND_HALVES,
      'from threadkeep.job where user_id = $1 and id = $2',
      // The account is joined to the user's own row, which the id finds.
      'left join threadkeep.account a on a.user_id = u.id and a.user_id = $1',
      'insert into threadkeep.agent_config_override',
      // Counts the bytes of writes, of which nobody here has many.
      'insert into threadkeep.checkpoint_write (user_id',
      // Asks whether a thread has any rows. Ada has, whatever Bob has.
      'select 1 as found from threadkeep.checkpoint where user_id = $1',
      // Nobody else has a turn of this conversation.
      "select $1, $2, $3, 'queued', $4, $5, $6, $7",
      // Counts turns and model calls that wait, of which nobody here has many.
      "'queued', true, $4, $5",
      "select $1, $2, 'queued', $3, $4, $5, $6, $7",
    ];
    const filtered = statements.filter(
      ({ text }) => text.match(filter) && !alone.some((part) => text.includes(part)),
    );
    for (const { text, values } of filtered) {
      const bare = { text: text.replace(filter, '$$$1::uuid is not null'), values };
      if (await keepsToAda(bare)) unnoticed.push(wordsOf(text));
    }
    expect(filtered.length).toBeGreaterThan(15);
    expect(unnoticed).toEqual([]);
  });
});
