// Keeps the history of a chain of LangChain in a conversation, and prints what it saw as JSON.
import assert from 'node:assert/strict';
import {
  AIMessage,
  AIMessageChunk,
  ChatMessage,
  FunctionMessage,
  HumanMessage,
  mapStoredMessagesToChatMessages,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages';
import { ChatPromptTemplate, MessagesPlaceholder } from '@langchain/core/prompts';
import { RunnableWithMessageHistory } from '@langchain/core/runnables';
import { FakeListChatModel } from '@langchain/core/utils/testing';
import { Threadkeep } from '@threadkeep/client';
import { ThreadkeepMessageHistory } from '@threadkeep/client/langchain';

const { BASE_URL: baseUrl, API_KEY: apiKey } = process.env;
const user = new Threadkeep({ baseUrl, apiKey }).user('ada');
const historyOf = (name) =>
  new ThreadkeepMessageHistory(user.conversation(`key:${name}`), mapStoredMessagesToChatMessages);
const dictsOf = (messages) =>
  messages.map((message) => JSON.parse(JSON.stringify(message.toDict())));

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const MESSAGES = [
  new SystemMessage({ content: 'Be brief.', id: 'sys-1' }),
  new HumanMessage({ content: 'Hello', id: 'msg-1', name: 'ada', additional_kwargs: { a: [1] } }),
  new HumanMessage({
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}`, detail: 'low' } },
      { type: 'image', source_type: 'base64', data: PNG, mime_type: 'image/png' },
    ],
  }),
  new AIMessage({
    content: 'Let me look.',
    id: 'run-1',
    tool_calls: [
      {
        name: 'look',
        args: { at: { x: 1.5 }, deep: [null, true] },
        id: 'call_1',
        type: 'tool_call',
      },
      { name: 'look', args: {}, id: 'call_2', type: 'tool_call' },
    ],
    invalid_tool_calls: [
      { name: 'look', args: '{"at":', id: 'call_3', error: 'cut', type: 'invalid_tool_call' },
    ],
    usage_metadata: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
    response_metadata: { model_name: 'm', finish_reason: 'tool_calls' },
  }),
  new ToolMessage({ content: 'a dot', tool_call_id: 'call_1', name: 'look', artifact: { raw: 1 } }),
  new ToolMessage({
    content: [{ type: 'text', text: 'nothing' }],
    ...{ tool_call_id: 'call_2', status: 'error', id: 'tool-2' },
  }),
  new AIMessage({
    content: [
      { type: 'thinking', thinking: 'A dot.', signature: 'c2ln' },
      { type: 'text', text: 'It is a dot.' },
    ],
    response_metadata: { model_provider: 'anthropic' },
  }),
  new AIMessage({
    content: [
      { type: 'reasoning', reasoning: 'Hm.' },
      { type: 'text', text: 'Look again.' },
      { type: 'tool_call', name: 'look', args: { at: 2 }, id: 'call_4' },
    ],
    tool_calls: [{ name: 'look', args: { at: 2 }, id: 'call_4', type: 'tool_call' }],
    response_metadata: { output_version: 'v1' },
  }),
  new AIMessage(''),
  new FunctionMessage({ name: 'old', content: 'result' }),
  new ChatMessage({ role: 'critic', content: 'No.' }),
];

async function keepsMessages() {
  const history = historyOf('kept');
  assert.deepEqual(await history.getMessages(), []);
  await history.addMessages(MESSAGES);
  const read = await history.getMessages();
  assert.deepEqual(dictsOf(read), dictsOf(MESSAGES));
  read.forEach((message, i) => {
    assert.equal(message.constructor, MESSAGES[i].constructor);
    assert.deepEqual(message.contentBlocks, MESSAGES[i].contentBlocks);
  });
}

async function keepsChunksAndBytes() {
  const history = historyOf('chunks');
  const chunk = new AIMessageChunk({ content: 'By ', id: 'run-2' }).concat(
    new AIMessageChunk({
      content: 'parts',
      id: 'run-2',
      tool_call_chunks: [{ name: 'look', args: '{"at":1}', id: 'c', index: 0 }],
    }),
  );
  const bytes = new HumanMessage({
    contentBlocks: [{ type: 'image', data: Buffer.from(PNG, 'base64'), mimeType: 'image/png' }],
  });
  await history.addMessage(chunk);
  await history.addMessage(bytes);
  const [said, seen] = await history.getMessages();
  assert.equal(said.constructor, AIMessage);
  assert.equal(said.text, 'By parts');
  assert.deepEqual(said.tool_calls, [
    { name: 'look', args: { at: 1 }, id: 'c', type: 'tool_call' },
  ]);
  assert.deepEqual(seen.contentBlocks, [{ type: 'image', data: PNG, mimeType: 'image/png' }]);
}

async function clears() {
  const history = historyOf('cleared');
  await history.clear();
  await history.addUserMessage('One');
  await history.addAIMessage('Two');
  const first = await history.getMessages();
  assert.deepEqual(
    first.map((message) => [message.constructor, message.content]),
    [
      [HumanMessage, 'One'],
      [AIMessage, 'Two'],
    ],
  );
  await history.clear();
  assert.deepEqual(await history.getMessages(), []);
  await history.addUserMessage('Three');
  assert.deepEqual(
    (await history.getMessages()).map(({ content }) => content),
    ['Three'],
  );
  const all = await user.conversation('key:cleared').messages({ all: true }).toArray();
  return all.map(({ content }) => content);
}

/** A chain whose model answers with what it is given. */
async function runsChains() {
  const model = new FakeListChatModel({ responses: ['Hello Ada', 'You are Ada'] });
  const sent = [];
  const prompt = ChatPromptTemplate.fromMessages([
    ['system', 'Be brief.'],
    new MessagesPlaceholder('history'),
    ['human', '{question}'],
  ]);
  const chain = new RunnableWithMessageHistory({
    runnable: prompt
      .pipe((value) => {
        sent.push(value.toChatMessages().map((message) => [message.getType(), message.content]));
        return value;
      })
      .pipe(model),
    getMessageHistory: historyOf,
    inputMessagesKey: 'question',
    historyMessagesKey: 'history',
  });
  const config = { configurable: { sessionId: 'chain' } };
  await chain.invoke({ question: 'I am Ada' }, config);
  let streamed = '';
  for await (const { content } of await chain.stream({ question: 'Who am I?' }, config))
    streamed += content;
  const kept = (await historyOf('chain').getMessages()).map(({ content }) => content);
  return { sent, streamed, kept };
}

await keepsMessages();
await keepsChunksAndBytes();
console.log(JSON.stringify({ all: await clears(), chain: await runsChains() }));
