// Quotas: what a user may keep, by every way in; what still works at the limit; and what frees a place.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Response, Test } from 'supertest';
import type { QuotaName } from '../../src/platform/quotas/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { rowsIn, usageOf } from '../support/quotas.js';

const LIMITS = {
  QUOTA_CONVERSATIONS: '3',
  QUOTA_MESSAGES: '6',
  QUOTA_MESSAGE_BYTES: '1000',
  QUOTA_MEMORIES: '3',
  QUOTA_MEMORY_VERSIONS: '5',
  QUOTA_MEMORY_BYTES: '500',
  QUOTA_MANIFESTS: '2',
  QUOTA_MANIFEST_BYTES: '0',
  QUOTA_MODEL_CALLS: '2',
  QUOTA_MODEL_CALL_BYTES: '600',
  QUOTA_CONFIG_VERSIONS: '3',
  QUOTA_PLANS: '2',
  QUOTA_STORE_ITEMS: '2',
  QUOTA_STORE_BYTES: '1000',
  QUOTA_CHECKPOINTS: '2',
  QUOTA_CHECKPOINT_BYTES: '3000',
  QUOTA_KEYS: '2',
};

let app: TestApp;
let users = 0;
beforeAll(async () => {
  app = await createTestApp(LIMITS);
});
afterAll(() => app.close());

interface User extends Caller {
  id: string;
}
async function newUser(): Promise<User> {
  const externalId = `keeper ${++users}`;
  const { id } = (await app.service.post('/v1/users', { externalId }).expect(201)).body as {
    id: string;
  };
  return Object.assign(app.actingFor(externalId), { id });
}

const idOf = ({ body }: Response): string => (body as { id: string }).id;
const CONVERSATIONS = '/v1/conversations';
const MEMORIES = '/v1/memories';
const CONFIGS = '/v1/agent-configs';
const KEYS = '/v1/api-keys';
const CALLS = '/v1/model-calls';

const call = (content: string) => ({
  messages: [{ role: 'user', content }],
  model: { provider: 'sample', name: 'x' },
});

const STORE = '/v1/store/batch';
const CHECKPOINTS = '/v1/checkpoints';
const item = (key: string, value: unknown = {}) => ({ namespace: ['n'], key, value });
const packed = (text: string) => ({ type: 'json', data: Buffer.from(text).toString('base64') });
const place = (checkpointId: string) => ({ threadId: 't', namespace: '', checkpointId });
const written = (checkpointId: string, text = '') => ({
  ...place(checkpointId),
  taskId: 'task',
  writes: [{ channel: 'a', position: 0, ...packed(text) }],
});
const checkpoint = (checkpointId: string, text = '') => ({
  ...place(checkpointId),
  ...{ checkpoint: packed(''), metadata: packed(''), channels: { a: checkpointId } },
  values: [{ channel: 'a', version: checkpointId, ...packed(text) }],
});

const said = (content: unknown = '.', metadata?: object) => ({
  role: 'user',
  content,
  ...(metadata && { metadata }),
});
const many = (count: number, content = '.') => ({
  messages: Array.from({ length: count }, () => said(content)),
});
const importing = (count: number, content = '.') => ({
  importKey: `import ${++users}`,
  ...many(count, content),
});

async function talk(who: Caller, count: number, content = '.'): Promise<string> {
  const id = idOf(await who.post(CONVERSATIONS).expect(201));
  if (count > 0)
    await who.post(`${CONVERSATIONS}/${id}/messages`, many(count, content)).expect(201);
  return id;
}
const newId = () => `00000000-0000-7000-8000-${String(++users).padStart(12, '0')}`;
const inTalk = (id: string) => `${CONVERSATIONS}/${id}`;
const remember = async (who: Caller, content: string): Promise<string> =>
  idOf(await who.post(MEMORIES, { content }).expect(201));

interface Case {
  /** Uses all of the quota. @returns ids of what there is */
  fill: (who: User) => Promise<string[]>;
  /** Each way in, which would go over it. */
  ways: Record<string, (who: User, ids: string[]) => Test>;
  /** Works at the limit. */
  allowed?: (who: User, ids: string[]) => Promise<unknown>;
  free: (who: User, ids: string[]) => Promise<unknown>;
  /** Refused before, and works once a place is free. */
  again: (who: User, ids: string[]) => Test;
}

