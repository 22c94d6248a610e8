// A user with rows everywhere, for tests of what removes or moves all of a user.
import { expect } from '@jest/globals';
import { Config } from '../../src/platform/config/config.js';
import { giveAccount, mailSecret, openSession } from './accounts.js';
import type { Caller, TestApp } from './app.js';
import { eventually } from './wait.js';

const placeOf = (threadId: string) => ({ threadId, namespace: '', checkpointId: '1' });
const PACKED = { type: 'json', data: Buffer.from('"something"').toString('base64') };
const CHECKPOINT = {
  checkpoint: PACKED,
  metadata: PACKED,
  channels: { messages: '1' },
  values: [{ channel: 'messages', version: '1', ...PACKED }],
};
const WRITES = [{ channel: 'messages', position: 0, ...PACKED }];

/** A user with a row in every table that can hold one. */
export async function createFullUser(
  app: TestApp,
  externalId: string,
): Promise<{ id: string; own: Caller; key: string }> {
  const { id } = (await app.service.post('/v1/users', { externalId }).expect(201)).body;
  const { key } = (await app.service.post('/v1/api-keys', { userId: id }).expect(201)).body;
  const own = app.anonymous.with({ authorization: `Bearer ${key}` });
  const config = (await own.post('/v1/agent-configs', { name: 'something to run' }).expect(201))
    .body;
  await own.put(`/v1/agent-configs/${config.id}/aliases/prod`, { version: 1 }).expect(200);
  await own
    .post('/v1/mcp-servers', {
      name: 'files',
      agentConfigId: config.id,
      transport: 'http',
      url: 'https://mcp.example/',
      headers: { Authorization: 'Bearer x' },
    })
    .expect(201);
  await own
    .put(`/v1/agent-configs/${config.id}/overrides`, { systemPrompt: 'something of my own' })
    .expect(200);
  await app.service
    .get(`/v1/agent-configs/${config.id}/effective?userId=${id}&secrets=true`)
    .expect(200);
  const conversation = (
    await own
      .with({ 'idempotency-key': `key-of-${externalId.replaceAll(' ', '-')}` })
      .post('/v1/conversations', { title: externalId, agentConfigId: config.id })
      .expect(201)
  ).body;
  const { data } = (
    await own
      .post(`/v1/conversations/${conversation.id}/messages`, {
        role: 'user',
        content: 'something to find',
      })
      .expect(201)
  ).body;
  const memory = (
    await own
      .post('/v1/memories', { content: 'something to remember', sourceMessageIds: [data[0].id] })
      .expect(201)
  ).body;
  await app.database.admin(
    `insert into threadkeep.memory_embedding (user_id, memory_id, version, arrival, model, vector) values ($1, $2, 1, 1, 'test', '\\x01')`,
    [id, memory.id],
  );
  await app.database.admin(
    `with head as (insert into threadkeep.message_embedding_head (user_id, conversation_id, model, up_to) values ($1, $2, 'test', 1))
     insert into threadkeep.message_embedding (user_id, message_id, model, vector) values ($1, $3, 'test', '\\x01')`,
    [id, conversation.id, data[0].id],
  );
  await own
    .post(`/v1/conversations/${conversation.id}/summaries`, {
      toSeq: 1,
      content: 'something was said',
    })
    .expect(201);
  await own
    .post(`/v1/conversations/${conversation.id}/context`, { budgetTokens: 1_000 })
    .expect(200);
  await own.post(`/v1/conversations/${conversation.id}/fork`).expect(201);
  const gone = (await own.post('/v1/conversations', { title: 'gone' }).expect(201)).body;
  const open = (await own.post('/v1/conversations').expect(201)).body;
  const reply = { role: 'assistant', content: 'open', status: 'in_progress' };
  await own.post(`/v1/conversations/${open.id}/messages`, reply).expect(201);
  const turns = `/v1/conversations/${open.id}/turns`;
  const asked = await own.post(turns, { model: { provider: 'openai', name: 'x' } }).expect(202);
  // Its end removes rows.
  await eventually(async () => {
    const { body } = await own.get(`${turns}/${asked.body.id as string}`).expect(200);
    return body.state === 'failed';
  });
  await own.delete(`/v1/conversations/${gone.id}?purge=true`).expect(200);
  await own.post('/v1/tasks', { title: 'something to do' }).expect(201);
  await own.post('/v1/events', { title: 'something on', start: '2026-01-01' }).expect(201);
  await app.database.admin(
    `insert into threadkeep.job (id, user_id, name, max_attempts) values (gen_random_uuid(), $1, 'water.plants', 8)`,
    [id],
  );
  const call = { messages: [reply], model: { provider: 'openai', name: 'x' } };
  const called = await own.post('/v1/model-calls', call).expect(202);
  // Its end changes its row, where the process makes model calls.
  await eventually(async () => {
    const { body } = await own.get(`/v1/model-calls/${called.body.id as string}`).expect(200);
    return body.state === 'failed' || app.app.get(Config).jobConcurrency === 0;
  });
  await app.database.admin(
    `insert into threadkeep.model_key (user_id, provider, sealed) values ($1, 'claude', '\\x01')`,
    [id],
  );
  const item = { namespace: ['something'], key: externalId, value: { something: 'kept' } };
  await own.post('/v1/store/batch', { put: [item] }).expect(200);
  const place = placeOf(externalId);
  await own.put('/v1/checkpoints', { ...place, ...CHECKPOINT }).expect(204);
  await own.put('/v1/checkpoints/writes', { ...place, taskId: 't', writes: WRITES }).expect(204);
  const url = 'https://app.example/hook';
  const hook = await own.post('/v1/webhooks', { url, events: ['memory.created'] }).expect(201);
  await own.post(`/v1/webhooks/${hook.body.id as string}/test`).expect(202);
  const undo = `with undo as (
      insert into threadkeep.merge_undo (user_id, from_id, into_id, expires_at)
      values ($1, gen_random_uuid(), $1, now() + interval '1 day') returning user_id, from_id)
    insert into threadkeep.merge_undo_part (user_id, from_id, kind, number, entries)
    select user_id, from_id, 'task', 0, '[["01980000-0000-7000-8000-000000000000"]]' from undo`;
  await app.database.admin(undo, [id]);
  await giveAccount(app.database, id);
  await openSession(app.database, id, 'a browser');
  await mailSecret(app.database, id, 'reset', 'ada@mail.example');
  const words = `insert into threadkeep.message_search (user_id, conversation_id, seq, terms)
    select user_id, conversation_id, seq, 'something' from threadkeep.message where user_id = $1`;
  await app.database.admin(words, [id]);
  expect((await own.get('/v1/messages/search?q=something').expect(200)).body.data).not.toHaveLength(
    0,
  );
  return { id, own, key };
}

/** Rows of the user in each table that has owners, read from the catalog. */
export async function rowsOf(app: TestApp, userId: string): Promise<Record<string, number>> {
  const tables = await app.database.admin(
    `select table_name as name from information_schema.columns where table_schema = 'threadkeep' and column_name = 'user_id' order by 1`,
  );
  const names = tables.rows.map(({ name }) => name as string);
  const counts = names.map(
    (name) => `(select count(*)::int from threadkeep.${name} where user_id = $1) as ${name}`,
  );
  return (await app.database.admin(`select ${counts.join(', ')}`, [userId])).rows[0] as Record<
    string,
    number
  >;
}
