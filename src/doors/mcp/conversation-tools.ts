// Tools for the conversations of a user.
import { z } from 'zod';
import { pathOf } from '../own-api.js';
import { tool, type Tool } from './tool.js';
import {
  bounded,
  boundedPage,
  conversationView,
  messageView,
  objectsIn,
  type View,
} from './views.js';

const limit = z.int().min(1).max(50).default(20).describe('Entries of the answer, at most.');
const conversation = z
  .string()
  .max(1_000)
  .regex(/^(?:key:.+|[\da-fA-F-]{36})$/s)
  .describe('Id of a conversation, or `key:` and its key.');

export const CONVERSATION_TOOLS: readonly Tool[] = [
  tool({
    name: 'search_messages',
    title: 'Search conversations',
    description:
      'Finds messages of earlier conversations by words. A `"phrase"` must occur; a word behind `-` must not.',
    effect: 'reads',
    input: z.object({ query: z.string().min(1).max(1_000), limit }),
    run: async ({ query, limit }, { call }) => {
      const answer = await call({
        method: 'GET',
        path: '/v1/messages/search',
        query: { q: query, limit },
      });
      const hits = objectsIn(answer).map(({ message }) => messageView(message as View));
      return bounded('messages', hits);
    },
  }),
  tool({
    name: 'list_conversations',
    title: 'List conversations',
    description: 'Lists the conversations of the user, last changed first.',
    effect: 'reads',
    input: z.object({
      limit,
      cursor: z.string().max(2_000).optional().describe('`nextCursor` of the page before.'),
    }),
    run: async ({ limit, cursor }, { call }) => {
      const read = (limit: number) =>
        call({ method: 'GET', path: '/v1/conversations', query: { limit, cursor } });
      return boundedPage('conversations', limit, conversationView, read);
    },
  }),
  tool({
    name: 'read_conversation',
    title: 'Read a conversation',
    description: 'Reads the newest messages of a conversation, or those before a number.',
    effect: 'reads',
    input: z.object({
      conversation,
      limit,
      beforeSeq: z.int().min(1).optional().describe('Messages before the one with this `seq`.'),
    }),
    run: async ({ conversation, limit, beforeSeq }, { call }) => {
      const page = await call({
        method: 'GET',
        path: pathOf`v1/conversations/${conversation}/messages`,
        query: { limit, order: 'desc', beforeSeq },
      });
      return bounded('messages', objectsIn(page).map(messageView));
    },
  }),
];
