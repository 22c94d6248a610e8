// Anthropic's messages: the prefix is `system`, users and assistants take turns, and the first to speak is a user.
import type { Turn } from '../tool-exchange.js';
import { type Formatter, inputAsObject, outputAsText, type Piece, type ProviderMessage } from './format.js';
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
    const messages = takingTurns(rest.flatMap((piece) => messagesOf(piece, idOf)));
    const system = prefix.flatMap(systemText);
    const beginning = messages[0]?.role === 'assistant' ? [user([text(BEGINNING)])] : [];
    return { ...(system.length > 0 ? { system } : {}), messages: [...beginning, ...messages], prefixMessages: 0, addedTokens: beginning.length * OVERHEAD };
  },
};

const text = (value: string) => ({ type: 'text', text: value });
const user = (content: ProviderMessage[]): Message => ({ role: 'user', content });

function systemText(piece: Piece): ProviderMessage[] {
  const value = piece.kind === 'note' ? piece.text : quoted(piece.turn);
  return value.trim() === '' ? [] : [text(value)];
}

/** In `system` there are no roles: who said it is part of the text. */
function quoted({ message }: Turn): string {
  const said = message.parts.map(textOfPart).filter((part) => part !== null).join('\n');
  return message.role === 'system' || said === '' ? said : `The ${message.role} said: ${said}`;
}

function messagesOf(piece: Piece, idOf: (id: string) => string): Message[] {
  if (piece.kind === 'note') return [user([text(`<system>${piece.text}</system>`)])];
  const { message } = piece.turn;
  const exchanges = piece.turn.exchanges.map((exchange) => ({ ...exchange, id: idOf(exchange.call.id) }));
  const parts = message.parts.map(anthropicPart).filter((part) => part !== null);
  if (message.role === 'system') return parts.map((part) => user([part.type === 'text' ? text(`<system>${part['text'] as string}</system>`) : part]));
  const role = message.role === 'assistant' || exchanges.length > 0 ? 'assistant' : 'user';
  const content = [...(role === 'assistant' ? thinking(message.parts) : []), ...parts, ...exchanges.map(toolUse)];
  const said: Message[] = content.length > 0 ? [{ role, content }] : [];
  return exchanges.length > 0 ? [...said, user(exchanges.map(toolResult))] : said;
}

/** Only what Anthropic has signed is taken back. */
const thinking = (parts: Turn['message']['parts']): ProviderMessage[] =>
  parts.filter(({ type, signature, data }) => (type === 'thinking' && typeof signature === 'string') || (type === 'redacted_thinking' && typeof data === 'string'));

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

const toolUse = ({ id, call }: Exchange): ProviderMessage => ({ type: 'tool_use', id, name: allowed(call.name.slice(0, 128)), input: inputAsObject(call) });

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
