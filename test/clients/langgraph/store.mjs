// Uses a store as LangGraph's own, and prints what it saw as JSON.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  AsyncBatchedStore,
  BaseStore,
  InMemoryStore,
  InvalidNamespaceError,
} from '@langchain/langgraph-checkpoint';
import { Threadkeep } from '@threadkeep/client';
import { createStore } from '@threadkeep/client/langgraph';

const { SERVICE_URL: baseUrl, API_KEY: apiKey } = process.env;
const client = new Threadkeep({ baseUrl, apiKey });
const run = randomUUID();
const userOf = (name) => client.user(`${name} ${run}`);
const newStore = (name, options) => createStore(BaseStore, userOf(name), options);

/** What the store of LangGraph says, ours must say, too. */
async function compares() {
  const [ours, theirs] = [newStore('compared'), new InMemoryStore()];
  const both = async (work) => {
    const [mine, other] = [await work(ours), await work(theirs)];
    assert.deepEqual(plain(mine), plain(other));
    return mine;
  };
  const items = [
    [['users', '1'], 'a', { kind: 'tea', n: 1 }],
    [['users', '10'], 'b', { kind: 'tea', n: 2 }],
    [['users', '1', 'notes'], 'c', { kind: 'milk', n: 3, nested: { x: [1] } }],
    [['other'], 'd', { kind: null }],
  ];
  for (const item of items) await both((store) => store.put(...item));
  await both((store) => store.get(['users', '1'], 'a'));
  await both((store) => store.get(['users', '1'], 'none'));
  for (const prefix of [[], ['users'], ['users', '1'], ['user']])
    await both(async (store) => sorted(await store.search(prefix, { limit: 50 })));
  for (const filter of [
    { kind: 'tea' },
    { n: { $gt: 1 } },
    { n: { $gte: 1, $lt: 3 } },
    { kind: { $ne: 'tea' } },
    { kind: { $in: ['milk'] } },
    { kind: null },
  ])
    await both(async (store) => sorted(await store.search([], { filter })));
  for (const asked of [
    {},
    { prefix: ['users'] },
    { prefix: ['users', '*'] },
    { suffix: ['notes'] },
    { maxDepth: 1 },
    { prefix: ['users'], maxDepth: 2, limit: 1, offset: 1 },
  ])
    await both((store) => store.listNamespaces(asked));
  await both((store) => store.delete(['users', '1'], 'a'));
  await both((store) => store.get(['users', '1'], 'a'));
  for (const namespace of [[], ['a.b'], ['a', ''], ['langgraph', 'x']])
    await assert.rejects(ours.put(namespace, 'k', {}), InvalidNamespaceError);
}

const plain = (value) =>
  JSON.parse(
    JSON.stringify(value ?? null, (name, one) => (/^(created|updated)At$/.test(name) ? '' : one)),
  );
const sorted = (items) => items.toSorted((a, b) => (a.key < b.key ? -1 : 1));

async function batches() {
  const store = newStore('batches');
  const place = { namespace: ['n'], key: 'k' };
  const results = await store.batch([
    place,
    { ...place, value: { n: 1 } },
    { namespacePrefix: ['n'] },
    { ...place, value: { n: 2 } },
  ]);
  assert.deepEqual(results, [null, undefined, [], undefined]);
  const { createdAt, value } = await store.get(['n'], 'k');
  assert(createdAt instanceof Date);
  assert.deepEqual(value, { n: 2 });
  const gone = await store.batch([
    place,
    { ...place, value: null },
    { namespacePrefix: ['n'], limit: 100 },
    { namespacePrefix: ['n'], limit: 100 },
  ]);
  assert.deepEqual([gone[0].value, gone[1], gone[2].length], [{ n: 2 }, undefined, 1]);
  assert.deepEqual(gone[3], gone[2]);
  assert.equal(await store.get(['n'], 'k'), null);
  await store.put(['n'], 'k', { n: 2 });
  const many = Array.from({ length: 250 }, (_, i) => `key ${i}`);
  await store.batch(many.map((key) => ({ namespace: ['many'], key, value: { key } })));
  const read = await store.batch(many.map((key) => ({ namespace: ['many'], key })));
  assert.deepEqual(
    read.map((item) => item.value.key),
    many,
  );
  assert.equal((await store.search(['many'], { limit: 240 })).length, 240);
  assert.equal((await store.search(['many'], { limit: 240, offset: 200 })).length, 50);
  const queued = new AsyncBatchedStore(store);
  queued.start();
  const [, item] = await Promise.all([
    queued.put(['n'], 'queued', { ok: true }),
    queued.get(['n'], 'k'),
  ]);
  assert.deepEqual(item.value, { n: 2 });
  await queued.stop();
  assert.deepEqual((await store.get(['n'], 'queued')).value, { ok: true });
}

async function searches() {
  const store = newStore('searches');
  await store.put(['facts'], 'tea', { text: 'Ada likes drinking green tea' });
  await store.put(['facts'], 'bike', { text: 'She rides bikes' });
  await store.put(['facts'], 'hidden', { text: 'tea' }, false);
  const found = await store.search(['facts'], { query: 'What tea does she drink?', limit: 2 });
  return found.map(({ key, score }) => [key, score > 0]);
}

async function expires() {
  const store = newStore('expiring', { ttlMinutes: 60, refreshTtlOnRead: true });
  await store.put(['n'], 'k', {});
  await store.get(['n'], 'k');
  const { get } = await userOf('expiring').request('POST /v1/store/read', {
    body: { get: [{ namespace: ['n'], key: 'k' }] },
  });
  return (Date.parse(get[0].expiresAt) - Date.now()) / 60_000 > 55;
}

await compares();
await batches();
console.log(JSON.stringify({ found: await searches(), expires: await expires() }));
