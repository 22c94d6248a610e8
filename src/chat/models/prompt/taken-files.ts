// Knows which files each API of models takes, and puts a text in the place of the others.
import type { LanguageModelV3FilePart, LanguageModelV3Message } from '@ai-sdk/provider';
import type { ModelApi } from '../../../platform/config/model-settings.js';
import type { ModelPrompt } from '../model-call.js';

type Takes = (type: string, isByUrl: boolean) => boolean;

const PDF = 'application/pdf';
const isImage = (type: string): boolean => type.startsWith('image/');
const SOUNDS: ReadonlySet<string> = new Set(['audio/wav', 'audio/mp3', 'audio/mpeg']);
const isChatFile: Takes = (type, isByUrl) =>
  isImage(type) || (!isByUrl && (type === PDF || SOUNDS.has(type)));

/** Their packages throw for anything else, and the whole call with it. */
const TAKES: Readonly<Record<ModelApi, Takes>> = {
  'openai-compatible': (type, isByUrl) => type.startsWith('text/') || isChatFile(type, isByUrl),
  'openai-chat': isChatFile,
  'openai-responses': (type, isByUrl) => isByUrl || isImage(type) || type === PDF,
  anthropic: (type) => isImage(type) || type === PDF || type === 'text/plain',
  google: () => true,
};

export const isTaken = ({ data, mediaType }: LanguageModelV3FilePart, api: ModelApi): boolean =>
  TAKES[api](mediaType, data instanceof URL);

/** Returns the files that the API does not take. */
export const untakenFiles = (prompt: ModelPrompt, api: ModelApi): LanguageModelV3FilePart[] =>
  prompt.flatMap((message) =>
    message.role === 'user'
      ? message.content.filter((part) => part.type === 'file' && !isTaken(part, api))
      : [],
  ) as LanguageModelV3FilePart[];

/**
 * Puts a text in the place of each file that the API does not take: a message of long ago must not end
 * the conversation.
 */
export const withTakenFiles = (prompt: ModelPrompt, api: ModelApi): ModelPrompt =>
  untakenFiles(prompt, api).length === 0
    ? prompt
    : prompt.map((message) => (message.role === 'user' ? withTexts(message, api) : message));

type UserMessage = Extract<LanguageModelV3Message, { role: 'user' }>;

const withTexts = (message: UserMessage, api: ModelApi): UserMessage => ({
  ...message,
  content: message.content.map((part) =>
    part.type === 'text' || isTaken(part, api)
      ? part
      : { type: 'text', text: `[not shown to this model: ${nameOf(part)}]` },
  ),
});

/** Returns the name and the type of a file. An address may hold a signature, and is not told. */
export const nameOf = ({ filename, mediaType }: LanguageModelV3FilePart): string =>
  `${filename ?? 'a file'}, ${mediaType}`;
