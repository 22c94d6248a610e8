// Makes and changes conversations for clients of OpenAI.
import { Injectable } from '@nestjs/common';
import { type Conversation, ConversationsService } from '../../conversations/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import type {
  CreateOpenAiConversationDto,
  UpdateOpenAiConversationDto,
} from './dto/openai-conversation.dto.js';
import { OpenAiItems } from './openai-items.service.js';

@Injectable()
export class OpenAiConversations {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly items: OpenAiItems,
    private readonly database: ScopedDatabase,
  ) {}

  /**
   * Makes a conversation with its first items, or nothing.
   * @throws AppError as an append of the items does
   */
  async create({ items, metadata }: CreateOpenAiConversationDto): Promise<Conversation> {
    const values = metadata ? { metadata } : {};
    if (!items || items.length === 0) return this.conversations.create(values);
    return this.database.transaction(async () => {
      const made = await this.conversations.create(values);
      await this.items.append(made.id, items);
      return made;
    });
  }

  /** Replaces the metadata. @throws AppError 404 without the conversation */
  update(id: string, { metadata }: UpdateOpenAiConversationDto): Promise<Conversation> {
    return this.conversations.update(id, { metadata: metadata ?? {} });
  }
}
