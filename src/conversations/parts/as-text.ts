// Writes parts as text for a dialect that has no form of its own for them.
import { writeJson } from '../../platform/input/exact-json.js';
import { isObject, isWebAddress } from './fields.js';
import {
  inputText,
  type MediaPart,
  type Part,
  type SourcePart,
  type ToolCallPart,
  type ToolResultPart,
} from './part.js';

/** Returns the text of a file that is sent as text, with its name. */
export const fileText = ({ name, text }: MediaPart): string =>
  name === null ? (text ?? '') : `[${name}]\n${text ?? ''}`;

export function sourceText({ title, url, text }: SourcePart): string {
  const head = [title, url].filter((value) => value !== null).join(', ');
  return `[source: ${head}]${text === null ? '' : `\n${text}`}`;
}

/** Returns what a server tool was asked, in one line. */
export const serverCallText = ({ name, input }: ToolCallPart): string =>
  `[${name}: ${inputText(input)}]`;

/** Returns what a server tool found. */
export const serverResultText = (part: ToolResultPart): string =>
  `[result of ${part.name ?? 'a tool'}]\n${part.output.map((found) => textForm(found) ?? '').join('\n')}`;

/**
 * Returns the text by which any dialect can send a part, or null. Reasoning has none: it is the
 * model's own.
 */
export function textForm(part: Part): string | null {
  if (part.kind === 'text' || part.kind === 'refusal') return part.text;
  if (part.kind === 'source') return sourceText(part);
  if (part.kind === 'file') return part.text === null ? null : fileText(part);
  if (part.kind === 'server-tool-call') return serverCallText(part);
  return part.kind === 'server-tool-result' ? serverResultText(part) : null;
}

/** Returns the parts in the result of a server tool that its text form leaves out, such as images. */
export function leftOutOf(part: Part): Part[] {
  if (part.kind !== 'server-tool-result') return [];
  return part.output.flatMap((found) => (textForm(found) === null ? [found] : leftOutOf(found)));
}

export const isBlank = (text: string): boolean => text.trim() === '';

/** True for a part whose text form has words, which any dialect can send. */
export function hasText(part: Part): boolean {
  const text = textForm(part);
  return text !== null && !isBlank(text);
}

/** Tokens that the text form of a part has besides its words. */
export const TEXT_FORM_TOKENS = 8;

const WITHOUT_LABEL = new Set<Part['kind']>(['text', 'refusal', 'tool-call', 'reasoning']);

/** Returns the tokens of the label with which the text form of a part is sent. */
export const textFormTokens = ({ kind }: Part): number =>
  WITHOUT_LABEL.has(kind) ? 0 : TEXT_FORM_TOKENS;

/** The type of media that does not tell its own. */
export const DEFAULT_MEDIA_TYPES: Readonly<Record<MediaPart['kind'], string>> = {
  image: 'image/png',
  audio: 'audio/wav',
  video: 'video/mp4',
  file: 'application/pdf',
};

/** Returns media as a URL: its web address, or its data. */
export function mediaUrl({ url, data, mediaType }: MediaPart, otherwise: string): string | null {
  if (data !== null) return `data:${mediaType ?? otherwise};base64,${data}`;
  return url !== null && isWebAddress(url) ? url : null;
}

/** Returns arguments as an object. What is none, or cut off, becomes its field `input`. */
export function inputObject(input: unknown): Record<string, unknown> {
  const value = typeof input === 'string' ? parsedInput(input) : (input ?? {});
  return isObject(value) ? value : { input: value };
}

function parsedInput(text: string): unknown {
  if (isBlank(text)) return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Returns arguments as the JSON text of an object. Text that is one already stays as it is. */
export function inputObjectText(input: unknown): string {
  if (typeof input !== 'string') return writeJson(inputObject(input));
  const value = parsedInput(input);
  if (!isObject(value)) return writeJson({ input: value });
  return isBlank(input) ? '{}' : input;
}
