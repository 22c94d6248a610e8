// Anthropic's messages: leading system texts go to `system`, users and assistants alternate, and a
// user begins.
import { fenceText, systemText } from '../plan/recalled.js';
import type { Turn } from '../plan/tool-exchange.js';
import {
  type Formatter,
  inputAsObject,
  outputAsText,
  type FormatPiece,
  type ProviderMessage,
} from './format.js';
import { anthropicPart, textOfPart } from './parts.js';

interface AnthropicMessage extends ProviderMessage {
  role: 'user' | 'assistant';
  content: ProviderMessage[];
}

/** Stands in for the user when the window begins with the assistant. */
const BEGINNING = '[The earlier part of this conversation is not shown.]';
/** Tokens of BEGINNING with its message. */
const BEGINNING_TOKENS = 16;

export const anthropic: Formatter = {
  maxAddedTokens: BEGINNING_TOKENS,
  render: ({ prefix, rest }) => {
    const idOf = uniqueToolIds();
    const system = prefix.flatMap(systemBlocks);
    const first = withBeginning(
      prefix.filter((piece) => !isSystemPiece(piece)).flatMap((piece) => toMessages(piece, idOf)),
    );
    const messages = withBeginning(
      joinSameRoles([...first, ...rest.flatMap((piece) => toMessages(piece, idOf))]),
    );
    const turns = joinSameRoles(first);
    const isJoined =
      turns.length > 0 && messages[turns.length - 1]!.content.length > turns.at(-1)!.content.length;
    const addedTokens = messages.some(isBeginning) ? BEGINNING_TOKENS : 0;
    return {
      ...(system.length > 0 ? { system } : {}),
      messages,
      prefixMessages: turns.length - (isJoined ? 1 : 0),
      prefix: turns,
      addedTokens,
    };
  },
};

const text = (value: string) => ({ type: 'text', text: value });
const user = (content: ProviderMessage[]): AnthropicMessage => ({ role: 'user', content });

const BEGIN = user([text(BEGINNING)]);
const isBeginning = ({ content }: AnthropicMessage): boolean => content[0] === BEGIN.content[0];
const withBeginning = (messages: AnthropicMessage[]): AnthropicMessage[] =>
  messages[0]?.role === 'assistant' ? [BEGIN, ...messages] : messages;

/** True for texts of the application. `system` has no roles, so it gets these only. */
const isSystemPiece = (piece: FormatPiece): boolean =>
  piece.kind === 'prompt' || (piece.kind === 'turn' && piece.turn.message.role === 'system');

function systemBlocks(piece: FormatPiece): ProviderMessage[] {
  if (piece.kind === 'recalled' || !isSystemPiece(piece)) return [];
  const value =
    piece.kind === 'prompt'
      ? piece.text
      : piece.turn.message.parts
          .map(textOfPart)
          .filter((part) => part !== null)
          .join('\n');
  return value.trim() === '' ? [] : [text(value)];
}

function toMessages(piece: FormatPiece, idOf: (id: string) => string): AnthropicMessage[] {
  if (piece.kind === 'prompt') return [user([text(systemText(piece.text))])];
  if (piece.kind === 'recalled') return [user([text(fenceText(piece.elements))])];
  const { message } = piece.turn;
  const exchanges = piece.turn.exchanges.map((exchange) => ({
    ...exchange,
    id: idOf(exchange.call.id),
  }));
  const parts = message.parts.map(anthropicPart).filter((part) => part !== null);
  if (message.role === 'system')
    return parts.map((part) =>
      user([part.type === 'text' ? text(systemText(part['text'] as string)) : part]),
    );
  const role = message.role === 'assistant' || exchanges.length > 0 ? 'assistant' : 'user';
  const content = [
    ...(role === 'assistant' ? signedThinking(message.parts) : []),
    ...parts,
    ...exchanges.map(toolUse),
  ];
  const ownMessage: AnthropicMessage[] = content.length > 0 ? [{ role, content }] : [];
  return exchanges.length > 0 ? [...ownMessage, user(exchanges.map(toolResult))] : ownMessage;
}

/** Anthropic accepts thinking blocks back only with its signature. */
const signedThinking = (parts: Turn['message']['parts']): ProviderMessage[] =>
  parts.filter(
    ({ type, signature, data }) =>
      (type === 'thinking' && typeof signature === 'string') ||
      (type === 'redacted_thinking' && typeof data === 'string'),
  );

/** Replaces characters that Anthropic does not allow in ids and names. */
const replaceInvalid = (value: string): string => value.replace(/[^a-zA-Z0-9_-]/g, '_');

/** How many characters of an id are kept. Ids of providers have about 30. */
const MAX_ID_LENGTH = 256;

/**
 * Makes ids unique: a conversation may use an id again, and two ids may become equal when
 * characters are replaced.
 */
export function uniqueToolIds(): (id: string) => string {
  const given = new Set<string>();
  /** For each id, the next suffix to try. */
  const next = new Map<string, number>();
  return (id) => {
    const own = replaceInvalid(id.slice(0, MAX_ID_LENGTH));
    let unique = own;
    let number = next.get(own) ?? 2;
    while (given.has(unique)) unique = `${own}_${number++}`;
    next.set(own, number);
    given.add(unique);
    return unique;
  };
}

type Exchange = Turn['exchanges'][number] & { id: string };

const toolUse = ({ id, call }: Exchange): ProviderMessage => ({
  type: 'tool_use',
  id,
  name: replaceInvalid(call.name.slice(0, 128)),
  input: inputAsObject(call),
});

const toolResult = ({ id, result }: Exchange): ProviderMessage => ({
  type: 'tool_result',
  tool_use_id: id,
  content: outputAsText(result),
  ...(result.isError ? { is_error: true } : {}),
});

/** Joins neighbouring messages of the same role. */
function joinSameRoles(messages: AnthropicMessage[]): AnthropicMessage[] {
  const turns: AnthropicMessage[] = [];
  for (const { role, content } of messages) {
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content: [...content] });
  }
  return turns;
}
