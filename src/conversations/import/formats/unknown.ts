// Says what a value looks like that cannot be imported, and what to do.
import { isObject, isText, type JsonObject } from './format.js';

interface Known {
  /** Fields that all have to be there. */
  fields: string[];
  meaning: string;
}

/** Files that exports have beside their conversations, and others that people try. */
const KNOWN: readonly Known[] = [
  {
    fields: ['chatgpt_plus_user'],
    meaning: "the account of a ChatGPT export; import the export's conversations.json, or its ZIP",
  },
  {
    fields: ['email', 'phone_number'],
    meaning: 'the account of an export; import its conversations, or its ZIP',
  },
  {
    fields: ['email_address', 'full_name'],
    meaning: 'the account of a Claude export; import its conversations.json, or its ZIP',
  },
  {
    fields: ['rating', 'conversation_id'],
    meaning: 'the feedback of a ChatGPT export; import its conversations.json, or its ZIP',
  },
  {
    fields: ['conversation_id', 'is_anonymous'],
    meaning:
      'the list of shared conversations of a ChatGPT export; import its conversations.json, or its ZIP',
  },
  {
    fields: ['docs', 'prompt_template'],
    meaning: 'the projects of a Claude export; import its conversations.json, or its ZIP',
  },
  {
    fields: ['lastSeq', 'forkedFrom'],
    meaning: 'a conversation without its messages; write one with `npx threadkeep export`',
  },
  {
    fields: ['prompt', 'completion'],
    meaning:
      'training data of prompts and completions; make each line `{"messages": [{"role", "content"}]}`',
  },
  {
    fields: ['instruction', 'output'],
    meaning:
      'training data in the form of Alpaca; make each line `{"messages": [{"role", "content"}]}`',
  },
  {
    fields: ['chosen', 'rejected'],
    meaning: 'data of preferences; make each line `{"messages": [{"role", "content"}]}`',
  },
  { fields: ['openapi'], meaning: 'a description of an API' },
  { fields: ['lockfileVersion'], meaning: 'a lock file of npm' },
];

const WANTED =
  'an export of ChatGPT, Claude, Gemini, LibreChat or Open WebUI, sessions of Zep, memories of mem0 or Letta, or lines of `{"importKey", "messages": [{"role", "content"}]}` can be imported';
const MAX_FIELDS = 8;
const MAX_FIELD_CHARACTERS = 40;

/** @returns a reason that begins with `not a conversation` */
export function describeUnknown(value: unknown): string {
  const known = isObject(value)
    ? KNOWN.find(({ fields }) => fields.every((name) => name in value))
    : undefined;
  if (known) return `not a conversation: it looks like ${known.meaning}`;
  return `not a conversation: it is ${kindOf(value)}; ${WANTED}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : 'a list of something else';
  if (!isObject(value)) return value === null ? 'null' : `a ${typeof value}`;
  const names = fieldsOf(value);
  return names.length === 0 ? 'an empty object' : `an object with ${names.join(', ')}`;
}

function fieldsOf(value: JsonObject): string[] {
  const names = Object.keys(value).filter(isText);
  const shown = names
    .slice(0, MAX_FIELDS)
    .map((name) => `\`${name.slice(0, MAX_FIELD_CHARACTERS)}\``);
  return names.length > MAX_FIELDS ? [...shown, '…'] : shown;
}
