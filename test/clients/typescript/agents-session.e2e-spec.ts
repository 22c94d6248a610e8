// Taking items back from sessions of the Agents SDK, in conversations that other clients have written.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Conversation, Threadkeep } from '../../../clients/typescript/src/index.js';
import { ThreadkeepSession } from '../../../clients/typescript/src/openai-agents.js';
import { createTestApp, type TestApp } from '../../support/app.js';
import { DOORS, type Door } from '../../support/doors/doors.js';
import { writeTalk } from '../../support/doors/form.js';
import { randomTalk, wholeTalk, within } from '../../support/doors/talk.js';
import { type ModelStandIn, startModelStandIn } from '../../support/model-stand-in.js';
import { Seeded } from '../../support/seeded.js';

let standIn: ModelStandIn;
let api: TestApp;
let url: string;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({ ...standIn.environment, TITLE_MODEL: 'off', SUMMARY_MODEL: 'off' });
  url = await api.listen();
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});

const fetchBy =
  (answer: (request: Request) => Promise<Response>): typeof fetch =>
  (input, init) =>
    answer(new Request(input, init));

const chatOf = (key: string, fetching?: typeof fetch): Conversation =>
  new Threadkeep({ baseUrl: url, apiKey: api.serviceKey, ...(fetching && { fetch: fetching }) })
    .user('ada')
    .conversation(`key:${key}`);

const callOf = (id: string) => ({ type: 'tool_use', id, name: 'find', input: { id } });
const question = { role: 'user', content: 'Where shall we eat?' };
const answer = {
  role: 'assistant',
  content: [{ type: 'text', text: 'I look.' }, callOf('c1'), callOf('c2')],
};
const said = (text: string) => ({ type: 'output_text', text });
const resultsOf = (...ids: string[]) => ({
  role: 'user',
  content: ids.map((id) => ({ type: 'tool_result', tool_use_id: id, content: `Hall ${id}.` })),
});

