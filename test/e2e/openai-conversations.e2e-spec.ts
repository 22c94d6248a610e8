// The Conversations API: the published client of OpenAI keeps conversations and their items here.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

const PATH = '/compat/openai/v1/conversations';

let api: TestApp;
let url: string;
beforeAll(async () => {
  api = await createTestApp();
  url = await api.listen();
});
afterAll(() => api.close());

type Item = Record<string, unknown>;
type Sent = OpenAI.Responses.ResponseInputItem[];

let count = 0;

/** A client of OpenAI and a caller of our own routes, for a user of their own. */
function newUser(name = `user-${++count}`) {
  const client = new OpenAI({
    baseURL: `${url}/compat/openai/v1`,
    apiKey: api.serviceKey,
    defaultHeaders: { 'Threadkeep-User': name },
    maxRetries: 0,
  });
  return { client, caller: api.actingFor(name) };
}

const message = (content: string, role: 'user' | 'assistant' = 'user') => ({ role, content });
const uuidIn = (id: string) =>
  id.replace(/^[a-z]+_(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
const itemsOf = async (client: OpenAI, id: string, order: 'asc' | 'desc' = 'asc') => {
  const items: Item[] = [];
  for await (const item of client.conversations.items.list(id, { order }))
    items.push(item as unknown as Item);
  return items;
};
const textsOf = (items: Item[]) =>
  items.map(({ content }) => (content as { text: string }[]).map(({ text }) => text).join('|'));

const refusal = (call: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> =>
  call.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
  );

describe('a conversation', () => {
  it('is made, read, changed and deleted', async () => {
    const { client, caller } = newUser();
    const { conversations } = client;
    const made = await conversations.create({ metadata: { topic: 'travel' } });
    expect(made).toEqual({
      id: expect.stringMatching(/^conv_[0-9a-f]{32}$/),
      object: 'conversation',
      created_at: expect.any(Number),
      metadata: { topic: 'travel' },
    });
    expect(Math.abs(made.created_at - Date.now() / 1_000)).toBeLessThan(86_400);
    expect(await conversations.retrieve(made.id)).toEqual(made);
    const changed = await conversations.update(made.id, { metadata: { mood: 'good' } });
    expect(changed).toEqual({ ...made, metadata: { mood: 'good' } });
    const own = await caller.get(`/v1/conversations/${uuidIn(made.id)}`).expect(200);
    expect(own.body.metadata).toEqual({ mood: 'good' });
    expect(await conversations.update(made.id, { metadata: null })).toEqual({
      ...made,
      metadata: {},
    });
    expect(await conversations.delete(made.id)).toEqual({
      id: made.id,
      deleted: true,
      object: 'conversation.deleted',
    });
    const gone = await refusal(conversations.retrieve(made.id));
    expect([gone.status, gone.code, gone.type]).toEqual([
      404,
      'conversation.not_found',
      'invalid_request_error',
    ]);
    await caller.post(`/v1/conversations/${uuidIn(made.id)}/restore`).expect(200);
    expect((await conversations.retrieve(made.id)).id).toBe(made.id);
  });

  it('is made with its items, or not at all', async () => {
    const { client, caller } = newUser();
    const made = await client.conversations.create({ items: [message('One'), message('Two')] });
    expect(textsOf(await itemsOf(client, made.id))).toEqual(['One', 'Two']);
    const items = [message('Three'), { type: 'no such type' }] as unknown as Sent;
    const refused = await refusal(client.conversations.create({ items }));
    expect([refused.status, refused.param]).toEqual([422, '/items/1']);
    expect((await caller.get('/v1/conversations').expect(200)).body.data).toHaveLength(1);
  });

  it('is found by its UUID and its key', async () => {
    const { client, caller } = newUser();
    const { body } = await caller.put('/v1/conversations/key:chat%2F1', {}).expect(201);
    const { id } = await client.conversations.retrieve('key:chat/1');
    expect(uuidIn(id)).toBe(body.id);
    expect((await client.conversations.retrieve(body.id)).id).toBe(id);
  });

  it.each(['conv_123', 'nonsense', `conv_${'0'.repeat(32)}`])('%s is none', async (id) => {
    const { client } = newUser();
    for (const call of [
      () => client.conversations.retrieve(id),
      () => client.conversations.update(id, { metadata: {} }),
      () => client.conversations.delete(id),
      async () => client.conversations.items.list(id),
      () => client.conversations.items.create(id, { items: [message('Hi')] }),
    ]) {
      const { status, code } = await refusal(call());
      expect([status, code]).toEqual([404, 'conversation.not_found']);
    }
  });

  const long = 'x'.repeat(513);
  it.each<[string, unknown, string]>([
    ['a value that is no text', { a: 1 }, '/metadata/a'],
    ['a long value', { a: long }, '/metadata/a'],
    ['a long name', { ['n'.repeat(65)]: 'a' }, `/metadata/${'n'.repeat(65)}`],
    [
      'too many values',
      Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`${i}`, 'a'])),
      '/metadata',
    ],
    ['a NUL', { a: '\0' }, '/metadata/a'],
    ['a list', [], '/metadata'],
  ])('takes no metadata with %s', async (_, metadata, param) => {
    const { client } = newUser();
    const made = await client.conversations.create({});
    for (const call of [
      () => client.conversations.create({ metadata: metadata as never }),
      () => client.conversations.update(made.id, { metadata: metadata as never }),
    ]) {
      const refused = await refusal(call());
      expect([refused.status, refused.code, refused.param]).toEqual([
        422,
        'request.invalid_body',
        param,
      ]);
    }
  });

  it('belongs to its user', async () => {
    const ada = newUser();
    const bob = newUser();
    const made = await ada.client.conversations.create({ items: [message('Mine')] });
    const [item] = await itemsOf(ada.client, made.id);
    const itemId = item!['id'] as string;
    const { conversations } = bob.client;
    for (const call of [
      () => conversations.retrieve(made.id),
      async () => conversations.items.list(made.id),
      () => conversations.items.retrieve(itemId, { conversation_id: made.id }),
      () => conversations.items.delete(itemId, { conversation_id: made.id }),
      () => conversations.delete(made.id),
    ])
      expect((await refusal(call())).status).toBe(404);
    expect(await itemsOf(ada.client, made.id)).toEqual([item]);
  });
});

