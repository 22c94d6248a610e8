// The Conversations API of OpenAI over conversations and messages. It stores nothing of its own.
import { Module } from '@nestjs/common';
import { ConversationsModule } from '../../conversations/index.js';
import { OpenAiConversationsController } from './openai-conversations.controller.js';
import { OpenAiConversations } from './openai-conversations.service.js';
import { OpenAiItems } from './openai-items.service.js';

@Module({
  imports: [ConversationsModule],
  controllers: [OpenAiConversationsController],
  providers: [OpenAiConversations, OpenAiItems],
})
export class OpenAiConversationsModule {}
