// Knows which files each API of models takes, and puts a text in the place of the others.
import type { LanguageModelV3FilePart, LanguageModelV3Message } from '@ai-sdk/provider';
import {
  ANTHROPIC_IMAGE_TYPES,
  isGeminiType,
  OPENAI_IMAGE_TYPES,
} from '../../../conversations/parts/index.js';
import type { ModelApi } from '../../../platform/config/model-settings.js';
import type { ModelPrompt } from '../model-call.js';

/** @param url null for a file that is sent as data */
type Takes = (type: string, url: URL | null) => boolean;
type FileRole = 'user' | 'assistant';

const PDF = 'application/pdf';
const SOUNDS: ReadonlySet<string> = new Set(['audio/wav', 'audio/mp3', 'audio/mpeg']);
const OFFICE = 'application/vnd.openxmlformats-officedocument.';
/** Documents that OpenAI fetches. Its package sends only a PDF as data. */
const DOCUMENTS: ReadonlySet<string> = new Set([
  ...[PDF, 'application/json', 'application/rtf', 'application/msword'],
  ...['application/vnd.ms-excel', 'application/vnd.oasis.opendocument.text'],
  ...['wordprocessingml.document', 'spreadsheetml.sheet', 'presentationml.presentation'].map(
    (name) => OFFICE + name,
  ),
]);
const isDocument = (type: string): boolean => type.startsWith('text/') || DOCUMENTS.has(type);

/** The exact type of an image is not needed with its address. */
const isImage = (types: ReadonlySet<string>, type: string, url: URL | null): boolean =>
  types.has(type) || (url !== null && type === 'image/*');
const isOpenAiImage: Takes = (type, url) => isImage(OPENAI_IMAGE_TYPES, type, url);
const isChatFile: Takes = (type, url) =>
  isOpenAiImage(type, url) || (url === null && (type === PDF || SOUNDS.has(type)));

/** For anything else, the package throws or the API answers 400, and the whole call fails. */
const TAKES: Readonly<Record<ModelApi, Takes>> = {
  'openai-compatible': (type, url) =>
    isChatFile(type, url) || (url === null && type.startsWith('text/')),
  'openai-chat': isChatFile,
  'openai-responses': (type, url) =>
    isOpenAiImage(type, url) || (url === null ? type === PDF : isDocument(type)),
  anthropic: (type, url) =>
    isImage(ANTHROPIC_IMAGE_TYPES, type, url) ||
    type === PDF ||
    (url === null && type === 'text/plain'),
  google: (type, url) => isGeminiType(type) && url?.protocol !== 'http:',
};

/** In what a model has said, only Google has a form for files. Other packages leave them out. */
const isTakenOfAssistant = (api: ModelApi, url: URL | null): boolean =>
  api === 'google' && url === null;

export function isTaken(
  { data, mediaType }: LanguageModelV3FilePart,
  api: ModelApi,
  role: FileRole = 'user',
): boolean {
  const url = data instanceof URL ? data : null;
  return TAKES[api](mediaType, url) && (role === 'user' || isTakenOfAssistant(api, url));
}

/** Returns the files of the user that the API does not take. */
export const untakenFiles = (prompt: ModelPrompt, api: ModelApi): LanguageModelV3FilePart[] =>
  prompt.flatMap((message) =>
    message.role === 'user'
      ? message.content.filter((part) => part.type === 'file' && !isTaken(part, api))
      : [],
  ) as LanguageModelV3FilePart[];

/**
 * Puts a text in the place of each file that the API does not take: a message of long ago must not
 * end the conversation.
 */
export const withTakenFiles = (prompt: ModelPrompt, api: ModelApi): ModelPrompt =>
  prompt.map((message) => {
    const { role, content } = message;
    if (role !== 'user' && role !== 'assistant') return message;
    const isWhole = content.every((part) => part.type !== 'file' || isTaken(part, api, role));
    return isWhole ? message : withTexts(message, api);
  });

type FileMessage = Extract<LanguageModelV3Message, { role: FileRole }>;

const withTexts = (message: FileMessage, api: ModelApi): FileMessage =>
  ({
    ...message,
    content: message.content.map((part) =>
      part.type !== 'file' || isTaken(part, api, message.role)
        ? part
        : { type: 'text', text: `[not shown to this model: ${nameOf(part)}]` },
    ),
  }) as FileMessage;

/** Returns the name and the type of a file. An address may hold a signature, and is not told. */
export const nameOf = ({ filename, mediaType }: LanguageModelV3FilePart): string =>
  `${filename ?? 'a file'}, ${mediaType}`;
