// Reads how a request names a conversation: by its id, or by `key:` and the application's own key.
import type { PipeTransform } from '@nestjs/common';
import { RequestErrors } from '../../platform/errors/index.js';
import { IdParameter, isLongerThan, storableFaults, words } from '../../platform/input/index.js';
import { MAX_KEY_LENGTH } from '../dto/conversation.dto.js';

const PREFIX = 'key:';

/** The application's own name of a conversation, which may not exist. */
export interface ConversationKey {
  key: string;
}
export type ConversationReference = string | ConversationKey;

/** Gives an id, or a key as it was sent. For routes that may create the conversation. */
export const ConversationReferenceParameter: PipeTransform<string, ConversationReference> = {
  transform(value, metadata) {
    if (!value.startsWith(PREFIX)) return IdParameter.transform(value, metadata);
    const key = value.slice(PREFIX.length);
    const message = keyFault(key);
    if (message === null) return { key };
    const pointer = `:${metadata.data ?? 'id'}`;
    throw RequestErrors.invalidQuery({ errors: [{ pointer, message }] });
  },
};

function keyFault(key: string): string | null {
  if (key === '') return words.notEmpty;
  if (isLongerThan(key, MAX_KEY_LENGTH)) return words.maxCharacters(MAX_KEY_LENGTH);
  return storableFaults(key, '')[0]?.message ?? null;
}