const CASES: Record<string, Case & { quota: QuotaName }> = {
  conversations: {
    quota: 'conversations',
    fill: async (who) => [await talk(who, 1), await talk(who, 0), await talk(who, 0)],
    ways: {
      'a conversation': (who) => who.post(CONVERSATIONS),
      'an append that makes one': (who) =>
        who.post(`${inTalk(newId())}/messages?createIfMissing=true`, said()),
      'a memory for a new one': (who) =>
        who.post(`${MEMORIES}?createIfMissing=true`, {
          content: 'Tea',
          conversationId: newId(),
        }),
      'a task of a new one': (who) =>
        who.post('/v1/tasks?createIfMissing=true', { title: 'one', conversationId: 'key:new' }),
      'a context of a new one': (who) =>
        who.post(`${inTalk(newId())}/context?createIfMissing=true`),
      'an import': (who) => who.post(`${CONVERSATIONS}/import`, importing(1)),
      'a fork': (who, [first]) => who.post(`${inTalk(first!)}/fork`),
    },
    // One that is deleted can be restored, and is kept until it is purged.
    allowed: async (who, [first]) => {
      await who.delete(inTalk(first!)).expect(204);
      await who.post(CONVERSATIONS).expect(507);
      await who.post(`${inTalk(first!)}/restore`).expect(200);
      await who.post(`${inTalk(first!)}/messages`, said()).expect(201);
    },
    free: (who, [first]) => who.delete(`${inTalk(first!)}?purge=true`).expect(200),
    again: (who) => who.post(CONVERSATIONS),
  },
  messages: {
    quota: 'messages',
    fill: async (who) => [await talk(who, 4), await talk(who, 2)],
    ways: {
      'an append': (who, [first]) => who.post(`${inTalk(first!)}/messages`, said()),
      'an append of several': (who, [first]) => who.post(`${inTalk(first!)}/messages`, many(3)),
      'an append of many': (who, [first]) => who.post(`${inTalk(first!)}/messages`, many(60)),
      'an append that makes the conversation': (who) =>
        who.post(`${inTalk(newId())}/messages?createIfMissing=true`, said()),
      'an import': (who) => who.post(`${CONVERSATIONS}/import`, importing(1)),
      'a fork': (who, [, second]) => who.post(`${inTalk(second!)}/fork`, { seq: 1 }),
      'a summary': (who, [first]) =>
        who.post(`${inTalk(first!)}/summaries`, { toSeq: 1, content: 's' }),
    },
    allowed: (who) => who.post(CONVERSATIONS).expect(201),
    free: (who, [first]) => who.delete(`${inTalk(first!)}?purge=true`).expect(200),
    again: (who, [, second]) => who.post(`${inTalk(second!)}/messages`, many(4)),
  },
  'bytes of messages': {
    quota: 'messageBytes',
    fill: async (who) => [await talk(who, 1, 'ä'.repeat(350)), await talk(who, 1, 'b'.repeat(299))],
    ways: {
      'an append': (who, [first]) => who.post(`${inTalk(first!)}/messages`, said('cc')),
      'an append of several': (who, [first]) => who.post(`${inTalk(first!)}/messages`, many(2)),
      'parts and metadata': (who, [first]) =>
        who.post(`${inTalk(first!)}/messages`, said([{ type: 'text', text: '' }], { x: '' })),
      'an import': (who) => who.post(`${CONVERSATIONS}/import`, importing(1, 'cc')),
      'a fork': (who, [, second]) => who.post(`${inTalk(second!)}/fork`),
      'a summary': (who, [first]) =>
        who.post(`${inTalk(first!)}/summaries`, { toSeq: 1, content: 'cc' }),
    },
    allowed: (who, [first]) => who.post(`${inTalk(first!)}/messages`, said('c')).expect(201),
    free: (who, [first]) => who.delete(`${inTalk(first!)}?purge=true`).expect(200),
    again: (who, [, second]) => who.post(`${inTalk(second!)}/messages`, said('c'.repeat(700))),
  },
  memories: {
    quota: 'memories',
    fill: async (who) => [
      await remember(who, 'Tea'),
      await remember(who, 'Milk'),
      (
        (await who.put('/v1/memory-blocks/persona', { content: 'kind' }).expect(200)).body as {
          label: string;
        }
      ).label,
    ],
    ways: {
      'a memory': (who) => who.post(MEMORIES, { content: 'Sugar' }),
      memories: (who) => who.post(MEMORIES, { memories: [{ content: 'Sugar' }] }),
      'a block': (who) => who.put('/v1/memory-blocks/other', { content: 'new' }),
    },
    allowed: (who, [first]) =>
      who.patch(`${MEMORIES}/${first}`, { content: 'Green tea' }).expect(200),
    free: (who, [first]) => who.delete(`${MEMORIES}/${first}?purge=true`).expect(204),
    again: (who) => who.post(MEMORIES, { content: 'Sugar' }),
  },
  'versions of memories': {
    quota: 'memoryVersions',
    fill: async (who) => {
      const ids = [await remember(who, 'Tea'), await remember(who, 'Milk')];
      const { body } = await who
        .patch(`${MEMORIES}/${ids[0]}`, { content: 'Green tea' })
        .expect(200);
      await who.patch(`${MEMORIES}/${ids[0]}`, { content: 'Black tea' }).expect(200);
      await who.patch(`${MEMORIES}/${ids[1]}`, { content: 'No milk' }).expect(200);
      return [...ids, String((body as { revision: number }).revision)];
    },
    ways: {
      'an edit': (who, [first]) => who.patch(`${MEMORIES}/${first}`, { content: 'White tea' }),
      'the same again': (who) => who.post(MEMORIES, { content: 'Black tea' }),
      'a memory': (who) => who.post(MEMORIES, { content: 'Sugar' }),
      memories: (who) => who.post(MEMORIES, { memories: [{ content: 'Black tea' }] }),
      'a rollback of all': (who, [, , revision]) =>
        who.post(`${MEMORIES}/rollback`, { asOf: Number(revision) }),
      'a rollback of one': (who, [first]) =>
        who.post(`${MEMORIES}/${first}/rollback`, { version: 1 }),
    },
    // Forgetting adds a version that says so, and still works.
    allowed: (who, [, second]) => who.delete(`${MEMORIES}/${second}`).expect(204),
    free: (who, [, second]) => who.delete(`${MEMORIES}/${second}?purge=true`).expect(204),
    again: (who) => who.post(MEMORIES, { content: 'Sugar' }),
  },
  'bytes of memories': {
    quota: 'memoryBytes',
    fill: async (who) => [
      await remember(who, 'a'.repeat(300)),
      await remember(who, 'b'.repeat(200)),
    ],
    ways: {
      'a memory': (who) => who.post(MEMORIES, { content: 'c' }),
      'a memory with metadata': (who) => who.post(MEMORIES, { content: 'c', metadata: { a: 1 } }),
      'an edit': (who, [first]) => who.patch(`${MEMORIES}/${first}`, { content: 'c' }),
      'a block': (who) => who.put('/v1/memory-blocks/persona', { content: 'kind' }),
    },
    free: (who, [first]) => who.delete(`${MEMORIES}/${first}`).expect(204),
    again: (who) => who.post(MEMORIES, { content: 'c'.repeat(300) }),
  },
  manifests: {
    quota: 'manifests',
    fill: async (who) => {
      const id = await talk(who, 1);
      await who.post(`${inTalk(id)}/context`, { budgetTokens: 1000 }).expect(200);
      const { body } = await who.post(`${inTalk(id)}/context`, { budgetTokens: 2000 }).expect(200);
      return [id, (body as { manifestId: string }).manifestId, await talk(who, 1)];
    },
    ways: {
      'a context': (who, [first]) => who.post(`${inTalk(first!)}/context`, { budgetTokens: 3000 }),
      'a context of another conversation': (who, [, , second]) =>
        who.post(`${inTalk(second!)}/context`),
    },
    allowed: (who, [first, manifest]) =>
      who.get(`${inTalk(first!)}/context/${manifest}`).expect(200),
    free: (who, [first]) => who.delete(`${inTalk(first!)}?purge=true`).expect(200),
    again: (who, [, , second]) => who.post(`${inTalk(second!)}/context`),
  },
  'model calls': {
    quota: 'modelCalls',
    fill: async (who) => [
      idOf(await who.post(CALLS, call('one')).expect(202)),
      idOf(await who.post(CALLS, call('two')).expect(202)),
    ],
    ways: { 'a call': (who) => who.post(CALLS, call('three')) },
    // It is kept until it is deleted.
    allowed: async (who, [first]) => {
      await who.post(`${CALLS}/${first}/cancel`).expect(202);
      await who.post(CALLS, call('three')).expect(507);
    },
    free: (who, [first]) => who.delete(`${CALLS}/${first}`).expect(204),
    again: (who) => who.post(CALLS, call('three')),
  },
  'bytes of model calls': {
    quota: 'modelCallBytes',
    fill: async (who) => [idOf(await who.post(CALLS, call('x'.repeat(300))).expect(202))],
    ways: { 'a call': (who) => who.post(CALLS, call('y'.repeat(300))) },
    free: (who, [first]) => who.delete(`${CALLS}/${first}`).expect(204),
    again: (who) => who.post(CALLS, call('y'.repeat(300))),
  },
  'versions of configurations': {
    quota: 'configVersions',
    fill: async (who) => {
      const id = idOf(await who.post(CONFIGS, { name: 'Support' }).expect(201));
      await who.patch(`${CONFIGS}/${id}`, { systemPrompt: 'Be brief.' }).expect(200);
      await who.put(`${CONFIGS}/${id}/aliases/prod`, { version: 1 }).expect(200);
      return [id];
    },
    ways: {
      'a configuration': (who) => who.post(CONFIGS, { name: 'Other' }),
      'a version': (who, [id]) => who.patch(`${CONFIGS}/${id}`, { systemPrompt: 'Be long.' }),
      'a copy': (who, [id]) => who.post(`${CONFIGS}/${id}/copy`),
      'a move of an alias': (who, [id]) => who.put(`${CONFIGS}/${id}/aliases/prod`, { version: 2 }),
      'what is laid over it': (who, [id]) =>
        who.put(`${CONFIGS}/${id}/overrides`, { systemPrompt: 'Be kind.' }),
    },
    free: (who, [id]) => who.delete(`${CONFIGS}/${id}`).expect(204),
    again: (who) => who.post(CONFIGS, { name: 'Other' }),
  },
  plans: {
    quota: 'plans',
    fill: async (who) => [
      idOf(await who.post('/v1/tasks', { title: 'one' }).expect(201)),
      idOf(await who.post('/v1/events', EVENT).expect(201)),
    ],
    ways: {
      'a task': (who) => who.post('/v1/tasks', { title: 'two' }),
      'an event': (who) => who.post('/v1/events', EVENT),
    },
    allowed: (who, [task]) => who.patch(`/v1/tasks/${task}`, { title: 'changed' }).expect(200),
    free: (who, [task]) => who.delete(`/v1/tasks/${task}?purge=true`).expect(204),
    again: (who) => who.post('/v1/tasks', { title: 'two' }),
  },
  'items of the store': {
    quota: 'storeItems',
    fill: async (who) => {
      await who.post(STORE, { put: [item('a'), item('b')] }).expect(200);
      return [];
    },
    ways: { 'an item': (who) => who.post(STORE, { put: [item('c')] }) },
    allowed: (who) => who.post(STORE, { get: [{ namespace: ['n'], key: 'a' }] }).expect(200),
    free: (who) => who.post(STORE, { delete: [{ namespace: ['n'], key: 'a' }] }).expect(200),
    again: (who) => who.post(STORE, { put: [item('c')] }),
  },
  'bytes of the store': {
    quota: 'storeBytes',
    fill: async (who) => {
      await who.post(STORE, { put: [item('a', { x: 'x'.repeat(300) })] }).expect(200);
      return [];
    },
    ways: { 'an item': (who) => who.post(STORE, { put: [item('b', 'y'.repeat(300))] }) },
    free: (who) => who.post(STORE, { delete: [{ namespace: ['n'], key: 'a' }] }).expect(200),
    again: (who) => who.post(STORE, { put: [item('b', 'y'.repeat(300))] }),
  },
  checkpoints: {
    quota: 'checkpoints',
    fill: async (who) => {
      for (const id of ['1', '2']) await who.put(CHECKPOINTS, checkpoint(id)).expect(204);
      return [];
    },
    ways: { 'a checkpoint': (who) => who.put(CHECKPOINTS, checkpoint('3')) },
    allowed: (who) => who.put(`${CHECKPOINTS}/writes`, written('2')).expect(204),
    free: (who) => who.delete(`${CHECKPOINTS}?threadId=t&keep=1`).expect(204),
    again: (who) => who.put(CHECKPOINTS, checkpoint('3')),
  },
  'bytes of checkpoints': {
    quota: 'checkpointBytes',
    fill: async (who) => {
      await who.put(CHECKPOINTS, checkpoint('1', 'x'.repeat(1_500))).expect(204);
      return [];
    },
    ways: {
      'a checkpoint': (who) => who.put(CHECKPOINTS, checkpoint('2', 'y'.repeat(1_500))),
      'what a task writes': (who) =>
        who.put(`${CHECKPOINTS}/writes`, written('1', 'y'.repeat(1_500))),
    },
    free: (who) => who.delete(`${CHECKPOINTS}?threadId=t`).expect(204),
    again: (who) => who.put(CHECKPOINTS, checkpoint('2', 'y'.repeat(1_500))),
  },
  keys: {
    quota: 'keys',
    fill: async (who) => {
      const make = async () => idOf(await app.service.post(KEYS, { userId: who.id }).expect(201));
      return [await make(), await make()];
    },
    ways: { 'a key': (who) => app.service.post(KEYS, { userId: who.id }) },
    // Another in its place is none more, but while both can be used.
    allowed: async (who, ids) => {
      ids[0] = idOf(
        await app.service.post(`${KEYS}/${ids[0]}/rotate`, { overlapSeconds: 0 }).expect(201),
      );
      const next = idOf(
        await app.service.post(`${KEYS}/${ids[0]}/rotate`, { overlapSeconds: 60 }).expect(201),
      );
      expectProblem(await app.service.post(`${KEYS}/${next}/rotate`), 507, 'quota.reached');
      await app.service.delete(`${KEYS}/${next}`).expect(204);
      expect((await usageOf(who)).keys).toBe(2);
    },
    free: (_, [first]) => app.service.delete(`${KEYS}/${first}`).expect(204),
    again: (who) => app.service.post(KEYS, { userId: who.id }),
  },
};
const EVENT = {
  title: 'Lunch',
  start: '2026-12-01T12:00:00',
  end: '2026-12-01T13:00:00',
  timeZone: 'Europe/Berlin',
};

