// The one model of what a message holds. A reader of each dialect makes it, and a writer of each
// dialect reads it.
import { ExactNumber, writeJson } from '../../platform/input/exact-json.js';

/** The shapes in which providers and SDKs give messages. Each has a folder here. */
export const DIALECTS = [
  'openai',
  'openai-responses',
  'anthropic',
  'gemini',
  'bedrock',
  'ai-sdk',
  'langchain',
] as const;
export type Dialect = (typeof DIALECTS)[number];

/** A JSON object as it was sent and stored. */
export type RawObject = Record<string, unknown>;

interface Origin {
  /** The dialect that the part was written in; null for a plain text, or when it was changed. */
  dialect: Dialect | null;
  /**
   * The stored object. A writer of the same dialect gives it back as it is, but for what the
   * provider would refuse. Null for a plain text, or when the part was changed, for example
   * shortened.
   */
  original: RawObject | null;
}

export interface TextPart extends Origin {
  kind: 'text';
  text: string;
  /** The value of which the text is the JSON, where a tool gave a value and no text. */
  value?: unknown;
}

/**
 * An image, a sound, a video or a file. It is given by one of `url`, `data`, `fileId` and `text`;
 * without any of them nothing can be sent.
 */
export interface MediaPart extends Origin {
  kind: 'image' | 'audio' | 'video' | 'file';
  /** A web address; never a data URL, which is taken apart into `data` and `mediaType`. */
  url: string | null;
  /** The bytes in base64. */
  data: string | null;
  /** The id of an upload at the provider of `dialect`. Other providers do not know it. */
  fileId: string | null;
  /** Such as `image/png`; null when it is not told. */
  mediaType: string | null;
  name: string | null;
  /** The text of a file, when the message has it. */
  text: string | null;
  /** `low`, `high` or `auto`, as OpenAI knows it. */
  detail: string | null;
}

/**
 * A call of a tool. A server tool is run by the provider itself, and its result stands in the same
 * message.
 */
export interface ToolCallPart extends Origin {
  kind: 'tool-call' | 'server-tool-call';
  /** Null when the dialect has no ids, or the call has none. */
  callId: string | null;
  name: string;
  /** An object, or the JSON text of one, as it was stored. The text may be cut off. */
  input: unknown;
}

export interface ToolResultPart extends Origin {
  kind: 'tool-result' | 'server-tool-result';
  callId: string | null;
  /** The name of the tool, where the dialect tells it. */
  name: string | null;
  /** Any parts. A JSON value is one text part with its JSON text. */
  output: Part[];
  isError: boolean;
}

export interface ReasoningPart extends Origin {
  kind: 'reasoning';
  text: string;
  /** The provider that signed or encrypted it, in the words of its dialect; null for nobody. */
  signedBy: Dialect | null;
  /** The provider's signature; it accepts the part only with it, and unchanged. */
  signature: string | null;
  /** The encrypted or redacted form, which only the provider can read. */
  encrypted: string | null;
}

/** A source or citation that an answer names. */
export interface SourcePart extends Origin {
  kind: 'source';
  url: string | null;
  title: string | null;
  text: string | null;
}

export interface RefusalPart extends Origin {
  kind: 'refusal';
  text: string;
}

/** Anything else, such as a step marker. `text` has the words that a person may search for. */
export interface OtherPart extends Origin {
  kind: 'other';
  text: string;
}

export type Part =
  | TextPart
  | MediaPart
  | ToolCallPart
  | ToolResultPart
  | ReasoningPart
  | SourcePart
  | RefusalPart
  | OtherPart;

export const PART_KINDS = [
  'text',
  'image',
  'audio',
  'video',
  'file',
  'tool-call',
  'tool-result',
  'server-tool-call',
  'server-tool-result',
  'reasoning',
  'source',
  'refusal',
  'other',
] as const satisfies Part['kind'][];

/** A part as a reader of a dialect makes it, which then adds where it comes from. */
export type ReadPart = Part extends infer P
  ? P extends Part
    ? Omit<P, keyof Origin>
    : never
  : never;

/** Adds to what a reader made of a part the part itself. */
export const from = (dialect: Dialect, original: RawObject, read: ReadPart): Part => ({
  ...read,
  dialect,
  original,
});

export const textPart = (text: string): TextPart => ({
  kind: 'text',
  text,
  dialect: null,
  original: null,
});

export const isToolCall = (part: Part): part is ToolCallPart => part.kind === 'tool-call';
export const isToolResult = (part: Part): part is ToolResultPart => part.kind === 'tool-result';
export const isMedia = (part: Part): part is MediaPart =>
  part.kind === 'image' || part.kind === 'audio' || part.kind === 'video' || part.kind === 'file';

/** Returns the arguments of a call as JSON text. */
export const inputText = (input: unknown): string =>
  typeof input === 'string' ? input : writeJson(input ?? {});

/** Returns the words of a part that a person searches for: no names of fields in JSON values. */
export function searchedWordsOf(part: Part): string {
  switch (part.kind) {
    case 'text':
      return part.value === undefined ? part.text : valuesIn(part.value).join('\n');
    case 'tool-call':
    case 'server-tool-call':
      return [part.name, ...valuesIn(part.input)].join('\n');
    case 'tool-result':
    case 'server-tool-result':
      return part.output.map(searchedWordsOf).join('\n');
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
    case 'reasoning':
    case 'source':
    case 'refusal':
    case 'other':
      return wordsOf(part);
  }
}

/** Returns the texts and numbers in a value, whatever fields they are in. */
function valuesIn(value: unknown): string[] {
  const values: string[] = [];
  collectValues(value, values);
  return values;
}

function collectValues(value: unknown, values: string[]): void {
  if (typeof value === 'string') values.push(value);
  else if (typeof value === 'number' || value instanceof ExactNumber) values.push(String(value));
  else if (typeof value === 'object' && value !== null)
    for (const field of Object.values(value)) collectValues(field, values);
}

/**
 * Returns the words of a part as a model reads them, which are what its tokens are counted by. They
 * hold no URL of media, no base64, no signature and no encrypted text.
 */
export function wordsOf(part: Part): string {
  switch (part.kind) {
    case 'text':
    case 'reasoning':
    case 'refusal':
    case 'other':
      return part.text;
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return [part.name, part.text].filter((text) => text !== null).join('\n');
    case 'tool-call':
    case 'server-tool-call':
      return `${part.name}\n${inputText(part.input)}`;
    case 'tool-result':
    case 'server-tool-result':
      return part.output.map(wordsOf).join('\n');
    case 'source':
      return [part.title, part.url, part.text].filter((text) => text !== null).join('\n');
  }
}
