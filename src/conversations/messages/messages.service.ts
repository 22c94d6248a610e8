import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { HeavyWork } from '../../platform/heavy-work/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import { ConversationsRepository } from '../conversations.repository.js';
import {
  type MessageHitsDto,
  type MessageListDto,
  toAppendedDto,
  toHitDto,
} from '../dto/message.dto.js';
import { MessageIndexer } from './search/message-indexer.js';
import { MessageGuard } from './message-guard.js';
import type { AppendInput, AppendPlace, NewMessage } from './message-input.js';
import { readQuestion } from './search/message-question.js';
import { MessageSearchRepository, type SearchHit } from './search/message-search.repository.js';
import { messageWords, toStoredText } from '../parts/index.js';
import {
  bytesOf,
  type Appended,
  type CountedMessage,
  MessagesRepository,
} from './messages.repository.js';
import type { MessagePath } from './tree/message-path.js';
import { noSuchMessage } from './tree/branches.service.js';
import { MessageTreesRepository } from './tree/message-trees.repository.js';
import { MessageTrees, pathTo } from './tree/message-trees.js';
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
    private readonly trees: MessageTrees,
    private readonly treeRows: MessageTreesRepository,
    private readonly config: Config,
    private readonly work: HeavyWork,
    private readonly guard: MessageGuard,
    private readonly quotas: Quotas,
  ) {}

  /**
   * Appends all messages in the given order, or none.
   * @throws AppError 404 when the conversation does not exist
   * @throws AppError 409 with `lastSeq` and `headSeq` when they are not what is expected
   * @throws AppError 422 when the conversation has no such message as `parentId`
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
    { messages, place, isBatch }: AppendInput,
    createIfMissing: boolean,
  ): Promise<MessageListDto> {
    if (this.guard.isOn) await this.guard.refuseSecrets(messages, isBatch ? '/messages' : null);
    const counted = await this.counted(messages);
    const adding = { messages: counted.length, messageBytes: bytesOf(counted) };
    const appended =
      (await this.quotas.within(adding, () => this.appendAt(conversationId, counted, place))) ??
      (createIfMissing
        ? await this.quotas.within({ conversations: 1, ...adding }, () =>
            this.createAndAppend(conversationId, counted, place),
          )
        : null);
    if (!appended) throw await this.refusal(conversationId, place);
    return toAppendedDto(conversationId, counted, appended);
  }

  /**
   * Searches one conversation, or all of the user's. It finds everything that was appended before
   * the call.
   */
  async search(
    { q, prefix, limit }: { q: string; prefix: boolean; limit: number },
    conversationId: string | null,
  ): Promise<MessageHitsDto> {
    if (conversationId && (await this.messages.findHeads(conversationId)) === null)
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
    const shown = await this.shownIn(rows);
    const hits = rows.map((row) => toHitDto(row, shown(row)));
    return { data: hits.sort((a, b) => Number(b.onPath) - Number(a.onPath)), complete: !hasMore };
  }

  /** Tells of each hit whether its conversation shows it. */
  private async shownIn(rows: SearchHit[]): Promise<(row: SearchHit) => boolean> {
    const branched = rows.filter(({ headSeq }) => headSeq !== null);
    const paths = new Map<string, MessagePath>();
    for (const id of new Set(branched.map(({ conversationId }) => conversationId))) {
      const found = await this.trees.find(id);
      if (found) paths.set(id, pathTo(found, found.headSeq));
    }
    return ({ conversationId, seq }) => paths.get(conversationId)?.placeOf(seq) !== null;
  }

  async counted(messages: NewMessage[]): Promise<CountedMessage[]> {
    const counts = await this.tokens.countAll(messages.map(messageWords));
    return messages.map((message, i) => stored(message, counts[i]!));
  }

  /**
   * Creates the conversation if it is missing. Of two racing calls one creates it and both append.
   */
  private createAndAppend(conversationId: string, messages: CountedMessage[], place: AppendPlace) {
    return this.database.transaction(async () => {
      await this.conversations.createIfMissing(conversationId);
      return this.appendAt(conversationId, messages, place);
    });
  }

  /** Most appends follow the last message, for which a simpler statement does. */
  private async appendAt(
    conversationId: string,
    messages: CountedMessage[],
    place: AppendPlace,
  ): Promise<Appended | null> {
    const { parentId, expectedHead, expectedSeq, movesHead } = place;
    const isPlain = parentId === undefined && expectedHead === null && movesHead;
    const appended = isPlain
      ? await this.messages.append(conversationId, messages, expectedSeq)
      : null;
    return appended ?? this.treeRows.append(conversationId, messages, place);
  }

  private async refusal(conversationId: string, { parentId }: AppendPlace) {
    const heads = await this.messages.findHeads(conversationId);
    if (!heads) return ConversationErrors.notFound();
    if (parentId && (await this.treeRows.findSeq(conversationId, parentId)) === null)
      return noSuchMessage('/parentId');
    const { lastSeq, headSeq } = heads;
    return ConversationErrors.headMoved({ extra: { lastSeq, headSeq } });
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
