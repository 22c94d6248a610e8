import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../../platform/database/index.js';
import { decodeCursor, isSeq, type Page, pageOf } from '../../platform/http/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import { ConversationsRepository } from '../conversations.repository.js';
import { type MessageDto, type MessageHitsDto, type MessageListDto, toAppendedDto, toHitDto, toMessageDto } from '../dto/message.dto.js';
import type { AppendInput, NewMessage } from './message-input.js';
import { MessageSearchRepository } from './message-search.repository.js';
import { textOf } from './message-text.js';
import { type CountedMessage, MessagesRepository } from './messages.repository.js';
import { TokenCounter } from './token-counter.js';

/** Larger than any seq. */
const NO_BOUND = 2_147_483_647;
/** Batches of the search index that one request builds before it asks the client to come back. */
const INDEX_BATCHES = 10;

export interface MessageListQuery {
  limit: number;
  order: 'asc' | 'desc';
  cursor?: string | undefined;
  afterSeq?: number | undefined;
  beforeSeq?: number | undefined;
}

@Injectable()
export class MessagesService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly index: MessageSearchRepository,
    private readonly conversations: ConversationsRepository,
    private readonly database: ScopedDatabase,
    private readonly tokens: TokenCounter,
  ) {}

  /**
   * Appends in the order given, all or nothing.
   * @throws AppError 404 without the conversation, 409 with `lastSeq` when `expectedSeq` is not the head.
   */
  async append(conversationId: string, { messages, expectedSeq }: AppendInput, createIfMissing: boolean): Promise<MessageListDto> {
    const counted = await this.counted(messages);
    const appended =
      (await this.messages.append(conversationId, counted, expectedSeq)) ??
      (createIfMissing ? await this.createAndAppend(conversationId, counted, expectedSeq) : null);
    if (!appended) throw await this.refusal(conversationId);
    return toAppendedDto(conversationId, counted, appended);
  }

  /** Both ways: `order=asc` goes up from `afterSeq`, `order=desc` down from `beforeSeq`; the cursor goes on in that order. */
  async list(conversationId: string, { limit, order, cursor, afterSeq, beforeSeq }: MessageListQuery): Promise<Page<MessageDto>> {
    const range = { afterSeq: afterSeq ?? 0, beforeSeq: beforeSeq ?? NO_BOUND };
    if (cursor !== undefined) {
      const [, from] = decodeCursor<['asc' | 'desc', number]>(cursor, (way): way is typeof order => way === order, isSeq);
      if (order === 'asc') range.afterSeq = Math.max(range.afterSeq, from);
      else range.beforeSeq = Math.min(range.beforeSeq, from);
    }
    const rows = await this.messages.list(conversationId, range, order, limit + 1);
    if (!rows) throw ConversationErrors.notFound();
    return pageOf(rows, limit, (row) => toMessageDto(conversationId, row), (row) => [order, row.seq]);
  }

  /** In one conversation, or in all of the user's. What was appended before the call is found. */
  async search(query: string, limit: number, conversationId: string | null): Promise<MessageHitsDto> {
    if (conversationId && (await this.messages.findHead(conversationId)) === null) throw ConversationErrors.notFound();
    await this.bringIndexUpToDate(conversationId);
    const hits = await this.index.search(query, conversationId, limit);
    return { data: hits.map(toHitDto) };
  }

  async counted(messages: NewMessage[]): Promise<CountedMessage[]> {
    const counts = await this.tokens.countAll(messages.map(({ content }) => textOf(content)));
    return messages.map((message, i) => ({ ...message, tokenCount: counts[i]! }));
  }

  /** @throws AppError 503 while a long history is being indexed for the first time: each try goes further. */
  private async bringIndexUpToDate(conversationId: string | null): Promise<void> {
    for (let batch = 0; batch < INDEX_BATCHES; batch++) {
      if (await this.index.indexNext(conversationId)) return;
    }
    throw ConversationErrors.indexing({ retryAfter: 1 });
  }

  /** Of two calls that race, one creates the conversation and both append. */
  private createAndAppend(conversationId: string, messages: CountedMessage[], expectedSeq: number | null) {
    return this.database.transaction(async () => {
      await this.conversations.createIfMissing(conversationId);
      return this.messages.append(conversationId, messages, expectedSeq);
    });
  }

  private async refusal(conversationId: string) {
    const lastSeq = await this.messages.findHead(conversationId);
    return lastSeq === null ? ConversationErrors.notFound() : ConversationErrors.headMoved({ extra: { lastSeq } });
  }
}
