// Messages of assistant-ui, as conversations keep them.
import type { Dialect, Message } from './types.js';

/** A message and the one that it follows. */
export interface HistoryItem<M> {
  parentId: string | null;
  message: M;
}

/** How a runtime writes its messages, such as `ai-sdk/v6`: a `MessageFormatAdapter`. */
export interface MessageFormat<M, S extends Record<string, unknown>> {
  format: string;
  encode(item: HistoryItem<M>): S;
  decode(stored: {
    id: string;
    parent_id: string | null;
    format: string;
    content: S;
  }): HistoryItem<M>;
  getId(message: M): string;
}

/** Writes messages of a runtime, and reads them. */
export interface MessageForm<M, I extends HistoryItem<M> = HistoryItem<M>> {
  /** The dialect that is written; without it in the form of the service. */
  dialect?: Dialect;
  idOf(message: M): string;
  write(item: I): object;
  /** Null for a message that has no place in the runtime. */
  read(stored: Message, parentId: string | null): I | null;
}

/** What is used of a `ThreadMessage`. */
export interface ThreadMessageFields {
  id: string;
  role: string;
  content: readonly object[];
  attachments?: readonly AttachmentFields[] | undefined;
}

interface AttachmentFields {
  content?: readonly object[];
  file?: unknown;
}

/** A message of a thread, with the settings of its run. */
export type ThreadItem<M> = HistoryItem<M> & { runConfig?: Record<string, unknown> };

/** What the metadata of a message has beside the content. */
interface Beside {
  message: { id: string; createdAt: string; attachments: ({ parts: number } & object)[] };
  runConfig?: Record<string, unknown>;
}

/**
 * The form of the runtime's own messages. Parts of attachments stand behind those of the message, so
 * that models get them, too.
 */
export const threadForm = <M extends ThreadMessageFields>(): MessageForm<M, ThreadItem<M>> => ({
  idOf: ({ id }) => id,

  write: ({ message, runConfig }) => {
    const { role, content, attachments = [], ...rest } = message;
    const described = attachments.map((attachment) => ({
      ...attachment,
      file: undefined,
      content: undefined,
      parts: attachment.content?.length ?? 0,
    }));
    const beside = { message: { ...rest, attachments: described }, runConfig };
    const parts = attachments.flatMap((attachment) => attachment.content ?? []);
    return { role, content: [...content, ...parts], metadata: { assistantUi: beside } };
  },

  read: (stored, parentId) => {
    const beside = besideOf(stored);
    const message = beside ? ownMessage(stored, beside.message) : foreignMessage(stored);
    const runConfig = beside?.runConfig;
    // The type is the caller's: what was stored has its fields.
    return (
      message && { parentId, message: message as unknown as M, ...(runConfig && { runConfig }) }
    );
  },
});

/** Null for what another client wrote, whatever its metadata says. */
function besideOf({ metadata, content }: Message): Beside | null {
  const beside = metadata['assistantUi'];
  if (!isObject(beside) || typeof content === 'string') return null;
  const { message, runConfig } = beside;
  if (!isOwnFields(message) || sizeOf(message.attachments) > content.length) return null;
  return { message, ...(isObject(runConfig) && { runConfig }) };
}

const isOwnFields = (value: unknown): value is Beside['message'] =>
  isObject(value) &&
  typeof value['id'] === 'string' &&
  isTime(value['createdAt']) &&
  Array.isArray(value['attachments']) &&
  value['attachments'].every(
    (attachment) =>
      isObject(attachment) &&
      Number.isInteger(attachment['parts']) &&
      Number(attachment['parts']) >= 0,
  );

/** Parts of all attachments. */
const sizeOf = (attachments: Beside['message']['attachments']): number =>
  attachments.reduce((sum, { parts }) => sum + parts, 0);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTime = (value: unknown): value is string =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value));

function ownMessage(
  { role, content }: Message,
  { createdAt, attachments, ...rest }: Beside['message'],
): object {
  const parts = typeof content === 'string' ? [] : content.map(revived);
  let end = parts.length - sizeOf(attachments);
  const own = parts.slice(0, end);
  const restored = attachments.map(({ parts: size, ...attachment }) => ({
    ...attachment,
    content: parts.slice(end, (end += size)),
  }));
  return {
    ...rest,
    role,
    content: own,
    createdAt: new Date(createdAt),
    ...(role === 'user' && { attachments: restored }),
  };
}

