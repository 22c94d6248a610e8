// Finds the conversation that a path names.
import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { ConversationErrors } from '../conversations.errors.js';
import { ConversationNames } from './conversation-names.js';
import { type ConversationKey, ConversationReferenceParameter } from './conversation-reference.js';

/**
 * Gives the id of a conversation. A key costs one look-up in the scope of the request; an id costs
 * none, and may be that of no conversation.
 * @throws AppError 404 when no conversation has the key, a deleted one included
 */
@Injectable()
export class ConversationId implements PipeTransform<string, string | Promise<string>> {
  constructor(private readonly names: ConversationNames) {}

  transform(value: string, metadata: ArgumentMetadata): string | Promise<string> {
    const reference = ConversationReferenceParameter.transform(value, metadata);
    return typeof reference === 'string' ? reference : this.find(reference);
  }

  private async find(reference: ConversationKey): Promise<string> {
    const id = await this.names.find(reference);
    if (id === null) throw ConversationErrors.notFound();
    return id;
  }
}
