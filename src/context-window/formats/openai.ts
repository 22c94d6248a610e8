// OpenAI's chat messages, as all OpenAI-compatible providers accept them.
import { fenceText } from '../plan/recalled.js';
import type { Turn } from '../plan/tool-exchange.js';
import {
  type Formatter,
  inputAsText,
  outputAsText,
  type FormatPiece,
  type ProviderMessage,
} from './format.js';
import { openAiPart, textOfPart } from './parts.js';

export const openAi: Formatter = {
  maxAddedTokens: 0,
  render: ({ prefix, rest }) => {
    const first = prefix.flatMap(toMessages);
    return {
      messages: [...first, ...rest.flatMap(toMessages)],
      prefixMessages: first.length,
      prefix: first,
      addedTokens: 0,
    };
  },
};

function toMessages(piece: FormatPiece): ProviderMessage[] {
  if (piece.kind === 'prompt') return [{ role: 'system', content: piece.text }];
  return piece.kind === 'recalled'
    ? [{ role: 'user', content: fenceText(piece.elements) }]
    : turnMessages(piece.turn);
}

function turnMessages({ message, exchanges }: Turn): ProviderMessage[] {
  const content = message.role === 'user' ? userContent(message) : texts(message);
  if (exchanges.length === 0) return [{ role: message.role, content: content ?? '' }];
  const calls = exchanges.map(({ call }) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: inputAsText(call) },
  }));
  const results = exchanges.map(({ call, result }) => ({
    role: 'tool',
    tool_call_id: call.id,
    content: outputAsText(result),
  }));
  return [{ role: 'assistant', content, tool_calls: calls }, ...results];
}

/** Only messages of users may have parts other than text. */
function texts({ parts }: Turn['message']): string | null {
  const found = parts.map(textOfPart).filter((text) => text !== null);
  return found.length === 0 ? null : found.join('\n');
}

function userContent({ parts }: Turn['message']): string | ProviderMessage[] {
  const sendable = parts.map(openAiPart).filter((part) => part !== null);
  const onlyText = sendable.every(({ type }) => type === 'text');
  return onlyText ? sendable.map(({ text }) => text as string).join('\n') : sendable;
}
