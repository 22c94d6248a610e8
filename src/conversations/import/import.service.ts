import { MAX_FAULTS } from '../../platform/errors/index.js';
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { SecretsGuard } from '../../platform/secrets-guard/index.js';
import { ConversationsRepository } from '../conversations.repository.js';
import { ConversationErrors, MessageErrors } from '../conversations.errors.js';
import { type ConversationState, toConversationDto } from '../dto/conversation.dto.js';
import type { ImportResultDto } from '../dto/import.dto.js';
import { MessageGuard } from '../messages/message-guard.js';
import {
  bytesOf,
  type CountedMessage,
  MessagesRepository,
} from '../messages/messages.repository.js';
import { ReadingRepository } from '../reading/reading.repository.js';
import { FeedbackRepository } from '../messages/feedback/feedback.repository.js';
import { keyAt } from '../messages/marked/keys-given-twice.js';
import { isMarked } from '../messages/marked/marked-appends.js';
import { MarkedMessagesRepository } from '../messages/marked/marked-messages.repository.js';
import { MessageCounter } from '../messages/message-counter.js';
import { DeletedImports } from './deleted-imports.repository.js';
import type { ImportInput } from './import-input.js';
import {
  firstHead,
  type FreshMessage,
  headAfter,
  type ImportPlan,
  ImportPlans,
  isWholeTree,
} from './import-plans.js';
import { ImportRepository, type LockedConversation } from './import.repository.js';

@Injectable()
export class ImportService {
  constructor(
    private readonly imports: ImportRepository,
    private readonly plans: ImportPlans,
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly counter: MessageCounter,
    private readonly database: ScopedDatabase,
    private readonly messageGuard: MessageGuard,
    private readonly guard: SecretsGuard,
    private readonly config: Config,
    private readonly quotas: Quotas,
    private readonly deleted: DeletedImports,
    private readonly marked: MarkedMessagesRepository,
    private readonly feedback: FeedbackRepository,
    private readonly reading: ReadingRepository,
  ) {}

  /**
   * Imports all or nothing. A conversation that already has the key gets the messages that are new,
   * unless an earlier one differs or it is deleted.
   * @throws AppError 409 with `lastSeq` when messages before `firstSeq` are missing
   * @throws AppError 409 with a pointer for each key that another message of the conversation has
   * @throws AppError 410 for a conversation that was purged here, unless it is imported `again`
   * @throws AppError 422 when the secrets guard finds a secret
   */
  async import(input: ImportInput): Promise<ImportResultDto> {
    const known = await this.conversations.findByImportKey(input.importKey);
    // An empty one may have been made since under the key of a deleted one.
    if (known && known.lastSeq > 0) return this.continueOrRestore(input, known);
    if (!input.again && (await this.wasDeleted(input.importKey)))
      throw ConversationErrors.deletedImport({
        detail: 'It stays deleted, unless the import says again.',
      });
    if (known) return this.continueOrRestore(input, known);
    if (input.firstSeq > 1) throw ConversationErrors.headMoved({ extra: { lastSeq: 0 } });
    await this.refuseSecrets(input);
    const counted = await this.counter.counted(input.messages);
    const adding = { conversations: 1, messages: counted.length, messageBytes: bytesOf(counted) };
    return this.quotas.within(adding, () => this.write(input, counted));
  }

  private async wasDeleted(importKey: string): Promise<boolean> {
    return (await this.deleted.find('conversation', [importKey])).size > 0;
  }

  private continueOrRestore(input: ImportInput, known: ConversationState) {
    if (!input.again || known.deletedAt === null) return this.continue(input, known);
    return this.database.transaction(async () =>
      this.continue(input, await this.conversations.restore(known.id)),
    );
  }

  private write(input: ImportInput, counted: CountedMessage[]): Promise<ImportResultDto> {
    return this.database.transaction(async () => {
      const fresh = this.plans.mayAdd(input, 0);
      const row = await this.imports.create(input, bytesOf(counted), firstHead(input, fresh));
      const { imported, ...conversation } = row;
      const messages = new Map(counted.map((message, i) => [i, message]));
      if (!imported) return this.grow(input, conversation, messages);
      const added = placed(fresh, messages, 0);
      if (added.length > 0) await this.store(conversation.id, added, 0);
      await this.markRead(conversation.id, input, added.length);
      return resultOf(conversation, { imported, ...countsOf(added) });
    });
  }

  private async continue(input: ImportInput, known: ConversationState): Promise<ImportResultDto> {
    if (known.deletedAt !== null) return resultOf(known);
    let fresh = this.plans.mayAdd(input, known.lastSeq);
    if (isWholeTree(input) || fresh.length === 0) {
      const plan = await this.plans.plan(input, known);
      if (plan.fresh.length === 0) return resultOf(known, differenceIn(plan));
      ({ fresh } = plan);
    }
    await this.refuseSecrets(input);
    const counted = await this.counter.counted(fresh.map(({ index }) => input.messages[index]!));
    const adding = { messages: counted.length, messageBytes: bytesOf(counted) };
    const messages = new Map(counted.map((message, i) => [fresh[i]!.index, message]));
    return this.quotas.within(adding, () =>
      this.database.transaction(async () => {
        const locked = await this.imports.lock(known.id);
        return locked ? this.grow(input, locked, messages) : resultOf(known);
      }),
    );
  }