/** A call of a tool may have messages of another agent. */
function revived(part: object): object {
  if (!('messages' in part) || !Array.isArray(part.messages)) return part;
  const nested: unknown[] = part.messages;
  if (!nested.every(isNestedMessage)) return part;
  const messages = nested.map((message) => ({
    ...message,
    content: message.content.map(revived),
    createdAt: new Date(message.createdAt),
  }));
  return { ...part, messages };
}

const isNestedMessage = (value: unknown): value is { createdAt: string; content: object[] } =>
  isObject(value) &&
  isTime(value['createdAt']) &&
  Array.isArray(value['content']) &&
  value['content'].every(isObject);

/** The texts and refusals of a message, and not what a model thought; none of a tool's. */
export function textsOf({ role, content }: Message): string[] {
  if (role === 'tool') return [];
  if (typeof content === 'string') return [content];
  return content.flatMap(({ type, text, refusal, thought }) => {
    if (type === 'reasoning' || thought === true) return [];
    return [text, refusal].filter((words) => typeof words === 'string');
  });
}

/** Makes a message of what others have written: its texts. */
function foreignMessage(stored: Message): object | null {
  const { id, role, createdAt } = stored;
  const texts = textsOf(stored);
  if (texts.length === 0) return null;
  const parts = role === 'system' ? [texts.join('\n')] : texts;
  const message = {
    id,
    role,
    createdAt: new Date(createdAt),
    content: parts.map((text) => ({ type: 'text', text })),
  };
  if (role !== 'assistant')
    return { ...message, ...(role === 'user' && { attachments: [] }), metadata: { custom: {} } };
  const lists = { unstable_annotations: [], unstable_data: [], steps: [] };
  const metadata = { unstable_state: null, ...lists, custom: {} };
  return { ...message, metadata, status: { type: 'complete', reason: 'unknown' } };
}

/** Messages of the AI SDK are kept as such. Those of other runtimes are kept in one part. */
export function formattedForm<M, S extends Record<string, unknown>>(
  format: MessageFormat<M, S>,
): MessageForm<M> {
  const isAiSdk = format.format.startsWith('ai-sdk/');
  return {
    ...(isAiSdk && { dialect: 'ai-sdk' }),
    idOf: (message) => format.getId(message),

    write: (item) => {
      const encoded = format.encode(item);
      const id = format.getId(item.message);
      if (isAiSdk) return { ...encoded, id };
      const role = roleOf(encoded);
      const metadata = { assistantUi: { id, format: format.format } };
      return { role, content: [{ type: format.format, value: encoded }], metadata };
    },

    read: (stored, parentId) => {
      const content: { id: string } | null = isAiSdk
        ? uiMessage(stored)
        : encodedIn(stored, format.format);
      if (content === null) return null;
      const { id, ...fields } = content;
      // The format has written it.
      const own = fields as unknown as S;
      return format.decode({ id, parent_id: parentId, format: format.format, content: own });
    },
  };
}

const ROLES = new Set<unknown>(['user', 'assistant', 'system']);
const roleOf = ({ role }: Record<string, unknown>): unknown =>
  ROLES.has(role) ? role : 'assistant';

type Encoded = Record<string, unknown> & { id: string };
type UiMessage = Pick<Message, 'id' | 'role'> & {
  parts: Exclude<Message['content'], string>;
  metadata?: Record<string, unknown>;
};

const UI_PART =
  /^(?:text|reasoning|file|step-start|dynamic-tool|source-url|source-document|tool-.+|data-.+)$/;

/** Null for a message that was not a `UIMessage`. */
export function uiMessage({ role, content, metadata }: Message): UiMessage | null {
  const { id, ...own } = metadata;
  if (typeof id !== 'string' || typeof content === 'string' || role === 'tool') return null;
  if (!content.every(({ type }) => type !== undefined && UI_PART.test(type))) return null;
  return { id, role, parts: content, ...(Object.keys(own).length > 0 && { metadata: own }) };
}

function encodedIn({ content, metadata }: Message, format: string): Encoded | null {
  const beside = metadata['assistantUi'];
  const part = typeof content === 'string' ? undefined : content[0];
  if (!isObject(beside) || part?.type !== format || !isObject(part['value'])) return null;
  const { id } = beside;
  return typeof id === 'string' ? { ...part['value'], id } : null;
}
