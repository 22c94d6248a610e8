// Finds the conversation that a path names, by an id of this door or as other routes do.
import { Injectable, type ArgumentMetadata } from '@nestjs/common';
import { ConversationErrors, ConversationId } from '../../conversations/index.js';
import { isUuid } from '../../platform/input/index.js';
import { readConversationId } from './openai-ids.js';

/**
 * Gives the id of a conversation: of `conv_…`, a UUID, or `key:` and a key.
 * @throws AppError 404 for a text that names none
 */
@Injectable()
export class OpenAiConversationId extends ConversationId {
  override transform(value: string, metadata: ArgumentMetadata): string | Promise<string> {
    const id = readConversationId(value);
    if (id !== null) return id;
    if (!isUuid(value) && !value.startsWith('key:')) throw ConversationErrors.notFound();
    return super.transform(value, metadata);
  }
}
