// Anthropic's messages: what the system says first is `system`, users and assistants take turns, and the first to speak is a user.
import { noteText, systemText } from '../plan/recalled.js';
import type { Turn } from '../plan/tool-exchange.js';
import {
  type Formatter,
  inputAsObject,
  outputAsText,
  type Piece,
  type ProviderMessage,
} from './format.js';
import { anthropicPart, textOfPart } from './parts.js';

interface Message extends ProviderMessage {
  role: 'user' | 'assistant';
  content: ProviderMessage[];
}

/** Stands in for a user when the window begins with the assistant. */
const BEGINNING = '[The earlier part of this conversation is not shown.]';
/** Its tokens. */
const OVERHEAD = 16;

export const anthropic: Formatter = {
  overhead: OVERHEAD,
  render: ({ prefix, rest }) => {
    const idOf = toolIds();
    const system = prefix.flatMap(systemBlocks);
    const first = withBeginning(
      prefix.filter((piece) => !isSystems(piece)).flatMap((piece) => messagesOf(piece, idOf)),
    );
    const messages = withBeginning(
      takingTurns([...first, ...rest.flatMap((piece) => messagesOf(piece, idOf))]),
    );
    const turns = takingTurns(first);
    const isJoined =
      turns.length > 0 && messages[turns.length - 1]!.content.length > turns.at(-1)!.content.length;
    const addedTokens = messages.some(isBeginning) ? OVERHEAD : 0;
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
const user = (content: ProviderMessage[]): Message => ({ role: 'user', content });

const BEGIN = user([text(BEGINNING)]);
const isBeginning = ({ content }: Message): boolean => content[0] === BEGIN.content[0];
const withBeginning = (messages: Message[]): Message[] =>
  messages[0]?.role === 'assistant' ? [BEGIN, ...messages] : messages;

/** In `system` there are no roles: it has the system's words, and nobody else's. */
const isSystems = (piece: Piece): boolean =>
  piece.kind === 'prompt' || (piece.kind === 'turn' && piece.turn.message.role === 'system');

function systemBlocks(piece: Piece): ProviderMessage[] {
  if (piece.kind === 'recalled' || !isSystems(piece)) return [];
  const value =
    piece.kind === 'prompt'
      ? piece.text
      : piece.turn.message.parts
          .map(textOfPart)
          .filter((part) => part !== null)
          .join('\n');
  return value.trim() === '' ? [] : [text(value)];
}

function messagesOf(piece: Piece, idOf: (id: string) => string): Message[] {
  if (piece.kind === 'prompt') return [user([text(systemText(piece.text))])];
  if (piece.kind === 'recalled') return [user([text(noteText(piece.elements))])];
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
    ...(role === 'assistant' ? thinking(message.parts) : []),
    ...parts,
    ...exchanges.map(toolUse),
  ];
  const said: Message[] = content.length > 0 ? [{ role, content }] : [];
  return exchanges.length > 0 ? [...said, user(exchanges.map(toolResult))] : said;
}

/** Only what Anthropic has signed is taken back. */
const thinking = (parts: Turn['message']['parts']): ProviderMessage[] =>
  parts.filter(
    ({ type, signature, data }) =>
      (type === 'thinking' && typeof signature === 'string') ||
      (type === 'redacted_thinking' && typeof data === 'string'),
  );

/** Ids and names have fewer letters here than elsewhere. */
const allowed = (value: string): string => value.replace(/[^a-zA-Z0-9_-]/g, '_');

/** Characters of an id that are kept; providers' own have some 30. */
const MAX_ID_LENGTH = 256;

/** Each id once: a conversation may use one again, and two may be the same in these letters. */
export function toolIds(): (id: string) => string {
  const given = new Set<string>();
  /** Of each id, the number after the last one that was taken. */
  const next = new Map<string, number>();
  return (id) => {
    const own = allowed(id.slice(0, MAX_ID_LENGTH));
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
  name: allowed(call.name.slice(0, 128)),
  input: inputAsObject(call),
});

const toolResult = ({ id, result }: Exchange): ProviderMessage => ({
  type: 'tool_result',
  tool_use_id: id,
  content: outputAsText(result),
  ...(result.isError ? { is_error: true } : {}),
});

/** What follows in the same role is one message. */
function takingTurns(messages: Message[]): Message[] {
  const turns: Message[] = [];
  for (const { role, content } of messages) {
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content: [...content] });
  }
  return turns;
}
