// Reads LoCoMo, long conversations between two people: as published, with sessions of turns, or as
// `{conversation, source, speakers, turns: [{id, session, speaker, date, text, caption?}]}`.
import {
  FormatError,
  isObject,
  isText,
  type JsonObject,
  objectsOf,
  said,
  type SourceConversation,
  type SourceItem,
} from './format.js';

export const isLocomo = (value: JsonObject): boolean => 'turns' in value && 'speakers' in value;

export const isPublishedLocomo = ({ conversation }: JsonObject): boolean =>
  isObject(conversation) && 'speaker_a' in conversation && 'speaker_b' in conversation;

/**
 * The first speaker becomes the user, the second the assistant. The benchmark's questions are not
 * imported.
 */
export function fromLocomo(value: JsonObject): SourceItem[] {
  const { conversation, source, speakers, turns } = value;
  if (!isText(conversation))
    throw new FormatError('a LoCoMo conversation needs a name in `conversation`');
  if (!Array.isArray(speakers) || speakers.length !== 2 || !speakers.every(isText))
    throw new FormatError('`speakers` must be two names');
  if (!Array.isArray(turns)) throw new FormatError('`turns` must be an array');
  const messages = turns.map((turn: unknown, i) => convertTurn(turn, i, speakers));
  return [dialogue(conversation, speakers, messages, { source })];
}

function dialogue(
  name: string,
  speakers: string[],
  messages: JsonObject[],
  metadata: JsonObject,
): SourceConversation {
  return {
    kind: 'conversation',
    name,
    body: {
      importKey: `locomo:${name}`,
      title: speakers.join(' and '),
      metadata: { ...metadata, speakers },
      messages,
    },
    warnings: [],
  };
}

function convertTurn(turn: unknown, index: number, speakers: string[]) {
  if (!isObject(turn)) throw new FormatError(`turn ${index + 1} is not an object`);
  const { id, session, speaker, date, text, caption } = turn;
  const role = roleOf(speaker, speakers, `turn ${index + 1}`);
  return {
    role,
    content: text,
    createdAt: date,
    metadata: { speaker, session, date, turnId: id, ...(caption === undefined ? {} : { caption }) },
  };
}

function roleOf(speaker: unknown, speakers: string[], place: string): string {
  const position = speakers.indexOf(speaker as string);
  if (position === -1)
    throw new FormatError(
      `${place} is by ${JSON.stringify(speaker)}, who is neither of the speakers`,
    );
  return position === 0 ? 'user' : 'assistant';
}

const SESSION = /^session_(\d{1,6})$/;

export function fromPublishedLocomo(value: JsonObject): SourceItem[] {
  const { sample_id: sample } = value;
  const conversation = value['conversation'] as JsonObject;
  const speakers = [conversation['speaker_a'], conversation['speaker_b']];
  if (!isText(sample)) throw new FormatError('a LoCoMo sample needs a name in `sample_id`');
  if (!speakers.every(isText)) throw new FormatError('the speakers must be two names');
  const sessions = Object.keys(conversation)
    .map((field) => Number(SESSION.exec(field)?.[1] ?? 0))
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
  const messages = sessions.flatMap((session) => {
    const time = timeOfSession(conversation[`session_${session}_date_time`]);
    return objectsOf(conversation[`session_${session}`]).map((turn) => {
      const { speaker, dia_id: turnId, text, img_url: images, blip_caption: caption } = turn;
      return {
        role: roleOf(speaker, speakers, String(turnId)),
        content: text,
        ...(time === null ? {} : { createdAt: time }),
        metadata: said({ speaker, session, turnId, images, caption, query: turn['query'] }),
      };
    });
  });
  return [dialogue(sample, speakers, messages, { source: 'locomo' })];
}

const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september'],
  ...['october', 'november', 'december'],
];
const SESSION_TIME = /^(\d{1,2}):(\d\d) (am|pm) on (\d{1,2}) ([a-z]{3,9}),? (\d{4})$/i;

/** Reads such as `1:56 pm on 8 May, 2023`, which is taken as UTC. */
function timeOfSession(text: unknown): string | null {
  const found = isText(text) ? SESSION_TIME.exec(text.trim()) : null;
  if (!found) return null;
  const [, hour, minute, half, day, name, year] = found as unknown as string[];
  const month = MONTHS.indexOf(name!.toLowerCase());
  if (month === -1) return null;
  const hours = (Number(hour) % 12) + (half!.toLowerCase() === 'pm' ? 12 : 0);
  return new Date(Date.UTC(Number(year), month, Number(day), hours, Number(minute))).toISOString();
}
