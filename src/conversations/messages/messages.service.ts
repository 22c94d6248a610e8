import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../../platform/database/index.js';
import { HeavyWork } from '../../platform/heavy-work/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import { ConversationNames } from '../keys/conversation-names.js';
import { type ConversationReference, HOW_TO_CREATE } from '../keys/conversation-reference.js';
import { toAppendedDto } from '../dto/message.dto.js';
import {
  isMarked,
  MarkedAppends,
  type MarkedPlace,
  type MarkedResult,
} from './marked/marked-appends.js';
import { MessageIds, noSuchMessage } from './marked/message-ids.js';
import { MessageCounter } from './message-counter.js';
import { MessageGuard } from './message-guard.js';
import type { AppendInput, AppendPlace } from './message-input.js';
import { OwnTimes } from './own-times.js';
import { bytesOf, type CountedMessage, MessagesRepository } from './messages.repository.js';
import { MessageTreesRepository } from './tree/message-trees.repository.js';

/** Longer appends wait in the user's queue of bulk writes. */
const MAX_UNQUEUED_MESSAGES = 50;

@Injectable()
export class MessagesService {
  constructor(
    private readonly messages: MessagesRepository,
    private readonly names: ConversationNames,
    private readonly database: ScopedDatabase,
    private readonly counter: MessageCounter,
    private readonly marked: MarkedAppends,
    private readonly ids: MessageIds,
    private readonly treeRows: MessageTreesRepository,
    private readonly work: HeavyWork,
    private readonly guard: MessageGuard,
    private readonly ownTimes: OwnTimes,
    private readonly quotas: Quotas,
  ) {}

  /**
   * Appends all messages in the given order, or none.
   * @throws AppError 403 when messages have their own times and the key lacks the scope `import`
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
  ): Promise<MarkedResult> {
    const append = async () => {
      await this.check(input);
      return this.appendChecked(conversation, input, createIfMissing);
    };
    return input.messages.length > MAX_UNQUEUED_MESSAGES
      ? this.work.run('bulkWrite', append)
      : append();
  }

  /**
   * Checks what the sender may send, for messages that are appended later.
   * @throws AppError 403 and 422 as `append`
   */
  async check({ messages, isBatch }: Pick<AppendInput, 'messages' | 'isBatch'>): Promise<void> {
    const path = isBatch ? '/messages' : null;
    await this.ownTimes.check(messages, path);
    if (this.guard.isOn) await this.guard.refuseSecrets(messages, path);
  }

  /** Appends messages that were checked before. @throws AppError as `append` */
  async appendChecked(
    conversation: ConversationReference,
    { messages, place: sent, isBatch }: AppendInput,
    createIfMissing: boolean,
  ): Promise<MarkedResult> {
    const counted = await this.counter.counted(messages);
    const adding = { messages: counted.length, messageBytes: bytesOf(counted) };
    const known = await this.names.find(conversation);
    const place = await this.resolved(known, sent);
    const at: MarkedPlace = { place, path: isBatch ? '/messages' : null };
    const found =
      known === null
        ? null
        : await this.quotas.within(adding, () => this.appendTo(known, counted, at));
    const appended =
      found ??
      (createIfMissing
        ? await this.quotas.within({ conversations: 1, ...adding }, () =>
            this.createAndAppend(conversation, counted, at),
          )
        : null);
    if (!appended) throw await this.refusal(known, place);
    return appended;
  }

  /**
   * Creates the conversation if it is missing. Of two racing calls one creates it and both append.
   */
  private createAndAppend(
    conversation: ConversationReference,
    messages: CountedMessage[],
    at: MarkedPlace,
  ) {
    return this.database.transaction(async () => {
      const id = await this.names.create(conversation);
      const appended = await this.appendTo(id, messages, at);
      // Thrown here, so that a refused append creates no conversation.
      if (!appended) throw await this.refusal(id, at.place);
      return appended;
    });
  }

  private async appendTo(
    conversationId: string,
    messages: CountedMessage[],
    at: MarkedPlace,
  ): Promise<MarkedResult | null> {
    if (messages.some(isMarked))
      return this.marked.append(conversationId, messages, at, (fresh, place) =>
        this.appendRows(conversationId, fresh, place),
      );
    const appended = await this.appendRows(conversationId, messages, at.place);
    return appended && { answer: toAppendedDto(conversationId, messages, appended), isNew: true };
  }

  /** Most appends follow the last message, for which a simpler statement does. */
  private async appendRows(conversationId: string, messages: CountedMessage[], place: AppendPlace) {
    const { parentId, expectedHead, expectedSeq, movesHead } = place;
    const isPlain = parentId === undefined && expectedHead === null && movesHead;
    const plain = isPlain
      ? await this.messages.append(conversationId, messages, expectedSeq)
      : null;
    return plain ?? this.treeRows.append(conversationId, messages, place);
  }

  /** Finds the parent that is named by its key. */
  private async resolved(conversationId: string | null, place: AppendPlace): Promise<AppendPlace> {
    const { parentId } = place;
    if (typeof parentId !== 'string' || conversationId === null) return place;
    return { ...place, parentId: await this.ids.inBody(conversationId, parentId, '/parentId') };
  }

  /** @param conversationId null when no conversation has the key */
  private async refusal(conversationId: string | null, { parentId }: AppendPlace) {
    if (conversationId === null) return ConversationErrors.notFound({ detail: HOW_TO_CREATE });
    const heads = await this.messages.findHeads(conversationId);
    if (!heads) return ConversationErrors.notFound();
    if (parentId && (await this.treeRows.findSeq(conversationId, parentId)) === null)
      return noSuchMessage('/parentId');
    const { lastSeq, headSeq } = heads;
    return ConversationErrors.headMoved({ extra: { lastSeq, headSeq } });
  }
}
