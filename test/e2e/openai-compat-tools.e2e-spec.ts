// Chat completions of conversations for which the service runs tools: clients know nothing of these.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { createTestApp, type TestApp } from '../support/app.js';
import { McpScripts } from '../support/mcp-scripts.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import type { Talk } from '../support/talk.js';
import { call, calling, talkWith } from '../support/tool-talks.js';

const scripts = new McpScripts();
const guide = scripts.add(`
  answerWith((params) => params?.name === undefined
    ? { tools: [{ name: 'say', inputSchema: { type: 'object' } }] }
    : { content: [{ type: 'text', text: 'market hall' }] });`);

let standIn: ModelStandIn;
let api: TestApp;
let baseURL: string;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({
    ...standIn.environment,
    MCP_STDIO_COMMANDS: JSON.stringify(scripts.commands),
    MCP_CHECK_TIMEOUT: '30',
  });
  baseURL = `${await api.listen()}/compat/openai/v1`;
});
afterAll(async () => {
  await api.close();
  await standIn.close();
  scripts.remove();
});
beforeEach(() => standIn.forget());

type Message = OpenAI.Chat.ChatCompletionMessageParam;
const user = (content: string): Message => ({ role: 'user', content });
const FIND: OpenAI.Chat.ChatCompletionTool = {
  type: 'function',
  function: { name: 'find', parameters: { type: 'object' } },
};

const talkOf = (name: string) => talkWith(api, name, { guide });
const bodyOf = ({ path }: Talk, name: string, messages: Message[], fields: object = {}) => ({
  model: 'stand-in/a-model',
  messages,
  metadata: { conversation: path.split('/').at(-1)!, user: name },
  ...fields,
});
const client = () => new OpenAI({ baseURL, apiKey: api.serviceKey, maxRetries: 0 });

it('all replies of the turn are one, whose history is known again', async () => {
  const talk = await talkOf('ada');
  standIn.next(
    { text: ['Let me see. '], ...calling(call('guide__say')) },
    { text: ['At the market hall.'] },
    { text: ['At noon.'] },
  );
  const history = [user('Where?')];
  const first = await client().chat.completions.create(bodyOf(talk, 'ada', history));
  const { message, finish_reason } = first.choices[0]!;
  expect({ ...message, finish_reason }).toMatchObject({
    content: 'Let me see. At the market hall.',
    finish_reason: 'stop',
  });
  expect(message.tool_calls).toBeUndefined();
  history.push(message, user('When?'));
  const second = await client().chat.completions.create(bodyOf(talk, 'ada', history));
  expect(second.choices[0]!.message.content).toBe('At noon.');
  const roles = (await talk.messages()).map(({ role }) => role);
  expect(roles).toEqual(['user', 'assistant', 'tool', 'assistant', 'user', 'assistant']);
});

it('a stream has the words of all replies, and no call of the service', async () => {
  const talk = await talkOf('ben');
  standIn.next(
    { text: ['Let me see. '], ...calling(call('guide__say')) },
    { text: ['At the ', 'market hall.'] },
  );
  const body = { ...bodyOf(talk, 'ben', [user('Where?')]), stream: true as const };
  let text = '';
  const reasons: unknown[] = [];
  for await (const { choices } of await client().chat.completions.create(body)) {
    text += choices[0]?.delta.content ?? '';
    expect(choices[0]?.delta.tool_calls).toBeUndefined();
    if (choices[0]?.finish_reason) reasons.push(choices[0].finish_reason);
  }
  expect({ text, reasons }).toEqual({ text: 'Let me see. At the market hall.', reasons: ['stop'] });
});

it('a call of the client beside one of the service is the client’s to answer', async () => {
  const talk = await talkOf('cleo');
  standIn.next(calling(call('guide__say'), call('find', {}, 'call_2')), { text: ['Found.'] });
  const history = [user('Where?')];
  const tools = [FIND];
  const first = await client().chat.completions.create(bodyOf(talk, 'cleo', history, { tools }));
  const { message, finish_reason } = first.choices[0]!;
  expect(finish_reason).toBe('tool_calls');
  expect(message.tool_calls).toMatchObject([{ id: 'call_2', function: { name: 'find' } }]);
  history.push(message, { role: 'tool', tool_call_id: 'call_2', content: 'yes' });
  const second = await client().chat.completions.create(bodyOf(talk, 'cleo', history, { tools }));
  expect(second.choices[0]!.message.content).toBe('Found.');
  const roles = (await talk.messages()).map(({ role }) => role);
  expect(roles).toEqual(['user', 'assistant', 'tool', 'tool', 'assistant']);
});