describe.each(Object.entries(CASES))(
  'the quota of %s',
  (_, { quota, fill, ways, allowed, free, again }) => {
    it('answers 507 with the reached quota on every route until something is deleted, for this user only', async () => {
      const [ada, bob] = [await newUser(), await newUser()];
      const ids = await fill(ada);
      const before = await rowsIn(app);
      for (const [way, send] of Object.entries(ways)) {
        for (const headers of [{}, { 'idempotency-key': `${quota}-${way}`.replaceAll(' ', '-') }]) {
          const who = Object.assign(ada.with(headers), { id: ada.id });
          const response = await send(who, ids);
          expect([way, response.status]).toEqual([way, 507]);
          const problem = expectProblem(response, 507, 'quota.reached');
          expect(problem).toMatchObject({
            quota,
            limit: Number(limitOf(quota)),
            detail: expect.stringContaining(settingOf(quota)),
          });
          expect((problem['used'] as number) + (problem['adding'] as number)).toBeGreaterThan(
            problem['limit'] as number,
          );
        }
      }
      expect(await rowsIn(app)).toEqual(before);
      await fill(bob);
      await allowed?.(ada, ids);
      await free(ada, ids);
      const response = await again(ada, ids);
      expect([200, 201, 202, 204]).toContain(response.status);
    });
  },
);

