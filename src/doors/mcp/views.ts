// What a model gets to see of answers: what it can use, bounded in bytes.
import { isPlainObject } from '../../platform/input/index.js';
import type { MessageRole } from '../../conversations/index.js';
import { inputText, type Part, partsOf } from '../../conversations/parts/index.js';
import type { OwnAnswer } from '../own-api.js';

/** Bytes of the entries of one result. */
const MAX_RESULT_BYTES = 100_000;
/** Characters of one text in a list. `fetch` gives more. */
const MAX_LISTED_CHARACTERS = 8_000;

export type View = Record<string, unknown>;

/** Returns the objects in a member of an answer. */
export const objectsIn = (answer: OwnAnswer, name = 'data'): OwnAnswer[] => {
  const values = answer[name];
  return Array.isArray(values) ? values.filter(isPlainObject) : [];
};

/** Takes entries from the first on while there is room, and says when some are left out. */
export function bounded(name: string, entries: readonly View[], more: View = {}): View {
  const taken: View[] = [];
  let bytes = 0;
  for (const entry of entries) {
    bytes += Buffer.byteLength(JSON.stringify(entry));
    if (bytes > MAX_RESULT_BYTES) break;
    taken.push(entry);
  }
  const leftOut = entries.length - taken.length;
  return { [name]: taken, ...(leftOut > 0 ? { leftOut } : {}), ...more };
}

/**
 * Reads a page of a list. Where not all of it has room, it is read again with as many entries as
 * have, so that its cursor goes on behind them.
 */
export async function boundedPage(
  name: string,
  limit: number,
  view: (entry: OwnAnswer) => View,
  read: (limit: number) => Promise<OwnAnswer>,
): Promise<View> {
  const page = await read(limit);
  const entries = objectsIn(page).map(view);
  const fitting = bounded(name, entries, { nextCursor: page['nextCursor'] });
  const taken = entries.length - Number(fitting['leftOut'] ?? 0);
  if (taken === entries.length || taken === 0) return fitting;
  return boundedPage(name, taken, view, read);
}

/** What a model needs of a memory. Empty members are left out. */
export const memoryView = (memory: OwnAnswer): View =>
  members(memory, ['id', 'kind', 'content', 'tags', 'importance', 'validFrom', 'validTo'], {
    createdAt: memory['createdAt'],
    updatedAt: memory['updatedAt'],
  });

/** A version of a memory, with who wrote it, when and why. */
export const versionView = (version: OwnAnswer): View => ({
  ...version,
  memory: isPlainObject(version['memory']) ? memoryView(version['memory']) : null,
});

export const conversationView = (conversation: OwnAnswer): View =>
  members(conversation, ['id', 'key', 'title', 'status', 'tags', 'createdAt', 'updatedAt'], {
    messages: conversation['lastSeq'],
  });

export const messageView = (message: OwnAnswer): View =>
  members(message, ['id', 'conversationId', 'seq', 'role'], {
    text: cut(textOf(message)),
    createdAt: message['createdAt'],
  });

/** Text of a message in any dialect: its words, and a line for each part that is none. */
export function textOf({ role, content, metadata }: OwnAnswer): string {
  if (typeof content === 'string' && role !== 'assistant') return content;
  const isParts = Array.isArray(content) && content.every(isPlainObject);
  if (typeof content !== 'string' && !isParts) return '';
  const parts = partsOf({
    role: role as MessageRole,
    content,
    metadata: isPlainObject(metadata) ? metadata : null,
  });
  return parts.map(partText).join('\n');
}

function partText(part: Part): string {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return part.text;
    case 'reasoning':
      return part.text === '' ? '[reasoning]' : `[reasoning] ${part.text}`;
    case 'tool-call':
    case 'server-tool-call':
      return `[${part.name}] ${inputText(part.input)}`;
    case 'tool-result':
    case 'server-tool-result':
      return `[${part.isError ? 'error' : 'result'}] ${part.output.map(partText).join('\n')}`;
    case 'source':
      return `[source] ${present(part.title, part.url, part.text)}`;
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return `[${part.kind}] ${present(part.name, part.url, part.text)}`.trimEnd();
    case 'other':
      return part.text === '' ? `[${typeOf(part)}]` : part.text;
  }
}

const typeOf = ({ original }: Part): string => {
  const type = original?.['type'];
  return typeof type === 'string' ? type : 'other';
};

const present = (...texts: (string | null)[]): string =>
  texts.filter((text) => text !== null).join(' ');

/** Cuts a long text between characters. */
export const cut = (text: string, most = MAX_LISTED_CHARACTERS): string =>
  text.length <= most ? text : `${text.slice(0, most).toWellFormed()}… (cut)`;

function members(from: OwnAnswer, names: readonly string[], more: View): View {
  const all: View = { ...Object.fromEntries(names.map((name) => [name, from[name]])), ...more };
  const isEmpty = (value: unknown) =>
    value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  const kept = Object.entries(all).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(
    kept.map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]),
  );
}