describe('items', () => {
  const call = { type: 'function_call', call_id: 'c1', name: 'find', arguments: '{"near": "a"}' };
  const items: Item[] = [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'What is this?' },
        { type: 'input_image', image_url: 'https://a.example/1.png', detail: 'low' },
        { type: 'input_file', file_id: 'file-1' },
      ],
    },
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Be short.' }] },
    { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Be kind.' }] },
    {
      type: 'reasoning',
      id: 'rs_68abc',
      summary: [{ type: 'summary_text', text: 'Hm.' }],
      encrypted_content: 'gAAAA',
    },
    call,
    { type: 'function_call_output', call_id: 'c1', output: '{"found": null}' },
    {
      type: 'message',
      id: 'msg_68def',
      role: 'assistant',
      status: 'incomplete',
      phase: 'commentary',
      content: [
        {
          type: 'output_text',
          text: 'A map.',
          annotations: [{ type: 'url_citation', url: 'https://a.example', title: 'A' }],
        },
        { type: 'refusal', refusal: 'No more.' },
      ],
    },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: '' }] },
    {
      type: 'message',
      role: 'user',
      content: [{ type: 'input_hologram', rays: [12345678901234567890n, null] }],
    },
    {
      type: 'web_search_call',
      id: 'ws_1',
      status: 'completed',
      action: { type: 'search', query: 'a', sources: null },
    },
    { type: 'custom_tool_call', call_id: 'c2', name: 'sh', input: 'ls' },
    { type: 'custom_tool_call_output', call_id: 'c2', output: 'a' },
    { type: 'computer_call', call_id: 'c3', action: { type: 'screenshot' }, status: 'completed' },
    { type: 'mcp_list_tools', server_label: 's', tools: [] },
    { type: 'mcp_approval_request', server_label: 's', name: 'n', arguments: '{}' },
    { type: 'compaction', encrypted_content: 'abc' },
    { type: 'program', call_id: 'p1', code: '1 + 1', fingerprint: 'f', id: 'prog_1' },
  ];
  /** JSON with a number that a double would change. */
  const jsonOf = (value: unknown) =>
    JSON.stringify(value, (_, one: unknown) =>
      typeof one === 'bigint' ? `big:${one}` : one,
    ).replaceAll(/"big:(\d+)"/g, '$1');

  it('come back as they were sent, with an id each', async () => {
    const { client, caller } = newUser();
    const { id } = await client.conversations.create({});
    const answer = await fetch(`${url}${PATH}/${id}/items?include[]=a&include[]=b`, {
      method: 'POST',
      headers: { ...caller.headers, 'content-type': 'application/json' },
      body: jsonOf({ items }),
    });
    expect(answer.status).toBe(200);
    const listed = await caller.get(`${PATH}/${id}/items?order=asc&limit=100`).expect(200);
    expect(listed.text).toBe(await answer.text());
    expect(listed.text).toContain('12345678901234567890');
    const data = listed.body.data as Item[];
    expect(data).toEqual(
      items.map((item) => ({
        ...(/^(message|function_call)/.test(item['type'] as string) ? { status: 'completed' } : {}),
        ...(JSON.parse(jsonOf(item)) as Item),
        id: expect.any(String),
      })),
    );
    const ids = data.map((item) => item['id'] as string);
    expect(new Set(ids).size).toBe(ids.length);
    expect([ids[3], ids[6], ids[9], ids[16]]).toEqual(['rs_68abc', 'msg_68def', 'ws_1', 'prog_1']);
    expect(ids[4]).toMatch(/^fc_[0-9a-f]{32}$/);
    for (const item of data)
      expect(
        await client.conversations.items.retrieve(item['id'] as string, {
          conversation_id: id,
          include: ['reasoning.encrypted_content'],
        }),
      ).toEqual(item);
  });

  it('read well in our own form, and ours read well as items', async () => {
    const { client, caller } = newUser();
    const { id } = await client.conversations.create({ items: [message('Hi'), call] as Sent });
    const own = `/v1/conversations/${uuidIn(id)}/messages`;
    const { body } = await caller.get(`${own}?order=asc`).expect(200);
    expect(body.data).toMatchObject([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: [call] },
    ]);
    await caller.post(own, {
      messages: [
        { role: 'tool', content: 'found', metadata: { tool_call_id: 'c1' } },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Look.' },
            { type: 'tool-call', toolCallId: 'c9', toolName: 'show', input: { a: 1 } },
          ],
        },
        { role: 'user', content: 'Thanks', key: 'mine' },
        { role: 'assistant', content: 'So far', status: 'interrupted' },
      ],
    });
    const listed = (await itemsOf(client, id)).slice(2);
    expect(listed).toMatchObject([
      { type: 'function_call_output', call_id: 'c1', output: 'found', status: 'completed' },
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Look.', annotations: [] }],
      },
      { type: 'function_call', call_id: 'c9', name: 'show', arguments: '{"a":1}' },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Thanks' }] },
      { type: 'message', role: 'assistant', status: 'incomplete' },
    ]);
    for (const item of listed)
      expect(
        await client.conversations.items.retrieve(item['id'] as string, { conversation_id: id }),
      ).toEqual(item);
  });

  it('are listed in pages, also from between the items of one message', async () => {
    const { client, caller } = newUser();
    const { id } = await client.conversations.create({});
    const parts = ['a', 'b', 'c'].map((text) => ({ type: 'text', text }));
    await caller.post(`/v1/conversations/${uuidIn(id)}/messages`, {
      messages: [message('0'), { role: 'assistant', content: parts }, message('d'), message('e')],
    });
    const all = ['0', 'a', 'b', 'c', 'd', 'e'];
    for (const limit of [1, 2, 3, 6, 7])
      for (const order of ['asc', 'desc'] as const) {
        const seen: Item[] = [];
        for await (const item of client.conversations.items.list(id, { limit, order }))
          seen.push(item as unknown as Item);
        expect(textsOf(seen)).toEqual(order === 'asc' ? all : all.toReversed());
      }
    const { body } = await caller.get(`${PATH}/${id}/items?limit=6`).expect(200);
    const ids = (body.data as { id: string }[]).map((item) => item.id);
    expect(body).toMatchObject({ object: 'list', first_id: ids[0], last_id: ids[5] });
    expect(body.has_more).toBe(false);
    const after = await caller.get(`${PATH}/${id}/items?after=${ids[5]}`).expect(200);
    expect(after.body).toEqual({
      object: 'list',
      data: [],
      first_id: null,
      last_id: null,
      has_more: false,
    });
  });

  it('with the same id are items of their own, and pages go on behind each', async () => {
    const { client } = newUser();
    const { id } = await client.conversations.create({});
    const same = (text: string) => ({
      type: 'message',
      id: '__fake_id__',
      role: 'assistant',
      content: [{ type: 'output_text', text }],
    });
    for (const texts of [['a', 'b'], ['a']])
      await client.conversations.items.create(id, { items: texts.map(same) as unknown as Sent });
    const seen: Item[] = [];
    for await (const item of client.conversations.items.list(id, { limit: 1, order: 'asc' }))
      seen.push(item as unknown as Item);
    expect(textsOf(seen)).toEqual(['a', 'b', 'a']);
    expect(seen[0]!['id']).toBe('__fake_id__');
    expect(new Set(seen.map((item) => item['id'])).size).toBe(3);
  });

  it('with the same id are deleted one by one, also when the answer was lost', async () => {
    const { client } = newUser();
    const { id } = await client.conversations.create({});
    const thought = (text: string) => ({
      ...{ type: 'reasoning', id: '__fake_id__', encrypted_content: text },
      summary: [],
    });
    for (const text of ['one', 'two'])
      await client.conversations.items.create(id, { items: [thought(text)] as unknown as Sent });
    const [, second] = await itemsOf(client, id);
    expect(second!['id']).not.toBe('__fake_id__');
    const place = { conversation_id: id };
    await client.conversations.items.delete(second!['id'] as string, place);
    const again = await refusal(client.conversations.items.delete(second!['id'] as string, place));
    expect(again.status).toBe(404);
    expect(await itemsOf(client, id)).toEqual([thought('one')]);
  });

  it('with the same id that come at once are all stored', async () => {
    const { client } = newUser();
    const { id } = await client.conversations.create({});
    const texts = ['a', 'b', 'c', 'd'];
    await Promise.all(
      texts.map((text) =>
        client.conversations.items.create(id, {
          items: [{ ...message(text), id: '__fake_id__' }],
        }),
      ),
    );
    expect(textsOf(await itemsOf(client, id)).toSorted()).toEqual(texts);
  });

  it.each(['3f2504e0-4f89-41d3-9a0c-0305e82c3301', 'rs_3f2504e04f8941d39a0c0305e82c3301', 'MSG-1'])(
    'are found by the id that is shown when they were sent with %s',
    async (sentId) => {
      const { client } = newUser();
      const items = ['a', 'b', 'c'].map((text, i) => ({
        ...message(text),
        ...(i === 0 && { id: sentId }),
      }));
      const { id } = await client.conversations.create({ items: items as unknown as Sent });
      const seen: Item[] = [];
      for await (const item of client.conversations.items.list(id, { limit: 1, order: 'asc' }))
        seen.push(item as unknown as Item);
      expect(textsOf(seen)).toEqual(['a', 'b', 'c']);
      const shown = seen[0]!['id'] as string;
      expect(shown === sentId).toBe(!sentId.includes('-4f89-'));
      const place = { conversation_id: id };
      expect(await client.conversations.items.retrieve(shown, place)).toEqual(seen[0]);
    },
  );

  it('of a page that goes on behind another branch are refused', async () => {
    const { client, caller } = newUser();
    const items = ['a', 'b', 'c'].map((text) => message(text));
    const { id } = await client.conversations.create({ items });
    const [first, second] = await itemsOf(client, id);
    const head = { messageId: uuidIn(first!['id'] as string) };
    await caller.put(`/v1/conversations/${uuidIn(id)}/head`, head).expect(200);
    await client.conversations.items.create(id, { items: [message('d')] });
    const after = second!['id'] as string;
    const refused = await refusal(client.conversations.items.list(id, { after, order: 'asc' }));
    expect([refused.status, refused.code]).toEqual([409, 'conversation.head_moved']);
  });

  it('go on behind any number of messages without an item', async () => {
    const { client, caller } = newUser();
    const { id } = await client.conversations.create({ items: [message('first')] });
    const empty = { role: 'assistant', content: [{ type: 'step-start' }] };
    const messages = Array.from({ length: 1_000 }, () => empty);
    await caller.post(`/v1/conversations/${uuidIn(id)}/messages`, { messages }).expect(201);
    const { data } = await client.conversations.items.list(id, { limit: 1 });
    expect(textsOf(data as unknown as Item[])).toEqual(['first']);
  });

  it('that only name another item are refused', async () => {
    const { client } = newUser();
    const reference = { type: 'item_reference', id: 'msg_1' };
    const refused = await refusal(
      client.conversations.create({ items: [reference] as unknown as Sent }),
    );
    expect([refused.status, refused.param]).toEqual([422, '/items/0/type']);
  });

  it('may ask for everything that can be included', async () => {
    const { client, caller } = newUser();
    const { id } = await client.conversations.create({ items: [message('Hi')] });
    const include = Array.from({ length: 7 }, (_, i) => `${'long'.repeat(9)}.${i}`);
    for (const name of ['include', 'include[]'])
      await caller
        .get(`${PATH}/${id}/items?${include.map((one) => `${name}=${one}`).join('&')}`)
        .expect(200);
  });

  it('of another conversation get ids of their own', async () => {
    const { client } = newUser();
    const one = await client.conversations.create({ items: [message('Hi')] });
    const [item] = await itemsOf(client, one.id);
    const two = await client.conversations.create({ items: [item] as unknown as Sent });
    const [copy] = await itemsOf(client, two.id);
    expect(copy).toEqual({ ...item, id: expect.any(String) });
    expect(copy!['id']).not.toBe(item!['id']);
  });

  it.each<[string, unknown, string]>([
    ['none', [], '/items'],
    ['no list', 'Hi', '/items'],
    ['a text', ['Hi'], '/items/0'],
    ['another role', [{ role: 'critic', content: 'Hi' }], '/items/0'],
    ['a field of our own', [{ role: 'user', content: 'Hi', key: 'a' }], '/items/0/key'],
    ['a NUL in a text', [{ role: 'user', content: 'a\0' }], '/items/0/content'],
  ])('are refused when there is %s', async (_, sent, param) => {
    const { client } = newUser();
    const { id } = await client.conversations.create({});
    const refused = await refusal(client.conversations.items.create(id, { items: sent as Sent }));
    expect([refused.status, refused.type, refused.param]).toEqual([
      422,
      'invalid_request_error',
      param,
    ]);
  });

  it('are more than OpenAI takes at once', async () => {
    const { client } = newUser();
    const { id } = await client.conversations.create({});
    const many = Array.from({ length: 150 }, (_, i) => message(`${i}`));
    const added = await client.conversations.items.create(id, { items: many });
    expect(added.data).toHaveLength(150);
    expect(textsOf(await itemsOf(client, id))).toEqual(many.map(({ content }) => content));
  });

  it.each([
    ['limit=0', '?limit'],
    ['limit=101', '?limit'],
    ['order=up', '?order'],
    ['offset=1', '?offset'],
  ])('are not listed with %s', async (query, pointer) => {
    const { client, caller } = newUser();
    const { id } = await client.conversations.create({});
    const problem = expectProblem(
      await caller.get(`${PATH}/${id}/items?${query}`),
      400,
      'request.invalid_query',
    );
    expect(problem).toMatchObject({ error: { param: pointer, code: 'request.invalid_query' } });
  });
});

