// Moves between the branches of a conversation.
import { Injectable } from '@nestjs/common';
import type { AppError } from '../../../platform/errors/index.js';
import type { Conversation } from '../../conversation.entity.js';
import { ConversationErrors } from '../../conversations.errors.js';
import { ConversationsRepository } from '../../conversations.repository.js';
import { type MessageDto, type MessageListDto, toMessageDto } from '../../dto/message.dto.js';
import { MessageIds, noSuchMessage } from '../marked/message-ids.js';
import { UnfinishedMessages } from '../unfinished/unfinished-messages.service.js';
import { Config } from '../../../platform/config/config.js';
import { MessagesRepository } from '../messages.repository.js';
import { MessagePath } from './message-path.js';
import { MessageTree } from './message-tree.js';
import { type BranchedConversation, MessageTrees } from './message-trees.js';
import { MessageTreesRepository } from './message-trees.repository.js';

export interface HeadMove {
  /** Id, or `key:` and a key; null takes everything back. */
  messageId: string | null;
  /** Goes on to the newest message that follows it. */
  toNewest: boolean;
  /** `seq` of the head before. */
  expectedHead: number | null;
}

/** How often the newest message is looked for, while others append. */
const MAX_ATTEMPTS = 5;
/** More messages with the same parent are not listed. */
export const MAX_SIBLINGS = 100;

@Injectable()
export class BranchesService {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly trees: MessageTrees,
    private readonly rows: MessageTreesRepository,
    private readonly config: Config,
    private readonly ids: MessageIds,
    private readonly unfinished: UnfinishedMessages,
  ) {}

  /**
   * Moves the head. No message is lost.
   * @throws AppError 404 without the conversation; 422 for a message that it does not have; 409 with
   * `headSeq` and `lastSeq` when `expectedHead` is not its head
   */
  async moveHead(conversationId: string, move: HeadMove): Promise<Conversation> {
    const { messageId, toNewest, expectedHead } = move;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const target = messageId === null ? 0 : await this.seqOf(conversationId, messageId);
      const found = toNewest ? await this.find(conversationId) : null;
      const seq = found && target > 0 ? found.tree.newestBelow(target) : target;
      const expected = { expectedHead, expectedSeq: found?.lastSeq ?? null };
      if (await this.rows.moveHead(conversationId, seq, expected))
        return this.conversations.get(conversationId);
      const heads = await this.messages.findHeads(conversationId);
      if (!heads) throw ConversationErrors.notFound();
      if (expectedHead !== null && heads.headSeq !== expectedHead) break;
    }
    throw await this.moved(conversationId);
  }

  /** Moves the head from a message to the one that it follows, unless the head is another one. */
  async leave(
    conversationId: string,
    { seq, parentSeq }: Pick<MessageDto, 'seq' | 'parentSeq'>,
  ): Promise<void> {
    const expected = { expectedHead: seq, expectedSeq: null };
    await this.rows.moveHead(conversationId, parentSeq ?? 0, expected);
  }

  /**
   * Lists the messages with the same parent, oldest first.
   * @throws AppError 404 without the conversation or the message
   */
  async siblings(conversationId: string, messageId: string): Promise<MessageListDto> {
    const { tree } = await this.find(conversationId);
    const seq = await this.rows.findSeq(conversationId, messageId);
    if (seq === null) throw ConversationErrors.messageNotFound();
    const seqs = tree.listSiblings(seq);
    const path = new MessagePath(seqs.slice(-MAX_SIBLINGS).map((one) => ({ from: one, to: one })));
    const { rows } = await this.rows.page(
      conversationId,
      path,
      'desc',
      MAX_SIBLINGS,
      this.config.bytes.page,
    );
    const filled = await this.unfinished.fill(conversationId, rows, this.config.bytes.page);
    const data = filled.map((row) => toMessageDto(conversationId, row, seqs.length));
    return { data: data.reverse() };
  }

  private async find(conversationId: string): Promise<BranchedConversation> {
    const found = await this.trees.find(conversationId);
    if (found) return found;
    const heads = found === null ? await this.messages.findHeads(conversationId) : null;
    if (!heads) throw ConversationErrors.notFound();
    return { tree: new MessageTree([], [], heads.lastSeq), ...heads };
  }

  private async seqOf(conversationId: string, named: string): Promise<number> {
    const messageId = await this.ids.inBody(conversationId, named, '/messageId');
    const seq = await this.rows.findSeq(conversationId, messageId);
    if (seq !== null) return seq;
    const heads = await this.messages.findHeads(conversationId);
    throw heads ? noSuchMessage('/messageId') : ConversationErrors.notFound();
  }

  private async moved(conversationId: string): Promise<AppError> {
    const { lastSeq = 0, headSeq = 0 } = (await this.messages.findHeads(conversationId)) ?? {};
    return ConversationErrors.headMoved({ extra: { lastSeq, headSeq } });
  }
}