const settingOf = (quota: QuotaName) =>
  `QUOTA_${quota.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
const limitOf = (quota: QuotaName) => LIMITS[settingOf(quota) as keyof typeof LIMITS];

describe('GET /v1/users/:id/usage', () => {
  it('is readable by the user, a service key acting for the user and the operator, and is correct after deletions', async () => {
    const ada = await newUser();
    const { key } = (await app.service.post(KEYS, { userId: ada.id }).expect(201)).body as {
      key: string;
    };
    const own = app.anonymous.with({ authorization: `Bearer ${key}` });
    const nothing = Object.fromEntries(Object.keys(await usageOf(ada)).map((quota) => [quota, 0]));
    expect(await usageOf(own)).toEqual({ ...nothing, keys: 1 });

    const first = await talk(ada, 2, 'four');
    const second = idOf(await ada.post(`${inTalk(first)}/fork`, { seq: 1 }).expect(201));
    await ada.post(`${inTalk(first)}/summaries`, { toSeq: 1, content: 'sum' }).expect(201);
    const tea = await remember(ada, 'Tea');
    await ada.patch(`${MEMORIES}/${tea}`, { content: 'Black' }).expect(200);
    const task = idOf(await ada.post('/v1/tasks', { title: 'one' }).expect(201));
    await ada.post(`${inTalk(first)}/context`).expect(200);
    const full = {
      conversations: 2,
      messages: 4,
      messageBytes: 15,
      memories: 1,
      memoryVersions: 2,
      memoryBytes: 8,
      plans: 1,
      manifests: 1,
      manifestBytes: expect.any(Number) as unknown,
    };
    for (const used of [
      await usageOf(own),
      await usageOf(ada),
      await usageOf(app.service, `/v1/users/${ada.id}/usage`),
    ])
      expect(used).toEqual({ ...nothing, keys: 1, ...full });

    await ada.delete(inTalk(second)).expect(204);
    await ada.delete(`/v1/tasks/${task}`).expect(204);
    expect(await usageOf(ada)).toMatchObject({ conversations: 2, messages: 4, plans: 1 });
    await ada.delete(`${inTalk(second)}?purge=true`).expect(200);
    await ada.delete(`/v1/tasks/${task}?purge=true`).expect(204);
    await ada.delete(`${MEMORIES}/${tea}`).expect(204);
    expect(await usageOf(ada)).toMatchObject({
      conversations: 1,
      messages: 3,
      messageBytes: 11,
      plans: 0,
      memories: 0,
      memoryBytes: 0,
      memoryVersions: 3,
    });
    await ada.delete(`${MEMORIES}/${tea}?purge=true`).expect(204);
    await ada.delete(`${inTalk(first)}?purge=true`).expect(200);
    expect(await usageOf(ada)).toEqual({ ...nothing, keys: 1 });
  });

  it('has null for no limit, and answers 404 for an unknown user', async () => {
    const ada = await newUser();
    const { data } = (await ada.get('/v1/users/me/usage').expect(200)).body as {
      data: { quota: string; limit: number | null }[];
    };
    expect(data.find(({ quota }) => quota === 'manifestBytes')).toEqual({
      quota: 'manifestBytes',
      unit: 'bytes',
      used: 0,
      limit: null,
    });
    expect(data.find(({ quota }) => quota === 'messages')).toEqual({
      quota: 'messages',
      unit: 'rows',
      used: 0,
      limit: 6,
    });
    expectProblem(await app.service.get(`/v1/users/${newId()}/usage`), 404, 'user.not_found');
    expectProblem(
      await app.actingFor('never seen').get('/v1/users/me/usage'),
      404,
      'user.not_found',
    );
  });
});

it('a first write over a quota creates no user', async () => {
  const who = app.actingFor('all at once');
  expectProblem(await who.post(`${CONVERSATIONS}/import`, importing(7)), 507, 'quota.reached');
  expect(
    (await app.service.get('/v1/users?externalId=all at once').expect(200)).body,
  ).toMatchObject({ data: [] });
  await who.post(`${CONVERSATIONS}/import`, importing(6)).expect(201);
});

describe('the quota of answers stored for retries', () => {
  let small: TestApp;
  beforeAll(async () => {
    small = await createTestApp({ QUOTA_ANSWER_BYTES: '4000' }, app.database);
  });
  afterAll(() => small.close());

  it('covers all routes, and still answers retries and requests without a key', async () => {
    const [ada, bob] = [small.actingFor('ada of answers'), small.actingFor('bob of answers')];
    const tea = await ada.post(MEMORIES, { content: 'Tea' }).expect(201);
    const keyed = (who: Caller, n: number) =>
      who.with({ 'idempotency-key': `search-${n}` }).post(`${MEMORIES}/search`, { query: 'tea' });
    const statuses: number[] = [];
    for (let n = 0; n < 8; n++) statuses.push((await keyed(ada, n)).status);
    expect([statuses[0], statuses[7]]).toEqual([200, 507]);
    expect(expectProblem(await keyed(ada, 9), 507, 'quota.reached')).toMatchObject({
      quota: 'answerBytes',
      limit: 4_000,
    });
    const restore = (key: string) =>
      ada
        .with({ 'idempotency-key': key })
        .post(`/v1/tasks`, { title: 'x'.repeat(200), description: 'x'.repeat(3_000) });
    expectProblem(await restore('task'), 507, 'quota.reached');
    expect((await ada.get('/v1/tasks').expect(200)).body).toMatchObject({ data: [] });
    await keyed(ada, 0).expect(200);
    await ada.post(`${MEMORIES}/search`, { query: 'tea' }).expect(200);
    await keyed(bob, 0).expect(200);
    // With what an answer shows the answer goes.
    await ada.delete(`${MEMORIES}/${idOf(tea)}?purge=true`).expect(204);
    await keyed(ada, 10).expect(200);
  });
});
