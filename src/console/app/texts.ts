// Texts of what the API gives.
import {
  type ConversationInfo,
  ThreadkeepError,
  type UserInfo,
} from '../../../clients/typescript/src/index.js';

export interface Failure {
  title: string;
  detail: string | null;
  /** Names the request in the log of the service. */
  requestId: string | null;
}

/** What to say where a key may not do something, by the code of the refusal. */
const PLAIN: Readonly<Record<string, string>> = {
  'access.scope_missing': 'This key lacks the scope to see this.',
  'access.forbidden': 'This kind of key cannot see this.',
  'access.read_only': 'This key may only read.',
};

/** What to tell about a call that failed. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof ThreadkeepError))
    return { title: 'Something went wrong in this page', detail: String(error), requestId: null };
  const [title = error.code, ...details] = error.message.split('\n');
  const plain = PLAIN[error.code];
  return {
    title: plain ?? title,
    detail: details.join(' ') || null,
    requestId: error.requestId,
  };
}

/** Whether the key may not do something, which is no fault. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof ThreadkeepError && error.code in PLAIN;

/** What to call a user: the first of these that there is. */
export const nameOf = ({ name, username, externalId, id }: UserInfo): string =>
  name ?? username ?? externalId ?? id;

/** What to call a conversation: its title or its key; null when it has neither. */
export const conversationName = ({ title, key }: Pick<ConversationInfo, 'title' | 'key'>) =>
  title || key || null;

/** `2026-11-29 16:22:11`, in UTC. */
export const timeText = (time: string): string => time.slice(0, 19).replace('T', ' ');

export const numberText = (value: number): string => value.toLocaleString('en-US');

/** `1 row`, `2 rows`. */
export const countText = (count: number, thing: string): string =>
  `${numberText(count)} ${thing}${count === 1 ? '' : 's'}`;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** In decimal units with three digits, such as `1.25 MB`. */
export function bytesText(bytes: number): string {
  const threeDigits = Number(bytes.toPrecision(3));
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(threeDigits) / 3), UNITS.length - 1);
  return `${Number((threeDigits / 1000 ** power).toPrecision(3))} ${UNITS[power]}`;
}

/** Any value as indented JSON. */
export const jsonText = (value: unknown): string => JSON.stringify(value, null, 2) ?? '';

type Part = Readonly<Record<string, unknown>>;

/** What a message says: its texts as they are, and every other part as JSON. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return jsonText(content);
  return (content as Part[])
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : jsonText(part)))
    .join('\n\n');
}

/** `no_room` as `no room`. */
export const words = (name: string): string => name.replaceAll('_', ' ');
