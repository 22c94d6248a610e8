// Reads what a user has as lines that the import takes.
import { writeJson } from '../platform/input/exact-json.js';
import { type ApiClient, RefusedError } from './api-client.js';
import { LineSplitter } from './splitters.js';

type Row = Record<string, unknown>;

/** The fields of an entry that its creation takes, and in which order the API lists them. */
const ENTRIES = [
  {
    kind: 'memory',
    path: 'v1/memories',
    sort: 'updatedAt',
    fields: [
      ...['content', 'kind', 'tags', 'importance', 'metadata', 'agentId'],
      ...['validFrom', 'validTo', 'expiresAt'],
    ],
  },
  {
    kind: 'task',
    path: 'v1/tasks',
    sort: 'createdAt',
    fields: ['title', 'description', 'status', 'priority', 'dueAt', 'metadata'],
  },
  {
    kind: 'event',
    path: 'v1/events',
    sort: 'startsAt',
    fields: ['title', 'description', 'location', 'start', 'end', 'timeZone', 'metadata'],
  },
] as const;

/** A connection may break in the middle of a conversation. */
const MAX_ATTEMPTS = 3;

/**
 * Gives the messages that conversations show in a dialect, which has no memories, tasks and events.
 * @param only the id of the only conversation to write, or null for all that the user has
 * @param warn is told what cannot be written
 * @throws RefusedError or UnavailableError
 */
export async function* convertedLines(
  api: ApiClient,
  only: string | null,
  format: string,
  warn: (warning: string) => void,
): AsyncGenerator<string> {
  const query = `?format=${encodeURIComponent(format)}`;
  if (only !== null) yield* conversationLines(api, only, query);
  else for await (const { line } of linesOfAll(api, query, warn)) yield line;
}

/**
 * Conversations come first, so that what is of one finds it.
 * @param only the id of the only conversation to write, or null for all that the user has
 * @param warn is told what cannot be written
 * @throws RefusedError or UnavailableError
 */
export async function* exportLines(
  api: ApiClient,
  only: string | null,
  warn: (warning: string) => void,
): AsyncGenerator<string> {
  if (only !== null) {
    yield* conversationLines(api, only);
    return;
  }
  const keys = new Map<string, string>();
  for await (const { id, line } of linesOfAll(api, '', warn)) {
    if (!keys.has(id)) keys.set(id, keyIn(line));
    yield line;
  }
  yield* entryLines(api, keys, warn);
  const { body } = await api.call('GET', 'v1/memory-blocks');
  for (const { label, agentId, content } of body.data ?? [])
    yield `${writeJson({ block: { label, agentId, content } })}\n`;
}

const keyIn = (line: string): string => (JSON.parse(line) as { importKey: string }).importKey;

/** Gives the lines of each conversation, and warns of those that cannot be read. */
async function* linesOfAll(
  api: ApiClient,
  query: string,
  warn: (warning: string) => void,
): AsyncGenerator<{ id: string; line: string }> {
  for await (const row of api.list('v1/conversations', { fields: 'id', sort: 'createdAt' })) {
    const id = row['id'] as string;
    try {
      for await (const line of conversationLines(api, id, query)) yield { id, line };
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      warn(`conversation ${id}: ${error.message}`);
    }
  }
}

/** Lines that are written twice after a broken connection are imported once. */
async function* conversationLines(api: ApiClient, id: string, query = ''): AsyncGenerator<string> {
  for (let attempt = 1; ; attempt++) {
    const splitter = new LineSplitter();
    try {
      for await (const bytes of await api.open(`v1/conversations/${id}/export${query}`))
        for (const line of splitter.push(Buffer.from(bytes))) yield `${line.toString()}\n`;
      return;
    } catch (error) {
      // fetch ends a broken answer with a TypeError.
      if ((error as Error).name !== 'TypeError' || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function* entryLines(
  api: ApiClient,
  keys: Map<string, string>,
  warn: (warning: string) => void,
): AsyncGenerator<string> {
  for (const { kind, path, sort, fields } of ENTRIES)
    for await (const row of api.list(path, { sort })) {
      const { id, conversationId, metadata } = row;
      const importKey = (metadata as Row | null)?.['importKey'] ?? id;
      const conversation = keys.get(conversationId as string);
      // Without its conversation, an entry for that one would hold for all.
      if (kind === 'memory' && conversationId !== null && conversation === undefined)
        warn(`memory ${String(id)}: the conversation that it is for is deleted`);
      else yield `${writeJson({ importKey, conversation, [kind]: said(row, fields) })}\n`;
    }
}

function said(row: Row, fields: readonly string[]): Row {
  const values = fields.map((name) => [name, row[name]] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== null));
}
