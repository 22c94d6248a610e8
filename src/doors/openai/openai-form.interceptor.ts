// Gives answers the form that clients of OpenAI read. It is outside of the interceptor of
// idempotency, which keeps answers with our ids: deleting a row erases the answers that have its id.
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import type { ConversationDto, MessageListDto } from '../../conversations/index.js';
import { Answer } from '../../platform/http/index.js';
import type { ItemListDto } from './dto/item.dto.js';
import { toOpenAiConversation } from './dto/openai-conversation.dto.js';
import { itemsOfMessage } from './items-of-message.js';
import { listOf } from './openai-items.service.js';

/** Changes the body of each answer. */
class BodyInterceptor<From, To> implements NestInterceptor {
  constructor(private readonly change: (body: From) => To) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<Answer<To>> {
    const change = (result: unknown): Answer<To> => {
      const { body, status, headers } = Answer.of(result);
      return new Answer(this.change(body as From), { status, headers });
    };
    return next.handle().pipe(map(change));
  }
}

export const AS_CONVERSATION = new BodyInterceptor<
  ConversationDto,
  ReturnType<typeof toOpenAiConversation>
>(toOpenAiConversation);

export const AS_ITEMS = new BodyInterceptor<MessageListDto, ItemListDto>(({ data }) =>
  listOf(data.flatMap(itemsOfMessage), false),
);