describe('popItem of a session', () => {
  it('takes one item of a message that holds several, and keeps the message on its branch', async () => {
    const chat = chatOf('several');
    await chat.appendAs('anthropic', [question, answer]);
    const session = new ThreadkeepSession<object>(chat);
    const items = await session.getItems();
    expect(items).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ text: 'I look.' }] },
      { type: 'function_call', callId: 'c1' },
      { type: 'function_call', callId: 'c2' },
    ]);
    expect(await session.popItem()).toEqual(items[3]);
    expect(await session.getItems()).toEqual(items.slice(0, 3));
    expect(await session.popItem()).toEqual(items[2]);
    expect(await session.getItems()).toEqual(items.slice(0, 2));
    const log = await chat.messages({ all: true, order: 'asc' }).toArray();
    expect(log[1]!.content).toEqual(answer.content);
  });

  it('takes the last result, whichever message has it', async () => {
    const chat = chatOf('results');
    await chat.appendAs('anthropic', [question, answer, resultsOf('c2'), resultsOf('c1')]);
    const session = new ThreadkeepSession<object>(chat);
    const items = await session.getItems();
    expect(items.slice(4)).toMatchObject([{ callId: 'c1' }, { callId: 'c2' }]);
    expect(await session.popItem()).toEqual(items[5]);
    expect(await session.getItems()).toEqual(items.slice(0, 5));
  });

  it('takes the item before messages that are no items', async () => {
    const chat = chatOf('empty');
    const session = new ThreadkeepSession<object>(chat);
    await session.addItems([{ type: 'message', ...question }]);
    await chat.append({ role: 'assistant', content: '' });
    const items = await session.getItems();
    expect(items).toHaveLength(1);
    expect(await session.popItem()).toEqual(items[0]);
    expect(await session.getItems()).toEqual([]);
    expect(await session.popItem()).toBeUndefined();
  });

  it.each([
    ['POST', [question, answer]],
    ['PUT', [question, { role: 'assistant', content: 'At the market.' }]],
  ])('takes one item when the answer to its %s is lost', async (method, messages) => {
    const key = `lost-${method}`;
    await chatOf(key).appendAs('anthropic', messages);
    let losses = 0;
    const lossy = fetchBy(async (request) => {
      const sent = await fetch(request);
      if (request.method !== method || ++losses > 1) return sent;
      throw new TypeError('socket hang up');
    });
    const items = await new ThreadkeepSession<object>(chatOf(key)).getItems();
    const session = new ThreadkeepSession<object>(chatOf(key, lossy));
    expect(await session.popItem()).toEqual(items.at(-1));
    expect(losses).toBeGreaterThan(1);
    expect(await session.getItems()).toEqual(items.slice(0, -1));
  });

  it.each([
    ['POST', [question, answer]],
    ['PUT', [question, { role: 'assistant', content: 'At the market.' }]],
  ])('takes an item back that another client adds before its %s', async (method, messages) => {
    const key = `race-${method}`;
    const added = { type: 'message', role: 'user', content: 'Wait!' };
    await chatOf(key).appendAs('anthropic', messages);
    const items = await new ThreadkeepSession<object>(chatOf(key)).getItems();
    let isAdded = false;
    const racing = fetchBy(async (request) => {
      if (request.method === method && !isAdded) {
        isAdded = true;
        await new ThreadkeepSession(chatOf(key)).addItems([added]);
      }
      return fetch(request);
    });
    const session = new ThreadkeepSession<object>(chatOf(key, racing));
    expect(await session.popItem()).toMatchObject(added);
    expect(await session.getItems()).toEqual(items);
  });

  it('gives an item to one session when a busy proxy makes another one try again', async () => {
    await chatOf('busy').appendAs('anthropic', [
      question,
      { role: 'assistant', content: 'At the market.' },
      { role: 'user', content: 'And where is it?' },
    ]);
    let isBusy = true;
    const other = new ThreadkeepSession<object>(chatOf('busy'));
    const items = await other.getItems();
    const taken: unknown[] = [];
    const busy = fetchBy(async (request) => {
      if (request.method !== 'PUT' || !isBusy) return fetch(request);
      isBusy = false;
      taken.push(await other.popItem());
      return new Response('busy', { status: 503 });
    });
    taken.push(await new ThreadkeepSession<object>(chatOf('busy', busy)).popItem());
    expect(taken).toEqual([items[2], items[1]]);
    expect(await other.getItems()).toEqual(items.slice(0, 1));
  });

  it('asks as often in a long conversation as in a short one', async () => {
    const call = { type: 'function_call', callId: 'c1', name: 'find', arguments: '{}' };
    const output = { type: 'text', text: 'Hall 1.' };
    const result = { type: 'function_call_result', callId: 'c1', name: 'find', output };
    const ended = [
      { type: 'message', ...question },
      { ...call, status: 'completed' },
      { ...result, status: 'completed' },
      { type: 'message', role: 'assistant', status: 'completed', content: [said('In hall 1.')] },
    ];
    const counts: number[] = [];
    for (const messages of [200, 400]) {
      const key = `of-${messages}`;
      const chat = chatOf(key);
      const filled = Array.from({ length: messages }, (_, i) => ({
        role: i % 2 ? ('assistant' as const) : ('user' as const),
        content: `Word ${i}.`,
      }));
      await chat.append(filled);
      await new ThreadkeepSession(chat).addItems(ended);
      let requests = 0;
      const counting = fetchBy((request) => {
        requests++;
        return fetch(request);
      });
      const session = new ThreadkeepSession<object>(chatOf(key, counting));
      const items = await new ThreadkeepSession<object>(chat).getItems();
      for (let i = 1; i <= 6; i++) expect(await session.popItem()).toEqual(items.at(-i));
      counts.push(requests);
      expect(await new ThreadkeepSession<object>(chat).getItems()).toEqual(items.slice(0, -6));
    }
    expect(counts).toEqual([24, 24]);
  });

  it('gives each item to one of two sessions', async () => {
    await chatOf('two').appendAs('anthropic', [question, answer]);
    const session = () => new ThreadkeepSession<object>(chatOf('two'));
    const items = await session().getItems();
    const taken = await Promise.all([session().popItem(), session().popItem()]);
    expect(taken).toEqual(expect.arrayContaining(items.slice(2)));
    expect(await session().getItems()).toEqual(items.slice(0, 2));
  });
});

type Writer = Door & Required<Pick<Door, 'write'>>;
const writers = DOORS.filter(
  (door): door is Writer => door.write !== undefined && door.read !== undefined,
);

it.each(writers)('items are taken back one by one of what $name has written', async (door) => {
  const random = new Seeded(7);
  for (const [i, whole] of [wholeTalk(), randomTalk(random)].entries()) {
    const key = `${door.name.replaceAll(/\W/g, '-')}-${i}`;
    const talk = whole.map((said) => within(said, door.form.writes));
    const caller = api.actingFor('ada');
    await door.write({ api, url, standIn, user: 'ada', caller, key }, writeTalk(door.form, talk));
    const session = new ThreadkeepSession<object>(chatOf(key));
    let items = await session.getItems();
    expect(items.length).toBeGreaterThan(3);
    while (items.length > 0) {
      expect(await session.popItem()).toEqual(items.at(-1));
      expect(await session.getItems()).toEqual(items.slice(0, -1));
      items = items.slice(0, -1);
    }
  }
});
