// What is kept of the answer to an append: where the messages are. Their content is read again, as it never changes.
import { Injectable } from '@nestjs/common';
import type { AnswerReference } from '../../platform/idempotency/index.js';
import { type MessageDto, type MessageListDto, toMessageDto } from '../dto/message.dto.js';
import { MessagesRepository } from './messages.repository.js';

/** Bounds nothing: the answer is as large as the append was, which the limit of its body bounds. */
const UNBOUNDED_BYTES = 2_147_483_647;

interface AppendedReference {
  conversationId: string;
  firstSeq: number;
  /** As they were sent, of each message: the database keeps metadata in an order of its own. */
  metadata: (MessageDto['metadata'] | null)[];
}

@Injectable()
export class AppendedAnswer implements AnswerReference {
  constructor(private readonly messages: MessagesRepository) {}

  refer = (answer: unknown): AppendedReference => {
    const { data } = answer as MessageListDto;
    const [{ conversationId, seq: firstSeq }] = data as [MessageDto];
    return {
      conversationId,
      firstSeq,
      metadata: data.map(({ metadata }) => (Object.keys(metadata).length > 0 ? metadata : null)),
    };
  };

  repeat = async ({
    conversationId,
    firstSeq,
    metadata,
  }: AppendedReference): Promise<MessageListDto | null> => {
    const range = {
      afterSeq: firstSeq - 1,
      beforeSeq: firstSeq + metadata.length,
      order: 'asc',
    } as const;
    const page = await this.messages.list(conversationId, range, metadata.length, UNBOUNDED_BYTES);
    if (page?.rows.length !== metadata.length) return null;
    return {
      data: page.rows.map((row, i) =>
        toMessageDto(conversationId, { ...row, metadata: metadata[i] ?? null }),
      ),
    };
  };
}
