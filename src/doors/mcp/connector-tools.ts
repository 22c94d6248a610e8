// The two tools of ChatGPT's connectors and of deep research: `search` lists what may help, and
// `fetch` gives one of it whole. Their results have the form that those clients read.
import { z } from 'zod';
import { pathOf } from '../own-api.js';
import { tool, type Tool } from './tool.js';
import { cut, objectsIn, textOf, type View } from './views.js';

const HITS = 10;
const MAX_TITLE_CHARACTERS = 80;
const MAX_FOUND_CHARACTERS = 500;
const MAX_FETCHED_CHARACTERS = 50_000;

const uuid = '[\\da-fA-F]{8}(?:-[\\da-fA-F]{4}){3}-[\\da-fA-F]{12}';
/** `memory:` and its id, or `message:`, the id of its conversation, `/` and its own. */
const ID = new RegExp(
  `^(?:memory:(?<memory>${uuid})|message:(?<conversation>${uuid})/(?<message>${uuid}))$`,
);

export const CONNECTOR_TOOLS: readonly Tool[] = [
  tool({
    name: 'search',
    title: 'Search everything',
    description: 'Finds memories and messages of the user. `fetch` reads what it names.',
    effect: 'reads',
    input: z.object({ query: z.string().min(1).max(1_000) }),
    run: async ({ query }, { call, baseUrl }) => {
      const asked = { q: query, limit: HITS };
      const [memories, messages] = await Promise.all([
        call({ method: 'GET', path: '/v1/memories/search', query: asked }),
        call({ method: 'GET', path: '/v1/messages/search', query: asked }),
      ]);
      const found = [
        ...objectsIn(memories).map(({ memory }) => memoryDocument(memory as View, baseUrl)),
        ...objectsIn(messages).map(({ message }) => messageDocument(message as View, baseUrl)),
      ];
      return {
        results: found.map(({ id, title, text, url }) => ({
          ...{ id, title, url },
          text: cut(text, MAX_FOUND_CHARACTERS),
        })),
      };
    },
  }),
  tool({
    name: 'fetch',
    title: 'Read what was found',
    description: 'Reads a memory or message that `search` has named.',
    effect: 'reads',
    input: z.object({ id: z.string().max(100).regex(ID).describe('An id that `search` gave.') }),
    run: async ({ id }, { call, baseUrl }) => {
      const { memory, conversation = '', message = '' } = ID.exec(id)?.groups ?? {};
      const read = (path: string) => call({ method: 'GET', path });
      const whole =
        memory === undefined
          ? messageDocument(
              await read(pathOf`v1/conversations/${conversation}/messages/${message}`),
              baseUrl,
            )
          : memoryDocument(await read(pathOf`v1/memories/${memory}`), baseUrl);
      return { ...whole, text: cut(whole.text, MAX_FETCHED_CHARACTERS) };
    },
  }),
];

interface Document {
  id: string;
  title: string;
  text: string;
  url: string;
  metadata: View;
}

function memoryDocument({ id, content, kind, createdAt }: View, baseUrl: string): Document {
  const text = String(content);
  return {
    id: `memory:${String(id)}`,
    title: cut(text, MAX_TITLE_CHARACTERS),
    text,
    url: `${baseUrl}/v1/memories/${String(id)}`,
    metadata: { type: 'memory', kind, createdAt },
  };
}

function messageDocument(message: View, baseUrl: string): Document {
  const { id, conversationId, role, createdAt } = message;
  const text = textOf(message);
  return {
    id: `message:${String(conversationId)}/${String(id)}`,
    title: cut(text, MAX_TITLE_CHARACTERS),
    text,
    url: `${baseUrl}/v1/conversations/${String(conversationId)}/messages/${String(id)}`,
    metadata: { type: 'message', role, createdAt },
  };
}
