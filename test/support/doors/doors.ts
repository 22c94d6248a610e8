// The doors to conversations. A door that is missing here is not held to what the others are.
import { loadChat, saveChat } from '../../../clients/typescript/src/ai-sdk.js';
import { threadHistory } from '../../../clients/typescript/src/assistant-ui.js';
import { Threadkeep } from '../../../clients/typescript/src/index.js';
import { ThreadkeepMessageHistory } from '../../../clients/typescript/src/langchain.js';
import { ThreadkeepSession } from '../../../clients/typescript/src/openai-agents.js';
import type { Caller, TestApp } from '../app.js';
import type { ModelStandIn } from '../model-stand-in.js';
import type { Form, Given, Raw } from './form.js';
import { callTool } from './memory-doors.js';
import { agentsSdk, chatCompletions, responses } from './openai-forms.js';
import { anthropic, bedrock, gemini } from './provider-forms.js';
import { aiSdk, assistantUi, langChain } from './sdk-forms.js';
import { type Feature, type Said, say } from './talk.js';

/** The conversation of a user, by the name `key`. */
export interface Room {
  api: TestApp;
  url: string;
  standIn: ModelStandIn;
  user: string;
  caller: Caller;
  key: string;
}

export interface Door {
  name: string;
  form: Form;
  write?: (room: Room, messages: Raw[]) => Promise<void>;
  /** Reads what this door has written, where `read` gives something else. */
  readBack?: (room: Room) => Promise<Given>;
  /** What is read of what other doors have written, where that is less. */
  readsOfOthers?: ReadonlySet<Feature>;
  /** What is said behind what was written. */
  adds?: Said;
  /** Without it nothing but `mentions` can be read. */
  read?: (room: Room) => Promise<Given>;
  /** What a person or a model reads: one text for each message. */
  mentions?: (room: Room) => Promise<string[]>;
}

/** A form of which a door takes, or gives, less. */
const less = (form: Form, without: { writes?: Feature[]; reads?: Feature[] }): Form => ({
  ...form,
  writes: new Set([...form.writes].filter((one) => !without.writes?.includes(one))),
  reads: new Set([...form.reads].filter((one) => !without.reads?.includes(one))),
});

const DIALECTS = [chatCompletions, responses, anthropic, gemini, bedrock, aiSdk, langChain];
const pathOf = ({ key }: Room) => `/v1/conversations/key:${key}`;

const byDialect = DIALECTS.flatMap((form): Door[] => [
  {
    name: `our API with format=${form.name}`,
    form,
    write: (room, messages) => append(room, { messages, format: form.name }),
    read: (room) => converted(room, form.name),
  },
  {
    name: `our API with messages of ${form.name}`,
    form,
    write: (room, messages) => append(room, { messages }),
  },
]);

async function append(room: Room, body: object): Promise<void> {
  await room.caller.post(`${pathOf(room)}/messages?createIfMissing=true`, body).expect(201);
}

async function converted(room: Room, format: string): Promise<Required<Given>> {
  const given: Required<Given> = { system: [], messages: [] };
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? '' : `&cursor=${cursor}`;
    const path = `${pathOf(room)}/messages?format=${format}&order=asc&limit=100${more}`;
    const { body } = await room.caller.get(path).expect(200);
    given.messages.push(...(body.data as Raw[]));
    given.system.push(...((body.system ?? []) as Raw[]));
    cursor = body.nextCursor as string | null;
  } while (cursor !== null);
  return given;
}

const ITEMS = '/compat/openai/v1/conversations';
const conversations: Door = {
  name: 'the Conversations API of OpenAI',
  form: responses,
  write: async ({ caller, key }, items) => {
    await caller.post('/v1/conversations', { key }).expect(201);
    await caller.post(`${ITEMS}/key:${key}/items`, { items }).expect(200);
  },
  read: async ({ caller, key }) => {
    const messages: Raw[] = [];
    let after = '';
    do {
      const path = `${ITEMS}/key:${key}/items?order=asc&limit=20${after}`;
      const { body } = await caller.get(path).expect(200);
      messages.push(...(body.data as Raw[]));
      after = body.has_more ? `&after=${body.last_id as string}` : '';
    } while (after !== '');
    return { messages };
  },
};

const REPLY = 'Go on.';
const completions: Door = {
  name: 'chat completions',
  // Instructions are of one call. A model gets what its provider takes and what its context has room for.
  form: less(chatCompletions, {
    writes: ['system', 'reasoning unsigned'],
    reads: ['refusal', 'file data'],
  }),
  write: (room, messages) => complete(room, { conversation: `key:${room.key}` }, messages),
  adds: say('assistant', REPLY),
  readBack: (room) => converted(room, 'openai'),
  /** What the model is sent before a question, on a branch of its own. */
  read: async (room) => {
    const { body } = await room.caller.post(`${pathOf(room)}/fork`, {}).expect(201);
    const metadata = { conversation: body.id as string, history: 'new' } as const;
    await complete(room, metadata, [{ role: 'user', content: 'And?' }]);
    const messages = room.standIn.requests.at(-1)!.body['messages'] as Raw[];
    return { messages: messages.slice(0, -1).map(withoutTold) };
  },
};

