// Makes the messages of a call from a context of the format `ai-sdk`.
import type {
  LanguageModelV3FilePart,
  LanguageModelV3Message,
  LanguageModelV3TextPart,
  SharedV3ProviderOptions,
} from '@ai-sdk/provider';
import type { RawObject } from '../../../conversations/parts/index.js';
import type { ModelPrompt } from '../model-call.js';
import { assistantMessages } from './assistant-messages.js';
import { filePart, optionsIn, partsIn, textIn } from './ui-fields.js';

/** The fields that are used of a context in the format `ai-sdk`, parsed from its JSON. */
export interface AiSdkContext {
  /** UIMessages. */
  messages: readonly RawObject[];
  cacheBreakpoints?: readonly { in: 'system' | 'messages'; index: number }[];
}

/** Only Anthropic has breakpoints; the packages of others leave the option out. */
const CACHED: SharedV3ProviderOptions = { anthropic: { cacheControl: { type: 'ephemeral' } } };

/**
 * Nothing is fetched: a file by URL keeps it. Steps, sources and data parts are for people, and no
 * model is told of them. A call of a tool without a result stays without one, which providers
 * refuse; contexts have none.
 */
export function promptOf({ messages, cacheBreakpoints = [] }: AiSdkContext): ModelPrompt {
  const cached = new Set(cacheBreakpoints.map(({ index }) => index));
  return messages.flatMap((message, index) => {
    const written = writtenOf(message);
    const last = written.at(-1);
    if (last && cached.has(index)) last.providerOptions = CACHED;
    return written;
  });
}

function writtenOf(message: RawObject): LanguageModelV3Message[] {
  switch (message['role']) {
    case 'system': {
      const content = partsIn(message).map((part) => textIn(part, 'text'));
      return content.length === 0 ? [] : [{ role: 'system', content: content.join('\n\n') }];
    }
    case 'user': {
      const content = partsIn(message).flatMap(userPart);
      return content.length === 0 ? [] : [{ role: 'user', content }];
    }
    case 'assistant':
      return assistantMessages(message);
    default:
      return [];
  }
}

function userPart(part: RawObject): (LanguageModelV3TextPart | LanguageModelV3FilePart)[] {
  if (part['type'] === 'text')
    return [{ type: 'text', text: textIn(part, 'text'), ...optionsIn(part) }];
  return part['type'] === 'file' ? filePart(part) : [];
}
