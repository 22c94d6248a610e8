// Tools for the memories of a user.
import { z } from 'zod';
import { MEMORY_KINDS, MEMORY_LIMITS } from '../../memory/index.js';
import { pathOf } from '../own-api.js';
import { tool, type Tool } from './tool.js';
import { bounded, boundedPage, memoryView, objectsIn, versionView, type View } from './views.js';

const id = z.uuid().describe('Id of the memory, as searches and lists give it.');
const limit = z.int().min(1).max(50).default(10).describe('Entries of the answer, at most.');
const asOf = z
  .string()
  .max(40)
  .optional()
  .describe('A time (RFC 3339): the memories as they were then.');

/** What a memory says. The routes check it further. */
const content = z
  .string()
  .min(1)
  .max(MEMORY_LIMITS.contentBytes)
  .describe('One fact, in one or two sentences.');
const fields = {
  kind: z.enum(MEMORY_KINDS).optional(),
  tags: z.array(z.string().max(MEMORY_LIMITS.tagLength)).max(MEMORY_LIMITS.tags).optional(),
  importance: z.number().min(0).max(1).optional(),
  validFrom: z.string().max(40).optional().describe('A day or time from which it is true.'),
  validTo: z.string().max(40).optional().describe('A day or time until which it is true.'),
};

export const MEMORY_TOOLS: readonly Tool[] = [
  tool({
    name: 'search_memories',
    title: 'Search memories',
    description:
      'Finds what is remembered of the user that bears on a question, best first. Call it before you answer what may depend on earlier conversations.',
    effect: 'reads',
    input: z.object({
      query: z.string().min(1).max(2_000).describe('A question or words.'),
      limit,
      asOf,
    }),
    run: async ({ query, limit, asOf }, { call }) => {
      const answer = await call({
        method: 'GET',
        path: '/v1/memories/search',
        query: { q: query, limit, asOf },
      });
      const hits = objectsIn(answer).map(({ memory, score }) => ({
        ...memoryView(memory as View),
        score,
      }));
      return bounded('memories', hits);
    },
  }),
  tool({
    name: 'add_memory',
    title: 'Remember',
    description:
      'Stores a fact about the user for later conversations. The same fact is stored once. `similar` names memories that say nearly the same; with `supersedes`, older memories stop being true.',
    effect: 'adds',
    input: z.object({
      content,
      ...fields,
      supersedes: z
        .array(z.uuid())
        .max(MEMORY_LIMITS.superseded)
        .optional()
        .describe('Memories that it replaces.'),
    }),
    run: async (args, { call }) => {
      const memory = await call({ method: 'POST', path: '/v1/memories', body: args });
      return { memory: memoryView(memory), similar: memory['similar'] ?? [] };
    },
  }),
  tool({
    name: 'update_memory',
    title: 'Change a memory',
    description: 'Writes a new version of a memory. What is left out stays as it is.',
    effect: 'changes',
    input: z.object({ id, content: content.optional(), ...fields }),
    run: async ({ id, ...changes }, { call }) => ({
      memory: memoryView(
        await call({ method: 'PATCH', path: pathOf`v1/memories/${id}`, body: changes }),
      ),
    }),
  }),
  tool({
    name: 'forget_memory',
    title: 'Forget a memory',
    description: 'Erases the content of a memory and of all its versions. It cannot be undone.',
    effect: 'erases',
    input: z.object({ id, reason: z.string().max(MEMORY_LIMITS.reasonLength).optional() }),
    run: async ({ id, reason }, { call }) => {
      await call({ method: 'DELETE', path: pathOf`v1/memories/${id}`, query: { reason } });
      return { forgotten: id };
    },
  }),
  tool({
    name: 'list_memories',
    title: 'List memories',
    description: 'Lists what is remembered of the user, last changed first.',
    effect: 'reads',
    input: z.object({
      limit,
      cursor: z.string().max(2_000).optional().describe('`nextCursor` of the page before.'),
      asOf,
    }),
    run: async ({ limit, cursor, asOf }, { call }) => {
      const read = (limit: number) =>
        call({ method: 'GET', path: '/v1/memories', query: { limit, cursor, asOf } });
      return boundedPage('memories', limit, memoryView, read);
    },
  }),
  tool({
    name: 'memory_history',
    title: 'History of a memory',
    description: 'Lists the versions of a memory, newest first: who wrote each, when and why.',
    effect: 'reads',
    input: z.object({
      id,
      limit,
      beforeVersion: z.int().min(1).optional().describe('Versions before this one.'),
    }),
    run: async ({ id, limit, beforeVersion }, { call }) => {
      const path = pathOf`v1/memories/${id}/history`;
      const history = await call({ method: 'GET', path, query: { limit, beforeVersion } });
      return bounded('versions', objectsIn(history).map(versionView));
    },
  }),
];
