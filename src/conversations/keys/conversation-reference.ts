// Reads how a request names a conversation or message: by its id, or by `key:` and the
// application's own key. The key is written as it is; in a path it is percent-encoded once.
import type { PipeTransform } from '@nestjs/common';
import { type FieldError, RequestErrors } from '../../platform/errors/index.js';
import {
  boolean,
  CheckedBy,
  isLongerThan,
  isUuid,
  type QueryField,
  storableFaults,
  Unreadable,
  withDescription,
  words,
} from '../../platform/input/index.js';
import { MAX_KEY_LENGTH } from '../dto/conversation.dto.js';

export const KEY_PREFIX = 'key:';

/** The application's own name of a conversation, which may not exist. */
export interface ConversationKey {
  key: string;
}
export type ConversationReference = string | ConversationKey;

/** Gives an id, or a key as it was sent. For routes that may create the conversation. */
export const ConversationReferenceParameter: PipeTransform<string, ConversationReference> = {
  transform(value, metadata) {
    try {
      return readReference(value);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      const pointer = `:${metadata.data ?? 'id'}`;
      throw RequestErrors.invalidQuery({ errors: [{ pointer, message: error.message }] });
    }
  },
};

const NO_REFERENCE = words.suchAs(
  `a UUID, or ${KEY_PREFIX} and a key of at most ${MAX_KEY_LENGTH} characters`,
  'key:thread-1',
);

/** Reads an id, in lower case, or `key:` and a key. @throws Unreadable */
export function readReference(text: string): ConversationReference {
  if (isUuid(text)) return text.toLowerCase();
  if (!text.startsWith(KEY_PREFIX)) throw new Unreadable(NO_REFERENCE);
  const key = text.slice(KEY_PREFIX.length);
  const fault = keyFault(key);
  if (fault !== null) throw new Unreadable(fault);
  return { key };
}

/** The reference as text, which is the same for each way to write it. @throws Unreadable */
export function readReferenceText(text: string): string {
  const reference = readReference(text);
  return typeof reference === 'string' ? reference : KEY_PREFIX + reference.key;
}

const schemaOf = (keyExample: string) => ({
  type: 'string' as const,
  pattern: `^(${KEY_PREFIX}.|[0-9a-fA-F]{8}-)`,
  maxLength: KEY_PREFIX.length + MAX_KEY_LENGTH,
  examples: [keyExample, '01a221e5-5edb-71ce-9002-b5461cbe7e22'],
});

/** Schema of a field of a body that names a message. */
export const MESSAGE_REFERENCE = schemaOf('key:msg-1');
/** Schema of a value that names a conversation. */
export const CONVERSATION_REFERENCE = schemaOf('key:thread-1');

/** Tells what is wrong with a field that shall be an id, or `key:` and a key. */
export function referenceFaults(value: unknown): FieldError[] {
  const message = typeof value === 'string' ? referenceFault(value) : words.text;
  return message === null ? [] : [{ pointer: '', message }];
}

/** A field of a body that names a conversation. Its schema is `CONVERSATION_REFERENCE`. */
export const IsConversationReference = () => CheckedBy(referenceFaults);

/** A value of a query string: the id of a message, or `key:` and its key. */
export const messageReference = (): QueryField<ConversationReference | undefined> => ({
  schema: MESSAGE_REFERENCE,
  read: (text) => (text === undefined ? undefined : readReference(text)),
});

/** A value of a query string that names a conversation, in the form of `readReferenceText`. */
export const conversationReference = (): QueryField<string | undefined> => ({
  schema: CONVERSATION_REFERENCE,
  read: (text) => (text === undefined ? undefined : readReferenceText(text)),
});

/** The query parameter of each write that may make the conversation it names. */
export const CREATE_IF_MISSING = withDescription(
  boolean(),
  'Creates the conversation with this id or key if there is none.',
  true,
);

/** The detail of a 404 for a key, where `CREATE_IF_MISSING` is taken. */
export const HOW_TO_CREATE = 'Send createIfMissing=true in the query to make it with this request.';

function referenceFault(text: string): string | null {
  try {
    readReference(text);
    return null;
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return error.message;
  }
}

function keyFault(key: string): string | null {
  if (key === '') return words.notEmpty;
  if (isLongerThan(key, MAX_KEY_LENGTH)) return words.maxCharacters(MAX_KEY_LENGTH);
  return storableFaults(key, '')[0]?.message ?? null;
}
