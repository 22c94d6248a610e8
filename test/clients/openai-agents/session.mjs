// Runs an agent of the Agents SDK whose session is a conversation here, and prints what it saw as JSON.
// The model is a stand-in, so that nothing is called but the service.
import {
  Agent,
  OpenAIConversationsSession,
  run,
  setTracingDisabled,
  tool,
  Usage,
} from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';

const { BASE_URL: baseURL, API_KEY: apiKey, USER_NAME: user } = process.env;
setTracingDisabled(true);

const sessions = {
  /** A client of another major than the SDK's own, with the user in a header. */
  client: () =>
    new OpenAIConversationsSession({
      client: new OpenAI({ baseURL, apiKey, defaultHeaders: { 'Threadkeep-User': user } }),
    }),
  /** The SDK's own client, with a key of the user. */
  own: () => new OpenAIConversationsSession({ baseURL, apiKey }),
};

const say = (text) => ({
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text }],
});
const think = {
  type: 'reasoning',
  id: 'rs_68c0ffee',
  content: [{ type: 'input_text', text: 'I need a place.' }],
  providerData: { encrypted_content: 'gAAAAsecret' },
};
const find = {
  type: 'function_call',
  callId: 'call_1',
  name: 'find_place',
  arguments: '{"near":"harbour"}',
  status: 'completed',
};

/** Inputs of the model, one for each call. */
const inputs = [];
const answers = [[think, find], [say('At the market hall.')], [say('You are welcome.')]];
const model = {
  async getResponse({ input }) {
    inputs.push(structuredClone(input));
    return { usage: new Usage(), output: answers[inputs.length - 1] };
  },
};

const agent = new Agent({
  name: 'Guide',
  model,
  tools: [
    tool({
      name: 'find_place',
      description: 'Finds a place.',
      parameters: z.object({ near: z.string() }),
      execute: ({ near }) => `A hall at the ${near}.`,
    }),
  ],
});

const session = sessions[process.argv[2]]();
const replies = [];
for (const words of ['Where shall we eat?', 'Thank you.'])
  replies.push((await run(agent, words, { session })).finalOutput);
const id = await session.getSessionId();
const items = await session.getItems();
const newest = await session.getItems(2);
const popped = [await session.popItem(), await session.popItem()];
const left = await session.getItems();
await session.addItems(popped.toReversed());
const again = await session.getItems();
if (process.argv[3] === 'clear') await session.clearSession();
const fresh = process.argv[3] === 'clear' ? await session.getItems() : null;
console.log(JSON.stringify({ id, replies, inputs, items, newest, popped, left, again, fresh }));