describe('a deleted item', () => {
  it('is erased, and the conversation ends with the one before', async () => {
    const { client, caller } = newUser();
    const made = await client.conversations.create({
      items: [message('One'), message('Two'), message('Three')],
    });
    const [one, two, three] = (await itemsOf(client, made.id)).map((item) => item['id'] as string);
    const place = { conversation_id: made.id };
    expect(await client.conversations.items.delete(three!, place)).toEqual(made);
    const own = `/v1/conversations/${uuidIn(made.id)}`;
    expect((await caller.get(own).expect(200)).body.headSeq).toBe(2);
    const erased = await caller.get(`${own}/messages/${uuidIn(three!)}`).expect(200);
    expect(erased.body).toMatchObject({ content: '', erased: { how: 'removed' } });
    await client.conversations.items.delete(one!, place);
    expect(textsOf(await itemsOf(client, made.id))).toEqual(['Two']);
    for (const id of [one!, three!])
      for (const call of [
        () => client.conversations.items.retrieve(id, place),
        () => client.conversations.items.delete(id, place),
      ]) {
        const { status, code } = await refusal(call());
        expect([status, code]).toEqual([404, 'openai.item_not_found']);
      }
    // A page goes on behind an item that was deleted since.
    const rest = await client.conversations.items.list(made.id, { after: one!, order: 'asc' });
    expect(rest.data.map(({ id }) => id)).toEqual([two]);
    await client.conversations.items.create(made.id, { items: [message('Four')] });
    expect(textsOf(await itemsOf(client, made.id))).toEqual(['Two', 'Four']);
  });

  it('may be added again under the id that a model gave it', async () => {
    const { client } = newUser();
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'abc' };
    const items = [reasoning] as unknown as Sent;
    const { id } = await client.conversations.create({ items });
    const place = { conversation_id: id };
    for (let i = 0; i < 2; i++) {
      await client.conversations.items.delete('rs_1', place);
      await client.conversations.items.create(id, { items });
      expect(await itemsOf(client, id)).toEqual([reasoning]);
      expect(await client.conversations.items.retrieve('rs_1', place)).toEqual(reasoning);
    }
  });

  it('of another branch is no item, until it is added again', async () => {
    const { client, caller } = newUser();
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'abc' };
    const items = [message('Hi'), reasoning] as unknown as Sent;
    const { id } = await client.conversations.create({ items });
    const [first, second] = (await itemsOf(client, id)) as [Item, Item];
    const place = { conversation_id: id };
    const head = { messageId: uuidIn(first['id'] as string) };
    await caller.put(`/v1/conversations/${uuidIn(id)}/head`, head).expect(200);
    expect(await itemsOf(client, id)).toEqual([first]);
    const { status } = await refusal(client.conversations.items.retrieve('rs_1', place));
    expect(status).toBe(404);
    await client.conversations.items.create(id, { items: items.slice(1) });
    expect(await client.conversations.items.retrieve('rs_1', place)).toEqual(second);
  });

  it('of several of a message is refused, once', async () => {
    const { client, caller } = newUser();
    const { id } = await client.conversations.create({});
    const content = ['a', 'b'].map((text) => ({ type: 'text', text }));
    await caller.post(`/v1/conversations/${uuidIn(id)}/messages`, { role: 'assistant', content });
    const [item] = await itemsOf(client, id);
    const refused = await refusal(
      client.conversations.items.delete(
        item!['id'] as string,
        { conversation_id: id },
        { maxRetries: 2 },
      ),
    );
    expect([refused.status, refused.code]).toEqual([409, 'openai.item_not_alone']);
    expect(refused.headers?.get('x-should-retry')).toBe('false');
    expect(textsOf(await itemsOf(client, id))).toEqual(['a', 'b']);
  });
});

