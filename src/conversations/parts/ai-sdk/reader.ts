// Reads messages of the AI SDK: UIMessage and ModelMessage, of version 4 on.
import type { DialectReader, StoredMessage } from '../dialect.js';
import { isObject, isText, objectIn, objectsIn, textIn, without } from '../fields.js';
import { from, type RawObject, type ReadPart } from '../part.js';
import { readMedia } from './media.js';
import { readReasoning } from './reasoning.js';
import { readCall, readResult, readToolPart, type ReadNested, uiToolPart } from './tools.js';
import { allParts, isCurrentUiPart, isUiPart } from './ui-parts.js';

export const aiSdkReader: DialectReader = {
  dialect: 'ai-sdk',

  readMessage: (raw) => readUiMessage(raw) ?? readModelMessage(raw),

  restoreMessage: ({ role, content, metadata }) => {
    if (isText(content) || content.length === 0 || !content.every(isCurrentUiPart)) return null;
    const { id, ...own } = metadata ?? {};
    const isNamed = isText(id) && id !== '';
    if (!isNamed || role === 'tool') return null;
    return { id, role, ...(Object.keys(own).length > 0 ? { metadata: own } : {}), parts: content };
  },

  readPart: (raw, readNested) => {
    const parts = readParts(raw, readNested);
    return parts && parts.map((part) => from('ai-sdk', raw, part));
  },
};

const UI_ROLES = new Set<unknown>(['system', 'user', 'assistant']);
const UI_FIELDS = new Set([
  ...['id', 'role', 'parts', 'metadata', 'content', 'createdAt', 'annotations', 'data'],
  ...['toolInvocations', 'experimental_attachments', 'reasoning', 'revisionId'],
]);
/** Fields that become parts, or have a place of their own. */
const READ_FIELDS = [
  ...['role', 'parts', 'metadata', 'content'],
  ...['toolInvocations', 'experimental_attachments', 'reasoning'],
];

/** Reads a message with `parts`, or one of version 4 with its calls and attachments beside. */
function readUiMessage(raw: RawObject): StoredMessage | null {
  const { role, parts, metadata } = raw;
  if (!UI_ROLES.has(role) || !Array.isArray(parts ?? []) || !hasParts(raw)) return null;
  const own = { ...(isObject(metadata) ? metadata : {}), ...without(raw, ...READ_FIELDS) };
  return {
    role: role as StoredMessage['role'],
    content: allParts(raw, objectsIn(parts)),
    metadata: Object.keys(own).length > 0 ? own : null,
  };
}

/** Fields of an application's own are taken only beside parts, which tell the dialect. */
function hasParts(raw: RawObject): boolean {
  const { parts } = raw;
  const areKnown = Object.keys(raw).every((name) => UI_FIELDS.has(name));
  if (Array.isArray(parts) && (parts.length > 0 || areKnown)) return parts.every(isUiPart);
  const beside = [raw['toolInvocations'], raw['experimental_attachments']];
  return areKnown && beside.some((list) => objectsIn(list).length > 0);
}

const MODEL_FIELDS = new Set([
  'role',
  'content',
  'providerOptions',
  'experimental_providerMetadata',
]);
const MODEL_ROLES = new Set<unknown>(['system', 'user', 'assistant', 'tool']);

/** A message without options looks like one of ours, and is read as that. */
function readModelMessage(raw: RawObject): StoredMessage | null {
  const { role, content } = raw;
  const names = Object.keys(raw);
  const isOwn = names.length > 2 && names.every((name) => MODEL_FIELDS.has(name));
  if (!isOwn || !MODEL_ROLES.has(role)) return null;
  if (!isText(content) && !Array.isArray(content)) return null;
  return {
    role: role as StoredMessage['role'],
    content: content as StoredMessage['content'],
    metadata: without(raw, 'role', 'content'),
  };
}

const OTHER_TYPES = new Set([...['step-start', 'tool-approval-request', 'tool-approval-response']]);

function readParts(raw: RawObject, readNested: ReadNested): ReadPart[] | null {
  const { type } = raw;
  if (!isText(type)) return null;
  if (OTHER_TYPES.has(type) || type.startsWith('data-')) return [{ kind: 'other', text: '' }];
  const ui = uiToolPart(raw);
  // A tool may have any name, `call` and `result` too.
  if (ui && type !== 'dynamic-tool') return readToolPart(raw, type.slice(TOOL.length), readNested);
  switch (type) {
    case 'custom':
      return isObject(raw['providerOptions']) ? [{ kind: 'other', text: '' }] : null;
    case 'text':
      return isText(raw['text']) && hasOptions(raw) ? [{ kind: 'text', text: raw['text'] }] : null;
    case 'reasoning':
    case 'redacted-reasoning':
      return readReasoning(raw);
    case 'source-url':
    case 'source-document':
    case 'source':
      return readSource(raw);
    case 'tool-call':
      return readCall(raw, readNested);
    case 'tool-result':
      return readResult(raw, readNested);
    case 'tool-invocation':
      return readToolPart(objectIn(raw, 'toolInvocation'), null, readNested);
    case 'dynamic-tool':
      return readToolPart(raw, null, readNested);
  }
  const media = readMedia(raw);
  return media && [media];
}

const hasOptions = (raw: RawObject): boolean =>
  'providerOptions' in raw || 'providerMetadata' in raw || 'state' in raw;

const TOOL = 'tool-';

function readSource(raw: RawObject): ReadPart[] {
  const source = raw['type'] === 'source' ? objectIn(raw, 'source') : raw;
  const title = textIn(source, 'title', 'filename');
  return [{ kind: 'source', url: textIn(source, 'url'), title, text: null }];
}
