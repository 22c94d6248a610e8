// Stores where the messages of an append are, in place of its answer. Content never changes, so a
// replay reads it again.
import { Injectable } from '@nestjs/common';
import type { AnswerReference } from '../../platform/idempotency/index.js';
import { type MessageDto, type MessageListDto, toMessageDto } from '../dto/message.dto.js';
import { MessagesRepository } from './messages.repository.js';

/** No limit on a replayed answer: the append had the same size, and its body was limited. */
const NO_BYTE_LIMIT = 2_147_483_647;

interface AppendedReference {
  conversationId: string;
  firstSeq: number;
  /** Metadata of each message as it was sent, because jsonb changes the order of keys. */
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
    const page = await this.messages.listAll(conversationId, range, metadata.length, NO_BYTE_LIMIT);
    if (page?.rows.length !== metadata.length) return null;
    return {
      data: page.rows.map((row, i) =>
        toMessageDto(conversationId, { ...row, metadata: metadata[i] ?? null }),
      ),
    };
  };
}