describe('a request', () => {
  it('names its user by a key of the user, or by the header', async () => {
    const made = await api.service.post('/v1/api-keys', { name: 'k', user: 'kim' }).expect(201);
    const client = new OpenAI({ baseURL: `${url}/compat/openai/v1`, apiKey: made.body.key });
    const { id } = await client.conversations.create({ items: [message('Hi')] });
    expect((await newUser('kim').client.conversations.retrieve(id)).id).toBe(id);
    const unnamed = await api.service.post(PATH, {});
    expect(unnamed.body.error).toMatchObject({ code: 'access.user_required', param: null });
  });

  it.each([
    ['no key', {}, 401, 'authentication_error'],
    ['a wrong key', { authorization: 'Bearer tk_wrong' }, 401, 'authentication_error'],
  ])('with %s is refused as OpenAI does', async (_, headers, status, type) => {
    const { body } = await api.anonymous.with(headers).post(PATH, {}).expect(status);
    expect(body.error).toMatchObject({ type, message: expect.stringMatching(/\S/), param: null });
  });

  it('is answered again under the same Idempotency-Key, until what it shows is deleted', async () => {
    const { caller } = newUser();
    const once = (key: string): Caller => caller.with({ 'idempotency-key': key });
    const create = () => once('a').post(PATH, { items: [message('Hi')], metadata: { a: 'b' } });
    const made = await create().expect(200);
    expect((await create().expect(200)).body).toEqual(made.body);
    const path = `${PATH}/${made.body.id}`;
    const add = () => once('b').post(`${path}/items`, { items: [message('Ho')] });
    const added = await add().expect(200);
    expect((await add().expect(200)).text).toBe(added.text);
    expect((await caller.get(`${path}/items`).expect(200)).body.data).toHaveLength(2);
    const update = () => once('c').post(path, { metadata: { c: 'd' } });
    await update().expect(200);
    expect((await update().expect(200)).body.metadata).toEqual({ c: 'd' });
    const own = `/v1/conversations/${uuidIn(made.body.id as string)}`;
    await caller.delete(`${own}?purge=true&derived=keep`).expect(204);
    for (const again of [create, add, update]) {
      const { status, body } = await again();
      expect([status, body.code]).toEqual([410, 'idempotency.erased']);
    }
  });
});
