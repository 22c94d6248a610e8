// Reads LoCoMo, long conversations between two people: `{conversation, source, speakers, turns:
// [{id, session, speaker, date, text, caption?}]}`.
import {
  FormatError,
  isObject,
  isText,
  type JsonObject,
  type SourceConversation,
} from './format.js';

export const isLocomo = (value: JsonObject): boolean => 'turns' in value && 'speakers' in value;

/**
 * The first speaker becomes the user, the second the assistant. The benchmark's questions are not
 * imported.
 */
export function fromLocomo({
  conversation,
  source,
  speakers,
  turns,
}: JsonObject): SourceConversation {
  if (!isText(conversation))
    throw new FormatError('a LoCoMo conversation needs a name in `conversation`');
  if (!Array.isArray(speakers) || speakers.length !== 2 || !speakers.every(isText))
    throw new FormatError('`speakers` must be two names');
  if (!Array.isArray(turns)) throw new FormatError('`turns` must be an array');
  return {
    name: conversation,
    body: {
      importKey: `locomo:${conversation}`,
      title: speakers.join(' and '),
      metadata: { source, speakers },
      messages: turns.map((turn: unknown, i) => convertTurn(turn, i, speakers)),
    },
  };
}

function convertTurn(turn: unknown, index: number, speakers: string[]) {
  if (!isObject(turn)) throw new FormatError(`turn ${index + 1} is not an object`);
  const { id, session, speaker, date, text, caption } = turn;
  const position = speakers.indexOf(speaker as string);
  if (position === -1)
    throw new FormatError(
      `turn ${index + 1} is by ${JSON.stringify(speaker)}, who is neither of the speakers`,
    );
  return {
    role: position === 0 ? 'user' : 'assistant',
    content: text,
    createdAt: date,
    metadata: { speaker, session, date, turnId: id, ...(caption === undefined ? {} : { caption }) },
  };
}
