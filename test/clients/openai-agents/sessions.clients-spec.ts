// The Agents SDK as it is published keeps its sessions in conversations, by both ways to name the user.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Threadkeep } from '../../../clients/typescript/src/index.js';
import { ThreadkeepSession } from '../../../clients/typescript/src/openai-agents.js';
import { createTestApp, type TestApp } from '../../support/app.js';
import { ITEM_PAIRS } from '../../support/doors/openai-items.js';
import { systemEnvironment } from '../../support/npm.js';

let api: TestApp;
let url: string;
beforeAll(async () => {
  api = await createTestApp();
  url = await api.listen();
});
afterAll(() => api.close());

type Item = Record<string, unknown>;
interface Seen {
  id: string;
  replies: string[];
  inputs: Item[][];
  items: Item[];
  newest: Item[];
  popped: Item[];
  left: Item[];
  again: Item[];
  fresh: Item[] | null;
}

async function session(way: 'client' | 'own', apiKey: string, user: string, last = 'keep') {
  const program = join(import.meta.dirname, 'session.mjs');
  const env = {
    ...systemEnvironment(),
    BASE_URL: `${url}/compat/openai/v1`,
    API_KEY: apiKey,
    USER_NAME: user,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [program, way, last], { env });
  return JSON.parse(stdout) as Seen;
}

const keyOf = async (user: string): Promise<string> =>
  (await api.service.post('/v1/api-keys', { name: user, user }).expect(201)).body.key;
const typesOf = (items: Item[]) => items.map(({ type, role }) => role ?? type);
const withoutIds = (items: Item[]) => items.map((item) => ({ ...item, id: null }));

const TYPES = [
  ...['user', 'reasoning', 'function_call', 'function_call_result', 'assistant'],
  ...['user', 'assistant'],
];

describe('a session of the Agents SDK', () => {
  it.each<['client' | 'own', string]>([
    ['client', 'ada'],
    ['own', 'bob'],
  ])('(%s) holds the turns of an agent', async (way, user) => {
    const seen = await session(way, way === 'own' ? await keyOf(user) : api.serviceKey, user);
    expect(seen.replies).toEqual(['At the market hall.', 'You are welcome.']);
    expect(seen.inputs.map(typesOf)).toEqual([['user'], TYPES.slice(0, 4), TYPES.slice(0, 6)]);
    expect(typesOf(seen.items)).toEqual(TYPES);
    expect(seen.items[1]).toMatchObject({
      id: 'rs_68c0ffee',
      content: [{ type: 'input_text', text: 'I need a place.' }],
      providerData: { encrypted_content: 'gAAAAsecret' },
    });
    expect(seen.newest).toEqual(seen.items.slice(-2));
    expect(seen.popped).toEqual(seen.items.slice(-2).toReversed());
    expect(seen.left).toEqual(seen.items.slice(0, -2));
    expect(withoutIds(seen.again)).toEqual(withoutIds(seen.items));
    const messages = await api
      .actingFor(user)
      .get(
        `/v1/conversations/${seen.id.replace(/^conv_(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}/messages?order=asc`,
      )
      .expect(200);
    const shown = (messages.body.data as Item[]).filter(({ erased }) => !erased);
    expect(shown.map(({ role }) => role)).toEqual([
      ...['user', 'assistant', 'assistant', 'tool', 'assistant', 'user', 'assistant'],
    ]);
  });

  it('begins anew when it is cleared', async () => {
    const { fresh } = await session('client', api.serviceKey, 'cleo', 'clear');
    expect(fresh).toEqual([]);
    const caller = api.actingFor('cleo');
    expect((await caller.get('/v1/conversations').expect(200)).body.data).toHaveLength(1);
    const { body } = await caller.get('/v1/conversations?status=deleted').expect(200);
    expect(body.data).toHaveLength(1);
  });
});

/** What the SDK itself does not send on as it is, by the type of the item. */
const LOST: Record<string, string[]> = {
  image_generation_call: ['result'],
  mcp_call: ['output'],
  local_shell_call: ['action'],
};
/** The SDK leaves out most ids. */
const sentOn = (item: Item): Item => {
  const lost = ['id', ...(LOST[item['type'] as string] ?? [])];
  return Object.fromEntries(Object.entries(item).filter(([name]) => !lost.includes(name)));
};

it('the SDK sends items of all kinds on, as a session of the client gives them', async () => {
  const apiKey = await keyOf('dan');
  const caller = api.actingFor('dan');
  const items = ITEM_PAIRS.map((pair) => pair.api);
  const path = '/compat/openai/v1/conversations';
  await caller.post('/v1/conversations', { key: 'all' }).expect(201);
  await caller.post(`${path}/key:all/items`, { items }).expect(200);
  const chat = new Threadkeep({ baseUrl: url, apiKey }).user().conversation('key:all');
  const given = await new ThreadkeepSession(chat).getItems();
  const env = { ...systemEnvironment(), BASE_URL: `${url}/compat/openai/v1`, API_KEY: apiKey };
  const program = join(import.meta.dirname, 'items.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program], {
    env: { ...env, ITEMS: JSON.stringify(given) },
  });
  const sent = await caller.get(`${path}/${stdout.trim()}/items?order=asc&limit=100`).expect(200);
  expect(sent.body.data).toMatchObject(items.map(sentOn));
});
