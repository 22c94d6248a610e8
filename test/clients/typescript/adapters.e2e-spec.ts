// The adapters of the TypeScript client, with messages as the SDKs have them.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  loadChat,
  resumeTurn,
  saveChat,
  streamTurn,
} from '../../../clients/typescript/src/ai-sdk.js';
import { Threadkeep, type User } from '../../../clients/typescript/src/index.js';
import { ThreadkeepMessageHistory } from '../../../clients/typescript/src/langchain.js';
import { ThreadkeepSession } from '../../../clients/typescript/src/openai-agents.js';
import { createTestApp, type TestApp } from '../../support/app.js';
import { type ModelStandIn, startModelStandIn } from '../../support/model-stand-in.js';
import { gate, MODEL } from '../../support/talk.js';

let standIn: ModelStandIn;
let api: TestApp;
let ada: User;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp(standIn.environment);
  const baseUrl = await api.listen();
  ada = new Threadkeep({ baseUrl, apiKey: api.serviceKey }).user('ada');
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});
beforeEach(() => standIn.forget());

const say = (id: string, role: string, text: string) => ({
  ...{ id, role },
  parts: [{ type: 'text', text }],
});

describe('a chat of the AI SDK', () => {
  it('is loaded as it was saved, and saved again without a new message', async () => {
    const chat = ada.conversation('key:chat-1');
    expect(await loadChat(chat)).toEqual([]);
    const messages = [
      say('u1', 'user', 'Hi'),
      { ...say('a1', 'assistant', 'Hello'), metadata: { tokens: 3 } },
    ];
    await saveChat(chat, messages.slice(0, 1));
    await saveChat(chat, messages);
    await saveChat(chat, messages);
    expect(await loadChat(chat)).toEqual(messages);
    expect((await chat.get()).lastSeq).toBe(2);
  });

  it('goes on from a message that was answered again, edited, grown or taken back', async () => {
    const chat = ada.conversation('key:chat-2');
    const call = (state: object) => ({
      ...{ id: 'a1', role: 'assistant' },
      parts: [{ type: 'tool-find', toolCallId: 'c1', input: {}, ...state }],
    });
    const question = say('u1', 'user', 'Hi');
    const states = [
      [question, say('a0', 'assistant', 'One')],
      [question, say('a2', 'assistant', 'Two')],
      [say('u2', 'user', 'Hello?')],
      [question, call({ state: 'input-available' })],
      [question, call({ state: 'output-available', output: 'here' }), say('u3', 'user', 'Thanks')],
      [question],
      [],
    ];
    for (const messages of states) {
      await saveChat(chat, messages);
      expect(await loadChat(chat)).toEqual(messages);
    }
    expect(await chat.messages({ all: true }).toArray()).toHaveLength(8);
  });

  it('streams a turn as useChat reads it, and again from its start while it runs', async () => {
    const { open, until } = gate();
    standIn.next({ text: ['At ', 'the market.'], hold: { afterDeltas: 1, until } });
    const chat = ada.conversation('key:chat-3');
    expect((await resumeTurn(chat)).status).toBe(204);
    const first = await streamTurn(chat, { model: MODEL, messages: [say('u1', 'user', 'Where?')] });
    const again = await resumeTurn(chat);
    open();
    for (const answer of [first, again]) {
      expect(answer.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
      const events = (await answer.text()).split('\n').filter((line) => line.startsWith('data: {'));
      const deltas = events.map((line) => JSON.parse(line.slice(6)) as { delta?: string });
      expect(deltas.map(({ delta = '' }) => delta).join('')).toBe('At the market.');
    }
    expect((await resumeTurn(chat)).status).toBe(204);
    expect(await loadChat(chat)).toMatchObject([
      say('u1', 'user', 'Where?'),
      { role: 'assistant', parts: [{ type: 'text', text: 'At the market.' }] },
    ]);
  });
});

describe('a session of the Agents SDK of OpenAI', () => {
  const items = [
    { type: 'message', role: 'user', content: 'Weather?' },
    { type: 'function_call', callId: 'c1', name: 'w', arguments: '{}', status: 'completed' },
    {
      ...{ type: 'function_call_result', callId: 'c1', name: 'w', status: 'completed' },
      output: { type: 'text', text: 'sunny' },
    },
    {
      ...{ type: 'message', role: 'assistant', status: 'completed' },
      content: [{ type: 'output_text', text: 'It is sunny.' }],
    },
  ];

  it('gives items as they came, the newest of them, and takes them back', async () => {
    const session = new ThreadkeepSession<object>(ada.conversation('key:session'));
    expect(await session.getItems()).toEqual([]);
    expect(await session.popItem()).toBeUndefined();
    await session.addItems([]);
    await session.addItems(items);
    expect(await session.getItems()).toEqual(items);
    expect(await session.getItems(2)).toEqual(items.slice(2));
    expect(await session.popItem()).toEqual(items[3]);
    expect(await session.getItems()).toEqual(items.slice(0, 3));
    await session.addItems(items.slice(3));
    expect(await session.getItems()).toEqual(items);
    await session.clearSession();
    expect(await session.getItems()).toEqual([]);
    expect(await session.getSessionId()).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a chat history of LangChain', () => {
  interface Stored {
    type: string;
    data: { content: unknown; id?: string };
  }
  interface Message {
    content: unknown;
    artifact?: unknown;
    toDict(): Stored;
  }
  const messageOf = (stored: Stored): Message => ({
    content: stored.data.content,
    toDict: () => stored,
  });
  const historyOf = (reference: string) =>
    new ThreadkeepMessageHistory(ada.conversation(reference), (stored: Stored[]) =>
      stored.map(messageOf),
    );
  const human = (content: unknown, id?: string): Stored => ({
    type: 'human',
    data: { content, ...(id !== undefined && { id }) },
  });
  const storedIn = async (history: ReturnType<typeof historyOf>) =>
    (await history.getMessages()).map((message) => message.toDict());

  it('gives messages as they came, and shows none after it was cleared', async () => {
    const history = historyOf('key:history');
    await history.clear();
    await history.addMessages([]);
    expect(await history.getMessages()).toEqual([]);
    const messages = [human('Hi', 'm1'), human([{ type: 'text', text: 'Hello?' }])];
    await history.addMessages(messages.map(messageOf));
    await history.addMessage(messageOf(human('🎉 and \u200b stay')));
    expect(await storedIn(history)).toEqual([...messages, human('🎉 and \u200b stay')]);
    await history.clear();
    expect(await history.getMessages()).toEqual([]);
    await history.addAIMessage('Anew');
    expect(await storedIn(history)).toMatchObject([{ type: 'ai', data: { content: 'Anew' } }]);
    const all = await ada.conversation('key:history').messages({ all: true }).toArray();
    expect(all).toHaveLength(4);
  });

  it('sends bytes as base64, and more messages than one append takes in several', async () => {
    const history = historyOf('key:long-history');
    const bytes = { type: 'image', data: new Uint8Array(20_000).fill(255) };
    await history.addMessage(messageOf(human([bytes])));
    const data = Buffer.from(bytes.data).toString('base64');
    expect(await storedIn(history)).toEqual([human([{ type: 'image', data }])]);
    const numbers = Array.from({ length: 1_100 }, (_, i) => human(String(i)));
    await history.addMessages(numbers.map(messageOf));
    expect((await storedIn(history)).slice(1)).toEqual(numbers);
  });

  it('keeps what a tool has beside its answer, with bytes as base64', async () => {
    const history = historyOf('key:artifacts');
    const artifact = { pages: [new Uint8Array([1, 2])], name: 'a.pdf' };
    const data = { content: 'Found it', tool_call_id: 'c1' };
    // `toDict` takes bytes apart.
    const toDict = () => ({ type: 'tool', data: { ...data, artifact: { pages: [{ 0: 1 }] } } });
    await history.addMessage({ content: data.content, artifact, toDict });
    expect(await storedIn(history)).toEqual([
      { type: 'tool', data: { ...data, artifact: { pages: ['AQI='], name: 'a.pdf' } } },
    ]);
  });

  it('keeps a message without content', async () => {
    const history = historyOf('key:without-content');
    const call = { name: 'f', args: {}, id: 'c', type: 'tool_call' };
    const toDict = () => ({ type: 'ai', data: { content: undefined, tool_calls: [call] } });
    await history.addMessage({ content: undefined, toDict });
    expect(await storedIn(history)).toEqual([
      { type: 'ai', data: { content: '', tool_calls: [call] } },
    ]);
  });

  it('fails for a conversation that was named by its id and is not there', async () => {
    const history = historyOf('01900000-0000-7000-8000-000000000000');
    const failure = { code: 'conversation.not_found' };
    await expect(history.getMessages()).rejects.toMatchObject(failure);
    await expect(history.clear()).rejects.toMatchObject(failure);
    await expect(history.addUserMessage('Hi')).rejects.toMatchObject(failure);
  });
});
