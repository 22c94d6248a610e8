// Chat completions for clients of OpenAI, over the turns of conversations.
import { Module } from '@nestjs/common';
import { ConversationsModule } from '../../../conversations/index.js';
import { ChatModule } from '../../chat.module.js';
import { CompletionAnswer } from './completion-answer.js';
import { CompletionInterceptor } from './completion.interceptor.js';
import { CompletionsService } from './completions.service.js';
import { Histories } from './histories.js';
import { OpenAiCompatController } from './openai-compat.controller.js';

@Module({
  imports: [ChatModule, ConversationsModule],
  controllers: [OpenAiCompatController],
  providers: [CompletionAnswer, CompletionInterceptor, CompletionsService, Histories],
})
export class OpenAiCompatModule {}
