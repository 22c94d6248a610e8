// Forms of messages: how clients of a door write what a conversation says, and how they read it.
import type { Entry, Feature, Said } from './talk.js';

export type Raw = Record<string, unknown>;

/** Messages as a door gives them. */
export interface Given {
  /** System texts, where the form has a place of their own for them. */
  system?: Raw[];
  messages: Raw[];
}

export interface Form {
  name: string;
  /** What has a place in a message that is sent. */
  writes: ReadonlySet<Feature>;
  /** What has a place in a message that is given. */
  reads: ReadonlySet<Feature>;
  /** True when the result of a call stands in the part of the call. */
  answersInCalls?: true;
  /** Writes what one side says. Entries without a place are left out by the caller. */
  write: (said: Said) => Raw[];
  read: (given: Given) => Entry[];
  /** Messages with what only this form has. They come back equal. */
  own: Raw[];
}

type Of<K extends Entry['kind']> = Extract<Entry, { kind: K }>;

/** Returns the entries of a kind. */
export const all = <K extends Entry['kind']>(said: Said, kind: K): Of<K>[] =>
  said.filter((entry): entry is Of<K> => entry.kind === kind);

export const roleOf = (said: Said): Entry['role'] => said[0]!.role;
export const isData = (url: string): boolean => url.startsWith('data:');
/** The bytes of a data URL in base64. */
export const dataOf = (url: string): string => url.slice(url.indexOf(',') + 1);
export const dataUrl = (mediaType: unknown, data: unknown): string =>
  `data:${String(mediaType)};base64,${String(data)}`;
export const inputOf = (input: unknown): unknown =>
  typeof input === 'string' ? JSON.parse(input) : input;

export const objects = (value: unknown): Raw[] => (value ?? []) as Raw[];
/** Returns content as parts, whether it is a text or a list. */
export const partsOf = (content: unknown, type = 'text'): Raw[] =>
  typeof content === 'string' ? [{ type, text: content }] : objects(content);

export const text = (role: 'system' | 'user' | 'assistant', value: unknown): Entry => ({
  ...{ kind: 'text', role },
  text: String(value),
});
export const media = (kind: 'image' | 'file', url: unknown): Entry => ({
  ...{ kind, role: 'user' },
  url: String(url),
});
export const call = (id: unknown, name: unknown, input: unknown): Entry => ({
  ...{ kind: 'call', role: 'assistant' },
  ...{ id: String(id), name: String(name), input: inputOf(input) },
});
export const result = (id: unknown, words: unknown, isError: boolean): Entry => ({
  ...{ kind: 'result', role: 'tool', isError },
  ...{ id: String(id), text: wordsIn(words) },
});
export const refusal = (words: unknown): Entry => ({
  ...{ kind: 'refusal', role: 'assistant' },
  text: String(words),
});
export const reasoning = (
  words: unknown,
  by: Of<'reasoning'>['by'],
  proof: unknown = '',
): Entry => ({
  ...{ kind: 'reasoning', role: 'assistant', by },
  ...{ text: String(words), proof: String(proof) },
});

/** The words of a result: a text, an object with one, or a list of such. */
function wordsIn(output: unknown): string {
  if (typeof output === 'string') return output;
  if (Array.isArray(output)) return output.map(wordsIn).join('\n');
  const { text } = output as Raw;
  return typeof text === 'string' ? text : JSON.stringify(output);
}

/** Writes a conversation, without what has no place in the form. */
export function writeTalk(form: Form, talk: readonly Said[]): Raw[] {
  const sides: Said[] = [];
  for (const said of talk.filter((one) => one.length > 0)) {
    if (form.answersInCalls && roleOf(said) === 'tool') sides.at(-1)!.push(...said);
    else sides.push([...said]);
  }
  return sides.flatMap((said) => form.write(said));
}
