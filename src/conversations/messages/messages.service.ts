import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { HeavyWork } from '../../platform/heavy-work/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import type { ConversationReference } from '../keys/conversation-reference.js';
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
import { bytesOf, type CountedMessage, MessagesRepository } from './messages.repository.js';
import type { MessagePath } from './tree/message-path.js';
import { noSuchMessage } from './tree/branches.service.js';
import { MessageTreesRepository } from './tree/message-trees.repository.js';
import { MessageTrees, pathTo } from './tree/message-trees.js';
import { TokenCounter } from './token-counter.js';

/** Longer appends wait in the user's queue of bulk writes. */
const MAX_UNQUEUED_MESSAGES = 50;

/** How many times more hits are looked at when some are in conversations with branches. */
const BRANCHED_HITS = 5;

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
    conversation: ConversationReference,
    input: AppendInput,
    createIfMissing: boolean,
  ): Promise<MessageListDto> {
    const append = () => this.appendNow(conversation, input, createIfMissing);
    return input.messages.length > MAX_UNQUEUED_MESSAGES
      ? this.work.run('bulkWrite', append)
      : append();
  }

  private async appendNow(
    conversation: ConversationReference,
    { messages, place, isBatch }: AppendInput,
    createIfMissing: boolean,
  ): Promise<MessageListDto> {
    if (this.guard.isOn) await this.guard.refuseSecrets(messages, isBatch ? '/messages' : null);
    const counted = await this.counted(messages);
    const adding = { messages: counted.length, messageBytes: bytesOf(counted) };
    const known = await this.idOf(conversation);
    const found =
      known === null
        ? null
        : await this.quotas.within(adding, () => this.appendTo(known, counted, place));
    const appended =
      found ??
      (createIfMissing
        ? await this.quotas.within({ conversations: 1, ...adding }, () =>
            this.createAndAppend(conversation, counted, place),
          )
        : null);
    if (!appended) throw await this.refusal(known, place);
    return toAppendedDto(appended.conversationId, counted, appended);
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
    const find = (hits: number) =>
      this.index.search(question, conversationId, hits, this.config.bytes.page);
    let found = await find(limit);
    // Hits of other branches must not displace those that are shown.
    if (found.rows.length === limit && found.rows.some(({ headSeq }) => headSeq !== null))
      found = await find(limit * BRANCHED_HITS);
    const shown = await this.shownIn(found.rows);
    const hits = found.rows.map((row) => toHitDto(row, shown(row)));
    const ordered = hits.sort((a, b) => Number(b.onPath) - Number(a.onPath));
    return { data: ordered.slice(0, limit), complete: !found.hasMore };
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
  private createAndAppend(
    conversation: ConversationReference,
    messages: CountedMessage[],
    place: AppendPlace,
  ) {
    return this.database.transaction(async () => {
      const id = await this.created(conversation);
      const appended = await this.appendTo(id, messages, place);
      // Thrown here, so that a refused append creates no conversation.
      if (!appended) throw await this.refusal(id, place);
      return appended;
    });
  }

  private async created(conversation: ConversationReference): Promise<string> {
    if (typeof conversation !== 'string')
      return this.conversations.createIfKeyMissing(conversation.key);
    await this.conversations.createIfMissing(conversation);
    return conversation;
  }

  /** Most appends follow the last message, for which a simpler statement does. */
  private async appendTo(conversationId: string, messages: CountedMessage[], place: AppendPlace) {
    const { parentId, expectedHead, expectedSeq, movesHead } = place;
    const isPlain = parentId === undefined && expectedHead === null && movesHead;
    const plain = isPlain
      ? await this.messages.append(conversationId, messages, expectedSeq)
      : null;
    const appended = plain ?? (await this.treeRows.append(conversationId, messages, place));
    return appended && { ...appended, conversationId };
  }

  private async idOf(conversation: ConversationReference): Promise<string | null> {
    return typeof conversation === 'string'
      ? conversation
      : this.conversations.findIdByKey(conversation.key);
  }

  /** @param conversationId null when no conversation has the key */
  private async refusal(conversationId: string | null, { parentId }: AppendPlace) {
    if (conversationId === null) return ConversationErrors.notFound();
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
