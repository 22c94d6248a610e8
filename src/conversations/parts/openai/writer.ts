// Writes messages of OpenAI's Chat Completions, as all compatible servers accept them.
import { imageTokens } from './image-tokens.js';
import { imageUrl } from './image-url.js';
import { namedText } from '../accepting.js';
import { hasText, inputObjectText, isBlank, textFormTokens } from '../as-text.js';
import type { DialectWriter, Omission, Turn } from '../dialect.js';
import { documentTokens } from '../media-tokens.js';
import {
  isMedia,
  isToolCall,
  isToolResult,
  type MediaPart,
  type Part,
  type RawObject,
  type ToolCallPart,
  type ToolResultPart,
} from '../part.js';
import { CallIds, legalToolName } from '../tool-names.js';

export const openAiWriter: DialectWriter = {
  dialect: 'openai',
  openingTokens: 0,
  labelTokens: 0,

  accepts: (part, role) => {
    if (role === 'tool')
      return part.kind === 'tool-result' || mediaPart(part) !== null || hasText(part);
    if (part.kind === 'tool-call') return role === 'assistant';
    if (part.kind === 'tool-result') return true;
    return hasText(part) || (role === 'user' && mediaPart(part) !== null);
  },

  extraTokens: (part) => extraTokens(part),

  write: (turns, { isRequest }) => {
    const writer = new ChatWriter(isRequest);
    for (const turn of turns) writer.add(turn);
    return { messages: writer.messages, omitted: writer.omitted };
  },
};

function extraTokens(part: Part): number {
  if (part.kind === 'tool-result')
    return part.output.reduce(
      (sum, nested) => sum + extraTokens(nested) + (isMedia(nested) ? NOTE_TOKENS : 0),
      0,
    );
  if (isMedia(part) && part.text === null) {
    if (part.kind === 'image') return mediaPart(part) === null ? 0 : imageTokens(part);
    return mediaPart(part) === null ? 0 : documentTokens(part);
  }
  return textFormTokens(part);
}

/** Tokens of the note that stands in a result for an image, and of the message around it. */
const NOTE_TOKENS = 20;

const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/mp3': 'mp3',
  'audio/mpeg': 'mp3',
};

/** Returns the content part of media, or null when it cannot be sent. */
function mediaPart(part: Part): RawObject | null {
  if (!isMedia(part)) return null;
  const ownId = part.dialect === 'openai' ? part.fileId : null;
  switch (part.kind) {
    case 'image': {
      const url = imageUrl(part);
      if (url === null) return null;
      const detail = part.detail === null ? {} : { detail: part.detail };
      return { type: 'image_url', image_url: { url, ...detail } };
    }
    case 'audio': {
      const format = AUDIO_FORMATS[part.mediaType ?? ''];
      return part.data === null || format === undefined
        ? null
        : { type: 'input_audio', input_audio: { data: part.data, format } };
    }
    case 'file':
      if (ownId !== null) return { type: 'file', file: { file_id: ownId } };
      if (part.data === null || part.mediaType !== 'application/pdf') return null;
      return {
        type: 'file',
        file: { file_data: dataUrl(part), filename: part.name ?? 'document.pdf' },
      };
    case 'video':
      return null;
  }
}

const dataUrl = ({ data, mediaType }: MediaPart): string => `data:${mediaType};base64,${data}`;

class ChatWriter {
  readonly messages: RawObject[] = [];
  readonly omitted: Omission[] = [];
  private readonly ids = new CallIds(40);

  constructor(private readonly isRequest: boolean) {}

  add(turn: Turn): void {
    if (turn.role === 'tool') this.addResults(turn.parts);
    else if (turn.role === 'assistant') this.addAssistant(turn.parts);
    else this.addUserOrSystem(turn);
  }

  private addUserOrSystem({ role, parts }: Turn): void {
    const content = parts.flatMap((part) => this.contentPart(part, role));
    if (content.length === 0) return;
    const isText = content.every(({ type }) => type === 'text');
    this.messages.push({ role, content: isText ? joinTexts(content) : content });
  }

  private addAssistant(parts: Part[]): void {
    const refusal = this.isRequest ? null : refusalIn(parts);
    const content = parts.flatMap((part) =>
      isToolCall(part) || (refusal !== null && part.kind === 'refusal')
        ? []
        : this.contentPart(part, 'assistant'),
    );
    const calls = parts.filter(isToolCall);
    const ids = this.ids.forCalls(calls);
    if (content.length === 0 && calls.length === 0 && refusal === null) return;
    this.messages.push({
      role: 'assistant',
      content: content.length === 0 ? null : joinTexts(content),
      ...(refusal === null ? {} : { refusal }),
      ...(calls.length > 0 ? { tool_calls: calls.map((call, i) => writeCall(call, ids[i]!)) } : {}),
    });
  }

  /** Images and files of results go into a message of the user behind all results of the turn. */
  private addResults(parts: Part[]): void {
    const media: RawObject[] = [];
    const results = parts.filter(isToolResult);
    const ids = this.ids.forResults(results);
    results.forEach((part, i) => {
      const content = this.resultText(part, media);
      this.messages.push({ role: 'tool', tool_call_id: ids[i], content });
    });
    if (media.length > 0) this.messages.push({ role: 'user', content: media });
  }

  private resultText({ output, isError }: ToolResultPart, media: RawObject[]): string {
    const lines = output.flatMap((part) => {
      const own = part.kind === 'file' && part.text !== null ? null : mediaPart(part);
      if (own) return [`[${part.kind} ${media.push(own)} is in the next message]`];
      const text = namedText(part, this.omitted);
      if (text === null) this.omitted.push({ part, reason: 'not_accepted' });
      return text === null ? [] : [text];
    });
    const text = lines.join('\n');
    return isError && text === '' ? 'error' : text;
  }

  private contentPart(part: Part, role: Turn['role']): RawObject[] {
    const text = namedText(part, this.omitted);
    if (text !== null && !isBlank(text)) return [{ type: 'text', text }];
    const media = role === 'user' && text === null ? mediaPart(part) : null;
    if (media) return [media];
    this.omitted.push({ part, reason: text === null ? 'not_accepted' : 'empty' });
    return [];
  }
}

/** Returns the words of refusals. In a request they are a text, which all compatible servers take. */
function refusalIn(parts: Part[]): string | null {
  const words = parts.flatMap((part) => (part.kind === 'refusal' ? part.text : []));
  return isBlank(words.join('')) ? null : words.join('\n');
}

const joinTexts = (content: RawObject[]): string =>
  content.map(({ text }) => text as string).join('\n');

const writeCall = ({ name, input }: ToolCallPart, id: string): RawObject => ({
  id,
  type: 'function',
  function: { name: legalToolName(name), arguments: inputObjectText(input) },
});