  /**
   * Adds what is new to a locked conversation.
   * @param counted messages of the input by index, among them all that are new
   */
  private async grow(
    input: ImportInput,
    conversation: LockedConversation,
    counted: ReadonlyMap<number, CountedMessage>,
  ): Promise<ImportResultDto> {
    if (conversation.deletedAt !== null) return resultOf(conversation);
    const plan = await this.plans.plan(input, conversation);
    if (plan.fresh.length === 0) return resultOf(conversation, differenceIn(plan));
    const { id, lastSeq } = conversation;
    const added = placed(plan.fresh, counted, lastSeq);
    const grown = await this.imports.grow(id, input, {
      messages: added.length,
      bytes: bytesOf(added.map(({ message }) => message)),
      headSeq: headAfter(conversation, plan),
    });
    await this.store(id, added, lastSeq);
    await this.markRead(id, input, lastSeq + added.length);
    return resultOf(grown, { ...differenceIn(plan), ...countsOf(added) });
  }

  /** What was in progress when it was exported has no writer here. */
  private async store(id: string, added: PlacedMessage[], lastSeq: number): Promise<void> {
    if (lastSeq > 0) await this.refuseTakenKeys(id, added);
    await this.messages.import(
      added.map(({ message, parentSeq }, i) => ({
        ...{ conversationId: id, message, seq: lastSeq + i + 1, parentSeq },
      })),
    );
    const marks = added.flatMap(({ message }, i) => {
      const { key, status } = message;
      const final = status === 'in_progress' ? 'interrupted' : status;
      return isMarked(message) ? [{ seq: lastSeq + i + 1, key, status: final }] : [];
    });
    if (marks.length > 0) await this.marked.mark(id, marks);
    const given = added.flatMap(({ message: { feedback } }, i) =>
      feedback === undefined ? [] : [{ seq: lastSeq + i + 1, feedback }],
    );
    if (given.length > 0) await this.feedback.import(id, given);
  }

  /** @param lastSeq of the conversation, which may have other messages than the source */
  private async markRead(id: string, { readUpTo }: ImportInput, lastSeq: number): Promise<void> {
    const upTo = Math.min(readUpTo ?? 0, lastSeq);
    if (upTo > 0) await this.reading.mark(id, upTo);
  }

  private async refuseTakenKeys(id: string, added: PlacedMessage[]): Promise<void> {
    const keys = added.flatMap(({ message: { key } }) => key ?? []);
    if (keys.length === 0) return;
    const taken = new Set((await this.marked.findByKeys(id, keys)).map(({ key }) => key));
    const errors = added
      .filter(({ message: { key } }) => key !== undefined && taken.has(key))
      .map(({ index }) => ({ pointer: keyAt('/messages', index), message: OF_ANOTHER }));
    if (errors.length > 0) throw MessageErrors.keyTaken({ errors: errors.slice(0, MAX_FAULTS) });
  }

  /** @throws AppError 422 when the secrets guard finds a secret */
  async refuseSecrets({ importKey, title, tags, metadata, messages }: ImportInput): Promise<void> {
    const fields = {
      '/importKey': importKey,
      '/title': title,
      '/tags': tags,
      '/metadata': metadata,
    };
    await this.guard.refuse(fields, this.config.memoryGuard);
    if (this.messageGuard.isOn) await this.messageGuard.refuseSecrets(messages, '/messages');
  }
}

const OF_ANOTHER = 'is of another message that is there';

interface PlacedMessage extends FreshMessage {
  message: CountedMessage;
}

/** @throws AppError 409 when a message is new that was not before: one was erased meanwhile */
function placed(
  fresh: FreshMessage[],
  counted: ReadonlyMap<number, CountedMessage>,
  lastSeq: number,
): PlacedMessage[] {
  return fresh.map((one) => {
    const message = counted.get(one.index);
    if (!message) throw ConversationErrors.headMoved({ extra: { lastSeq } });
    return { ...one, message };
  });
}

export const countsOf = (added: readonly FreshMessage[]) => ({
  added: added.length,
  branches: added.filter(({ parentSeq }) => parentSeq !== null).length,
});

const differenceIn = ({ differsAt, erased }: ImportPlan) => ({ differsAt, erased });

export const resultOf = (
  conversation: ConversationState,
  result: Partial<ImportResultDto> = {},
): ImportResultDto => ({
  imported: false,
  added: 0,
  branches: 0,
  differsAt: null,
  erased: 0,
  ...result,
  conversation: toConversationDto(conversation),
});
