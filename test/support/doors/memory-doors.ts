// The doors to memories. Blocks of Claude's memory tool, items of the store of LangGraph and checkpoints are stored apart.
import { randomUUID } from 'node:crypto';
import type { Caller } from '../app.js';
import type { Raw } from './form.js';

/** A memory in words of no door. */
export interface Remembered {
  content: string;
  tags?: string[];
  agentId?: string;
  metadata?: Raw;
  kind?: string;
  importance?: number;
  validFrom?: string;
}
export type MemoryField = keyof Remembered;

export interface MemoryRoom {
  user: string;
  /** A service key that acts for the user. */
  caller: Caller;
}

export interface MemoryDoor {
  name: string;
  writes: readonly MemoryField[];
  reads: readonly MemoryField[];
  /** @returns the id */
  add: (room: MemoryRoom, memory: Remembered) => Promise<string>;
  list: (room: MemoryRoom) => Promise<({ id: string } & Remembered)[]>;
  search: (room: MemoryRoom, words: string) => Promise<string[]>;
  change: (room: MemoryRoom, id: string, content: string) => Promise<void>;
  remove: (room: MemoryRoom, id: string) => Promise<void>;
}

const ALL = ['content', 'tags', 'agentId', 'metadata', 'kind', 'importance', 'validFrom'] as const;
const idOf = (found: Raw): string => String(found['id']);

const ours: MemoryDoor = {
  name: 'our API',
  writes: ALL,
  reads: ALL,
  add: async ({ caller }, memory) => {
    const { status, body } = await caller.post('/v1/memories', memory);
    // A known one is answered with 200.
    if (status !== 200 && status !== 201) throw new Error(JSON.stringify(body));
    return body.id as string;
  },
  list: async ({ caller }) => (await caller.get('/v1/memories?limit=100').expect(200)).body.data,
  search: async ({ caller }, words) => {
    const path = `/v1/memories/search?q=${encodeURIComponent(words)}`;
    const { body } = await caller.get(path).expect(200);
    return (body.data as { memory: Raw }[]).map(({ memory }) => idOf(memory));
  },
  change: async ({ caller }, id, content) => {
    await caller.patch(`/v1/memories/${id}`, { content }).expect(200);
  },
  remove: async ({ caller }, id) => {
    await caller.delete(`/v1/memories/${id}`).expect(204);
  },
};

/** What both dialects of mem0 send, and how they show a memory. */
const mem0Body = ({ user }: MemoryRoom, { content, agentId, metadata, validFrom }: Remembered) => ({
  ...{ messages: [{ role: 'user', content }], user_id: user },
  ...(agentId !== undefined && { agent_id: agentId }),
  ...(metadata !== undefined && { metadata }),
  ...(validFrom !== undefined && { timestamp: Date.parse(validFrom) / 1_000 }),
});
const fromMem0 = (shown: Raw): { id: string } & Remembered => ({
  id: idOf(shown),
  content: shown['memory'] as string,
  tags: shown['categories'] as string[],
  agentId: shown['agent_id'] as string,
  metadata: shown['metadata'] as Raw,
});
const resultsIn = (body: unknown): Raw[] => (body as { results: Raw[] }).results;

const MEM0 = '/compat/mem0';
const hosted: MemoryDoor = {
  name: 'the hosted mem0',
  writes: ['content', 'agentId', 'metadata', 'validFrom'],
  reads: ['content', 'tags', 'agentId', 'metadata'],
  add: async (room, memory) => {
    const { body } = await room.caller
      .post(`${MEM0}/v3/memories/add`, mem0Body(room, memory))
      .expect(200);
    return idOf(resultsIn(body)[0]!);
  },
  list: async ({ caller, user }) => {
    const filters = { user_id: user };
    const { body } = await caller
      .post(`${MEM0}/v3/memories?page_size=100`, { filters })
      .expect(200);
    return resultsIn(body).map(fromMem0);
  },
  search: async ({ caller, user }, query) => {
    const asked = { query, filters: { user_id: user } };
    const { body } = await caller.post(`${MEM0}/v3/memories/search`, asked).expect(200);
    return resultsIn(body).map(idOf);
  },
  change: async ({ caller }, id, text) => {
    await caller.put(`${MEM0}/v1/memories/${id}`, { text }).expect(200);
  },
  remove: async ({ caller }, id) => {
    await caller.delete(`${MEM0}/v1/memories/${id}`).expect(200);
  },
};

const selfHosted: MemoryDoor = {
  ...hosted,
  name: 'a self-hosted mem0',
  writes: ['content', 'agentId', 'metadata'],
  add: async (room, remembered) => {
    const memory = { ...remembered };
    delete memory.validFrom;
    const { body } = await room.caller.post(`${MEM0}/memories`, mem0Body(room, memory)).expect(200);
    return idOf(resultsIn(body)[0]!);
  },
  list: async ({ caller, user }) => {
    const { body } = await caller.get(`${MEM0}/memories?user_id=${user}`).expect(200);
    return resultsIn(body).map(fromMem0);
  },
  search: async ({ caller, user }, query) => {
    const { body } = await caller.post(`${MEM0}/search`, { query, user_id: user }).expect(200);
    return resultsIn(body).map(idOf);
  },
  change: async ({ caller }, id, text) => {
    await caller.put(`${MEM0}/memories/${id}`, { text }).expect(200);
  },
  remove: async ({ caller }, id) => {
    await caller.delete(`${MEM0}/memories/${id}`).expect(200);
  },
};

/**
 * Calls a tool of the MCP server.
 * @returns what it gives to the model, parsed
 * @throws Error with its text when the tool failed
 */
export async function callTool(caller: Caller, name: string, args: object): Promise<Raw> {
  const params = { name, arguments: args };
  const message = { jsonrpc: '2.0', id: randomUUID(), method: 'tools/call', params };
  const { body } = await caller.with({ host: '127.0.0.1' }).post('/mcp', message).expect(200);
  const { isError, content } = body.result as { isError?: boolean; content: [{ text: string }] };
  if (isError === true) throw new Error(content[0].text);
  return JSON.parse(content[0].text) as Raw;
}

const MCP_FIELDS = ['content', 'tags', 'kind', 'importance', 'validFrom'] as const;
const mcp: MemoryDoor = {
  name: 'the tools of MCP',
  writes: MCP_FIELDS,
  reads: MCP_FIELDS,
  add: async ({ caller }, memory) =>
    idOf((await callTool(caller, 'add_memory', memory))['memory'] as Raw),
  list: async ({ caller }) =>
    (await callTool(caller, 'list_memories', { limit: 50 }))['memories'] as never,
  search: async ({ caller }, query) =>
    ((await callTool(caller, 'search_memories', { query }))['memories'] as Raw[]).map(idOf),
  change: async ({ caller }, id, content) => {
    await callTool(caller, 'update_memory', { id, content });
  },
  remove: async ({ caller }, id) => {
    await callTool(caller, 'forget_memory', { id });
  },
};

const connector: MemoryDoor = {
  ...mcp,
  name: 'the connector of MCP',
  reads: ['content', 'kind'],
  list: async ({ caller }) => {
    const { results } = await callTool(caller, 'search', { query: 'peanuts' });
    return Promise.all(
      (results as Raw[]).map(async ({ id }) => {
        const { text, metadata } = await callTool(caller, 'fetch', { id });
        const kind = (metadata as Raw)['kind'] as string;
        return { id: String(id).slice('memory:'.length), content: text as string, kind };
      }),
    );
  },
};

export const MEMORY_DOORS: readonly MemoryDoor[] = [ours, hosted, selfHosted, mcp, connector];
