// Data of a user with one text in every field that a user or an application writes.
import type { Caller, TestApp } from './app.js';

export interface SeededUser {
  id: string;
  /** A key of this user alone. */
  key: string;
  /** With two answers to the first message. */
  conversation: string;
  memory: string;
  agent: string;
  manifest: string;
  failedJob: string;
}

const idOf = ({ body }: { body: unknown }): string => (body as { id: string }).id;

/** @param text what every field says, each with a word of its own behind it */
export async function seedUser(api: TestApp, name: string, text: string): Promise<SeededUser> {
  const user = api.actingFor(name);
  const id = idOf(
    await api.service.post('/v1/users', { externalId: name, name: text }).expect(201),
  );
  await api.service.patch(`/v1/users/${id}`, { settings: { theme: text } }).expect(200);
  const key = await api.service.post('/v1/api-keys', { user: name, name: text }).expect(201);
  const agent = await seedAgent(user, text);
  const conversation = await seedConversation(user, text, agent);
  const memory = await seedMemory(user, text, conversation);
  const context = await user
    .post(`/v1/conversations/${conversation}/context`, { budgetTokens: 2_000, explain: true })
    .expect(200);
  return {
    id,
    key: (key.body as { key: string }).key,
    conversation,
    memory,
    agent,
    manifest: (context.body as { manifestId: string }).manifestId,
    failedJob: await seedFailedJob(api, id, text),
  };
}

async function seedAgent(user: Caller, text: string): Promise<string> {
  const path = '/v1/agent-configs';
  const prompt = (words: string) => [{ name: 'role', text: `${text} ${words}` }];
  const made = await user
    .post(path, { name: `${text} agent`, description: text, systemPrompt: prompt('first') })
    .expect(201);
  const id = idOf(made);
  await user.patch(`${path}/${id}`, { systemPrompt: prompt('second'), message: text }).expect(200);
  await user.put(`${path}/${id}/aliases/prod`, { version: 1 }).expect(200);
  return id;
}

async function seedConversation(user: Caller, text: string, agent: string): Promise<string> {
  const fields = { title: `${text} trip`, tags: [text.slice(0, 50)], metadata: { note: text } };
  const path = '/v1/conversations';
  const id = idOf(await user.post(path, { ...fields, agentConfigId: agent }).expect(201));
  const append = async (role: string, words: string, more: object = {}) => {
    const messages = [{ role, content: `${text} ${words}`, metadata: { note: text } }];
    const { body } = await user.post(`${path}/${id}/messages`, { messages, ...more }).expect(201);
    return (body as { data: { id: string }[] }).data[0]!.id;
  };
  const question = await append('user', 'Where to?');
  const answer = await append('assistant', 'To Lisbon.');
  await append('user', 'Thank you, Lisbon.');
  await append('assistant', 'To Porto.', { parentId: question });
  await user
    .put(`${path}/${id}/messages/${answer}/feedback`, { rating: 'down', comment: text })
    .expect(200);
  return id;
}

async function seedMemory(user: Caller, text: string, conversation: string): Promise<string> {
  const first = await user
    .post('/v1/memories', {
      content: `${text} likes windows`,
      kind: 'preference',
      tags: [text.slice(0, 50)],
      metadata: { note: text, from: conversation },
    })
    .expect(201);
  const id = idOf(first);
  await user.patch(`/v1/memories/${id}`, { content: `${text} likes aisles` }).expect(200);
  return id;
}

async function seedFailedJob(api: TestApp, userId: string, text: string): Promise<string> {
  const { rows } = await api.database.admin(
    `insert into threadkeep.job (id, user_id, name, status, attempts, max_attempts, error, started_at, finished_at)
     values (gen_random_uuid(), $1, 'water.plants', 'failed', 8, 8, $2, now(), now()) returning id`,
    [userId, text],
  );
  return rows[0]!['id'] as string;
}

/** A conversation with many short messages. @returns its id */
export async function seedLongConversation(user: Caller, length: number): Promise<string> {
  const id = idOf(await user.post('/v1/conversations', { title: 'A long one' }).expect(201));
  const batch = 1_000;
  for (let first = 1; first <= length; first += batch) {
    const messages = Array.from({ length: Math.min(batch, length - first + 1) }, (_, i) => ({
      role: i % 2 === 0 ? 'user' : 'assistant',
      content: `message number ${first + i}${'\nand another line'.repeat(i % 4)}`,
    }));
    await user.post(`/v1/conversations/${id}/messages`, { messages }).expect(201);
  }
  return id;
}
