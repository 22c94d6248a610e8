import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { HeavyWork } from '../../platform/heavy-work/index.js';
import { type ListQuery, Lists, type Page } from '../../platform/list/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import { ConversationsRepository } from '../conversations.repository.js';
import {
  type MessageDto,
  type MessageHitsDto,
  type MessageListDto,
  toAppendedDto,
  toHitDto,
  toMessageDto,
} from '../dto/message.dto.js';
import { MessageIndexer } from './search/message-indexer.js';
import { MessageGuard } from './message-guard.js';
import type { AppendInput, NewMessage } from './message-input.js';
import { readQuestion } from './search/message-question.js';
import { MessageSearchRepository } from './search/message-search.repository.js';
import type { ConvertedPageDto } from '../dto/converted.dto.js';
import { convertMessages, type Dialect, messageWords, toStoredText } from '../parts/index.js';
import { inConversation, messageList } from './message.list.js';
import { continueAfter, seqRangeOf } from './message-range.js';
import {
  bytesOf,
  type CountedMessage,
  type MessageRow,
  MessagesRepository,
} from './messages.repository.js';
import { TokenCounter } from './token-counter.js';

/** Longer appends wait in the user's queue of bulk writes. */
const MAX_UNQUEUED_MESSAGES = 50;

@Injectable()
export class MessagesService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly index: MessageSearchRepository,
    private readonly indexer: MessageIndexer,
    private readonly conversations: ConversationsRepository,
    private readonly database: ScopedDatabase,
    private readonly tokens: TokenCounter,
    private readonly lists: Lists,
    private readonly config: Config,
    private readonly work: HeavyWork,
    private readonly guard: MessageGuard,
    private readonly quotas: Quotas,
  ) {}

  /**
   * Appends all messages in the given order, or none.
   * @throws AppError 404 when the conversation does not exist
   * @throws AppError 409 with `lastSeq` when `expectedSeq` is not the last seq
   * @throws AppError 422 when the guard of messages finds a secret
   * @throws AppError 429 when too many long appends of this user wait
   * @throws AppError 507 over a quota of the user
   */
  append(
    conversationId: string,
    input: AppendInput,
    createIfMissing: boolean,
  ): Promise<MessageListDto> {
    const append = () => this.appendNow(conversationId, input, createIfMissing);
    return input.messages.length > MAX_UNQUEUED_MESSAGES
      ? this.work.run('bulkWrite', append)
      : append();
  }

  private async appendNow(
    conversationId: string,
    { messages, expectedSeq, isBatch }: AppendInput,
    createIfMissing: boolean,
  ): Promise<MessageListDto> {
    if (this.guard.isOn) await this.guard.refuseSecrets(messages, isBatch ? '/messages' : null);
    const counted = await this.counted(messages);
    const adding = { messages: counted.length, messageBytes: bytesOf(counted) };
    const appended =
      (await this.quotas.within(adding, () =>
        this.messages.append(conversationId, counted, expectedSeq),
      )) ??
      (createIfMissing
        ? await this.quotas.within({ conversations: 1, ...adding }, () =>
            this.createAndAppend(conversationId, counted, expectedSeq),
          )
        : null);
    if (!appended) throw await this.refusal(conversationId);
    return toAppendedDto(conversationId, counted, appended);
  }

  /**
   * Lists messages, newest first unless the query sorts them.
   * @throws AppError 404 when the conversation does not exist
   */
  async list(conversationId: string, query: ListQuery): Promise<Page<MessageDto>> {
    const within = [inConversation(conversationId)];
    const range = seqRangeOf(query);
    if (!range) {
      if ((await this.messages.findHead(conversationId)) === null)
        throw ConversationErrors.notFound();
      return this.lists.page(messageList, query, within);
    }
    const asked = this.lists.question(messageList, query, within);
    const page = await this.messages.list(
      conversationId,
      continueAfter(range, this.lists.after(query, asked)),
      query.limit,
      this.config.bytes.page,
    );
    if (!page) throw ConversationErrors.notFound();
    return this.lists.paged<MessageRow, MessageDto>(messageList, query, page, asked, (row) =>
      toMessageDto(conversationId, row),
    );
  }

  /**
   * Lists messages in a dialect, in the order of the conversation within the page.
   * @throws AppError 404 when the conversation does not exist
   */
  async listConverted(
    conversationId: string,
    query: ListQuery,
    dialect: Dialect,
  ): Promise<ConvertedPageDto> {
    const { data, ...page } = await this.list(conversationId, { ...query, fields: undefined });
    const ordered = data.toSorted((a, b) => a.seq - b.seq);
    const { messages, ...beside } = convertMessages(ordered, dialect);
    return { data: messages, ...beside, ...page };
  }

  /**
   * Searches one conversation, or all of the user's. It finds everything that was appended before
   * the call.
   */
  async search(
    { q, prefix, limit }: { q: string; prefix: boolean; limit: number },
    conversationId: string | null,
  ): Promise<MessageHitsDto> {
    if (conversationId && (await this.messages.findHead(conversationId)) === null)
      throw ConversationErrors.notFound();
    const question = readQuestion(q, { prefix });
    if (question === null) return { data: [], complete: true };
    await this.indexer.catchUp(conversationId);
    const { rows, hasMore } = await this.index.search(
      question,
      conversationId,
      limit,
      this.config.bytes.page,
    );
    return { data: rows.map(toHitDto), complete: !hasMore };
  }

  async counted(messages: NewMessage[]): Promise<CountedMessage[]> {
    const counts = await this.tokens.countAll(messages.map(messageWords));
    return messages.map((message, i) => stored(message, counts[i]!));
  }

  /**
   * Creates the conversation if it is missing. Of two racing calls one creates it and both append.
   */
  private createAndAppend(
    conversationId: string,
    messages: CountedMessage[],
    expectedSeq: number | null,
  ) {
    return this.database.transaction(async () => {
      await this.conversations.createIfMissing(conversationId);
      return this.messages.append(conversationId, messages, expectedSeq);
    });
  }

  private async refusal(conversationId: string) {
    const lastSeq = await this.messages.findHead(conversationId);
    return lastSeq === null
      ? ConversationErrors.notFound()
      : ConversationErrors.headMoved({ extra: { lastSeq } });
  }
}

function stored(message: NewMessage, tokenCount: number): CountedMessage {
  const { content, metadata } = message;
  const storedContent = typeof content === 'string' ? content : toStoredText(content);
  const storedMetadata = metadata ? JSON.stringify(metadata) : null;
  const bytes =
    Buffer.byteLength(storedContent) +
    (storedMetadata === null ? 0 : Buffer.byteLength(storedMetadata));
  return { ...message, tokenCount, storedContent, storedMetadata, bytes };
}