/** A file that the model is not sent is told by its name and type, which is no word of the user. */
function withoutTold(message: Raw): Raw {
  const { content } = message;
  if (!Array.isArray(content)) return message;
  const isTold = ({ text }: Raw) =>
    typeof text === 'string' && /^\[not shown to this model: .*, application\/pdf\]$/.test(text);
  return { ...message, content: (content as Raw[]).filter((part) => !isTold(part)) };
}

async function complete(
  { caller, standIn, user }: Room,
  metadata: { conversation: string; history?: 'new' },
  messages: Raw[],
): Promise<void> {
  standIn.fallback = { text: [REPLY] };
  const body = { model: 'stand-in/a-model', messages, metadata: { ...metadata, user } };
  await caller.post('/compat/openai/v1/chat/completions', body).expect(200);
}

const chatOf = ({ api, url, user, key }: Room) =>
  new Threadkeep({ baseUrl: url, apiKey: api.serviceKey }).user(user).conversation(`key:${key}`);

const chats: Door = {
  name: 'chats of the AI SDK',
  form: aiSdk,
  write: (room, messages) => saveChat(chatOf(room), messages as never),
  read: async (room) => ({ messages: (await loadChat(chatOf(room))) as unknown as Raw[] }),
};

const sessions: Door = {
  name: 'sessions of the Agents SDK',
  form: agentsSdk,
  write: (room, items) => new ThreadkeepSession(chatOf(room)).addItems(items),
  read: async (room) => ({
    messages: await new ThreadkeepSession<Raw>(chatOf(room)).getItems(),
  }),
};

interface StoredMessage {
  type: string;
  data: Raw;
}
const histories: Door = {
  name: 'histories of LangChain',
  form: langChain,
  write: (room, messages) => {
    const given = (messages as unknown as StoredMessage[]).map((stored) => ({
      content: stored.data['content'],
      ...('artifact' in stored.data && { artifact: stored.data['artifact'] }),
      toDict: () => stored,
    }));
    return historyOf(room).addMessages(given);
  },
  read: async (room) => {
    const messages = await historyOf(room).getMessages();
    return { messages: messages.map((message) => message.toDict() as unknown as Raw) };
  },
};
const historyOf = (room: Room) =>
  new ThreadkeepMessageHistory(chatOf(room), (stored: StoredMessage[]) =>
    stored.map((one) => ({ content: one.data['content'], toDict: () => one })),
  );

interface ThreadMessage {
  id: string;
  role: string;
  content: object[];
}
const threads: Door = {
  name: 'threads of assistant-ui',
  form: assistantUi,
  // Messages of others are shown by their texts.
  readsOfOthers: new Set<Feature>(['system']),
  write: async (room, messages) => {
    await chatOf(room).ensure();
    const { history } = await threadOf(room);
    let parentId: string | null = null;
    for (const message of messages as unknown as ThreadMessage[]) {
      await history.append({ parentId, message });
      parentId = message.id;
    }
  },
  read: async (room) => {
    const { history } = await threadOf(room);
    const { messages } = await history.load();
    return { messages: messages.map(({ message }) => message as unknown as Raw) };
  },
};
async function threadOf(room: Room) {
  const { id } = await chatOf(room).get();
  const user = new Threadkeep({ baseUrl: room.url, apiKey: room.api.serviceKey }).user(room.user);
  const item = {
    getState: () => ({ remoteId: id }),
    initialize: () => Promise.resolve({ remoteId: id }),
  };
  return { history: threadHistory<ThreadMessage>(user, () => item) };
}

const plain: Door = {
  name: 'our API',
  form: responses,
  mentions: async ({ caller, key }) => {
    const { body } = await caller.get(`/v1/conversations/key:${key}/messages?order=asc&limit=100`);
    return (body.data as Raw[]).map((message) => unescaped(JSON.stringify(message)));
  },
};

/** Arguments may be a JSON text in JSON. */
const unescaped = (json: string) => json.replaceAll(/\\+n/g, '\n').replaceAll(/\\+"/g, '"');

const readTool: Door = {
  name: 'read_conversation of MCP',
  form: responses,
  mentions: async (room) => {
    const texts: string[] = [];
    let beforeSeq: number | undefined;
    for (;;) {
      const args = { conversation: `key:${room.key}`, limit: 50, beforeSeq };
      const messages = (await callTool(room.caller, 'read_conversation', args))[
        'messages'
      ] as Raw[];
      texts.unshift(...messages.map(({ text }) => String(text)).toReversed());
      beforeSeq = messages.at(-1)?.['seq'] as number | undefined;
      if (beforeSeq === undefined || beforeSeq === 1) return texts;
    }
  },
};

const fetchTool: Door = {
  name: 'fetch of MCP',
  form: responses,
  mentions: async (room) => {
    const { body } = await room.caller.get(`${pathOf(room)}/messages?order=asc&limit=100`);
    const texts: string[] = [];
    for (const { id, conversationId } of body.data as Raw[]) {
      const args = { id: `message:${String(conversationId)}/${String(id)}` };
      texts.push(String((await callTool(room.caller, 'fetch', args))['text']));
    }
    return texts;
  },
};

export const DOORS: readonly Door[] = [
  ...byDialect,
  ...[conversations, completions, chats, sessions, histories, threads],
  ...[plain, readTool, fetchTool],
];
