// The TypeScript client against the service: what an application does in its first weeks.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Threadkeep, ThreadkeepError } from '../../../clients/typescript/src/index.js';
import { createTestApp, type TestApp } from '../../support/app.js';

let api: TestApp;
let url: string;
let tk: Threadkeep;
beforeAll(async () => {
  api = await createTestApp();
  url = await api.listen();
  tk = new Threadkeep({ baseUrl: `${url}/`, apiKey: api.serviceKey });
});
afterAll(() => api.close());

const failure = async (call: Promise<unknown>): Promise<ThreadkeepError> => {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ThreadkeepError);
  return error as ThreadkeepError;
};

describe('a conversation of the TypeScript client', () => {
  it('is made by the first append to its own name, and gives what was appended', async () => {
    const chat = tk.user('ada').conversation('key:a/b%?c#d é');
    const [first] = await chat.append({ role: 'user', content: 'No peanuts for me.' });
    const rest = await chat.append([
      { role: 'assistant', content: 'Noted.' },
      { role: 'user', content: [{ type: 'text', text: 'Where shall we eat?' }] },
    ]);
    expect([first, ...rest].map((message) => message?.seq)).toEqual([1, 2, 3]);
    expect((await chat.get()).key).toBe('a/b%?c#d é');
    const texts = await chat.messages({ order: 'asc' }).toArray();
    expect(texts.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(await chat.message(first!.id)).toEqual(texts[0]);
    expect((await chat.search('peanuts')).map(({ message }) => message.seq)).toEqual([1]);
    const all = await tk.user('ada').searchMessages('peanuts');
    expect(all.map(({ message }) => message.id)).toEqual([first!.id]);
  });

  it('is read over more than two pages, each message once, in both orders', async () => {
    const chat = await tk.user('ada').createConversation({ title: 'Long' });
    await chat.append(
      Array.from({ length: 25 }, (_, i) => ({ role: 'user' as const, content: `${i + 1}` })),
    );
    const seqs = async (order: 'asc' | 'desc') => {
      const found = [];
      for await (const { seq } of chat.messages({ limit: 10, order })) found.push(seq);
      return found;
    };
    const upwards = Array.from({ length: 25 }, (_, i) => i + 1);
    expect(await seqs('asc')).toEqual(upwards);
    expect(await seqs('desc')).toEqual(upwards.toReversed());
    const list = chat.messages({ limit: 10, offset: 5, count: true });
    expect((await list.toArray()).map(({ seq }) => seq)).toEqual(upwards.toReversed().slice(5));
    const page = await list.page();
    expect([page.data.length, page.total, typeof page.nextCursor]).toEqual([10, 25, 'string']);
  });

  it('gives a context that ends with the newest message, with memories of the user', async () => {
    const grace = tk.user('grace');
    await grace.memories.add({ content: 'Is allergic to shrimp', tags: ['health'] });
    const chat = grace.conversation('key:lunch');
    await chat.append({ role: 'user', content: 'What may I eat without an allergy?' });
    const context = await chat.context<{ role: string; content: string }>({ budgetTokens: 1000 });
    expect(context.messages.at(-1)?.content).toContain('What may I eat');
    expect(JSON.stringify(context.messages)).toContain('shrimp');
    expect(context.tokens).toBeLessThan(1000);
  });

  it('answers again on a branch, takes back, and is listed, changed and deleted', async () => {
    const user = tk.user('branching');
    const chat = await user.createConversation({ title: 'First' });
    const [question] = await chat.append({ role: 'user', content: 'Well?' });
    await chat.append({ role: 'assistant', content: 'One.' });
    await chat.append({ role: 'assistant', content: 'Two.' }, { parentId: question!.id });
    const shown = await chat.messages({ order: 'asc' }).toArray();
    expect(shown.map(({ content }) => content)).toEqual(['Well?', 'Two.']);
    await chat.moveHead(question!.id);
    expect(await chat.messages().toArray()).toHaveLength(1);
    await chat.update({ title: 'Second', tags: ['x'] });
    await user.conversation('key:other').ensure({ title: 'Other' });
    const titles = await user.conversations({ filter: { tags: 'x' } }).toArray();
    expect(titles.map(({ title }) => title)).toEqual(['Second']);
    await chat.delete();
    expect((await failure(chat.get())).code).toBe('conversation.not_found');
  });

  it('gives messages back in the shape in which another product sent them', async () => {
    const chat = tk.user('ada').conversation('key:shapes');
    const sent = [
      { role: 'user', content: 'Find a hall.' },
      { type: 'function_call', call_id: 'call_1', name: 'find', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'At the river.' },
    ];
    await chat.appendAs('openai-responses', sent);
    const given = await chat.messagesAs<Record<string, unknown>>('openai-responses').toArray();
    expect(given).toMatchObject(sent);
  });
});

describe('the memory of the TypeScript client', () => {
  it('adds, searches, lists, updates and forgets', async () => {
    const { memories } = tk.user('mem');
    const added = await memories.add('Is allergic to peanuts');
    await memories.addAll([{ content: 'Likes tea' }, { content: 'Lives in Oslo', kind: 'fact' }]);
    const [hit] = await memories.search('what allergies?');
    expect(hit?.memory.content).toBe('Is allergic to peanuts');
    const updated = await memories.update(added.id, { content: 'Is allergic to shrimp' });
    expect([updated.id, updated.version]).toEqual([added.id, 2]);
    expect((await memories.get(added.id)).content).toBe('Is allergic to shrimp');
    expect(await memories.list({ limit: 1 }).toArray()).toHaveLength(3);
    await memories.forget(added.id, { purge: true });
    expect((await failure(memories.get(added.id))).code).toBe('memory.not_found');
  });

  it('finds messages too when it is asked for both', async () => {
    const user = tk.user('both');
    await user.memories.add('Plays the cello');
    await user.conversation('key:c').append({ role: 'user', content: 'My cello is old.' });
    const hits = await user.memories.searchAll({ query: 'cello', in: ['memories', 'messages'] });
    expect(hits.map(({ memory, message }) => Boolean(memory) !== Boolean(message))).toEqual([
      true,
      true,
    ]);
  });

  it('writes blocks, and refuses one that somebody has changed', async () => {
    const { blocks } = tk.user('mem');
    await blocks.put('persona', { content: 'Is brief.', expectedVersion: 0 });
    const error = await failure(blocks.put('persona', { content: 'No.', expectedVersion: 0 }));
    expect([error.code, error.status]).toEqual(['memory.block_changed', 409]);
    expect((await blocks.list()).map(({ label }) => label)).toEqual(['persona']);
    await blocks.delete('persona');
    expect((await failure(blocks.get('persona'))).code).toBe('memory.block_not_found');
  });
});

describe('the TypeScript client', () => {
  it('serves a user by a key of their own, which a service key makes', async () => {
    const created = await tk.apiKeys.create({ user: 'ada', name: 'browser', expiresIn: '1h' });
    const own = new Threadkeep({ baseUrl: url, apiKey: async () => created.key ?? '' });
    expect((await own.user().get()).externalId).toBe('ada');
    const keys = await tk.apiKeys.list({ filter: { userId: created.userId } }).toArray();
    expect(keys.map(({ id }) => id)).toEqual([created.id]);
    await tk.apiKeys.revoke(created.id);
    expect((await failure(own.user().get())).code).toBe('access.unauthenticated');
  });

  it('manages users by a service key', async () => {
    const { id } = await tk.users.create({ externalId: 'émile' });
    expect((await tk.user('émile').get()).id).toBe(id);
    await tk.users.update(id, { name: 'Émile' });
    expect((await tk.users.get(id)).name).toBe('Émile');
    const found = await tk.users.list({ filter: { externalId: 'émile' } }).toArray();
    expect(found.map((user) => user.id)).toEqual([id]);
    await tk.user('émile').update({ settings: { plan: 'free' } });
    await tk.user('émile').erase();
    expect((await failure(tk.users.get(id))).code).toBe('user.not_found');
  });

  it('reads agent configurations, which any route can make', async () => {
    const user = tk.user('agents');
    const { id } = await user.request('POST /v1/agent-configs', {
      body: { name: 'guide', model: { provider: 'openai', name: 'gpt-5-mini' } },
    });
    const body = { systemPrompt: 'You guide.' };
    await user.request('PATCH /v1/agent-configs/{id}', { path: { id }, body });
    expect((await user.agentConfigs.get(id)).version).toBe(2);
    expect((await user.agentConfigs.get(id, { version: 1 })).systemPrompt).toBe(null);
    expect((await user.agentConfigs.effective(id)).version).toBe(2);
    expect((await user.agentConfigs.list().toArray()).map(({ name }) => name)).toEqual(['guide']);
  });

  it('calls any route, with the types of the API document', async () => {
    const ada = tk.user('ada');
    const { id } = await ada.request('POST /v1/tasks', { body: { title: 'Book a table' } });
    const { data } = await ada.request('GET /v1/tasks', { query: { filter: { status: 'todo' } } });
    expect(data.map(({ title }) => title)).toEqual(['Book a table']);
    expect(await ada.request('DELETE /v1/tasks/{id}', { path: { id } })).toBeUndefined();
  });

  it.each(['', '.', '..'])('refuses the id %j, which would lead to another route', async (id) => {
    await expect(tk.user('ada').conversation(id).get()).rejects.toThrow(TypeError);
  });

  it('tells errors by their code, with all that the service said', async () => {
    const error = await failure(tk.user('ada').request('POST /v1/tasks', { body: { title: '' } }));
    expect(error).toMatchObject({
      name: 'ThreadkeepError',
      code: 'request.invalid_body',
      status: 422,
      errors: [{ pointer: '/title' }],
      retryAfterMs: null,
    });
    expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(error.message).toContain('/title');
  });
});
