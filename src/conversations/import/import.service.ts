import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { SecretsGuard } from '../../platform/secrets-guard/index.js';
import { ConversationsRepository } from '../conversations.repository.js';
import { ConversationErrors } from '../conversations.errors.js';
import { type ConversationState, toConversationDto } from '../dto/conversation.dto.js';
import type { ImportResultDto } from '../dto/import.dto.js';
import { MessageGuard } from '../messages/message-guard.js';
import {
  bytesOf,
  type CountedMessage,
  MessagesRepository,
} from '../messages/messages.repository.js';
import { MessagesService } from '../messages/messages.service.js';
import type { ImportInput } from './import-input.js';
import { ImportRepository } from './import.repository.js';

@Injectable()
export class ImportService {
  constructor(
    private readonly imports: ImportRepository,
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly counter: MessagesService,
    private readonly database: ScopedDatabase,
    private readonly messageGuard: MessageGuard,
    private readonly guard: SecretsGuard,
    private readonly config: Config,
    private readonly quotas: Quotas,
  ) {}

  /**
   * Imports all or nothing. A conversation that already has the key gets the messages that follow
   * its last one, unless an earlier one differs or it is deleted.
   * @throws AppError 409 with `lastSeq` when messages before `firstSeq` are missing
   * @throws AppError 422 when the secrets guard finds a secret
   */
  async import(input: ImportInput): Promise<ImportResultDto> {
    const known = await this.conversations.findByImportKey(input.importKey);
    if (known) return this.continue(input, known);
    if (input.firstSeq > 1) throw ConversationErrors.headMoved({ extra: { lastSeq: 0 } });
    await this.refuseSecrets(input);
    const counted = await this.counter.counted(input.messages);
    const adding = { conversations: 1, messages: counted.length, messageBytes: bytesOf(counted) };
    return this.quotas.within(adding, () => this.write(input, counted));
  }

  private write(input: ImportInput, messages: CountedMessage[]): Promise<ImportResultDto> {
    return this.database.transaction(async () => {
      const { imported, ...conversation } = await this.imports.create(input, bytesOf(messages));
      if (!imported) return this.grow(input, conversation, messages);
      if (messages.length > 0)
        await this.messages.import(conversation.id, messages, input.times, 0);
      return resultOf(conversation, { imported, added: messages.length });
    });
  }

  private async continue(input: ImportInput, known: ConversationState): Promise<ImportResultDto> {
    if (known.deletedAt !== null) return resultOf(known);
    const fresh = input.messages.slice(overlap(input, known.lastSeq));
    if (fresh.length === 0) return resultOf(known, await this.difference(input, known));
    await this.refuseSecrets(input);
    const counted = await this.counter.counted(fresh);
    const adding = { messages: counted.length, messageBytes: bytesOf(counted) };
    return this.quotas.within(adding, () =>
      this.database.transaction(async () => {
        const locked = await this.imports.lock(known.id);
        return locked ? this.grow(input, locked, counted) : resultOf(known);
      }),
    );
  }

  /**
   * Adds what follows the last message of a locked conversation.
   * @param counted the last messages of the input, among them all that are new
   */
  private async grow(
    input: ImportInput,
    conversation: ConversationState,
    counted: CountedMessage[],
  ): Promise<ImportResultDto> {
    if (conversation.deletedAt !== null) return resultOf(conversation);
    const known = overlap(input, conversation.lastSeq);
    const found = await this.difference(input, conversation);
    const fresh = counted.slice(known - (input.messages.length - counted.length));
    if (found.differsAt !== null || fresh.length === 0) return resultOf(conversation, found);
    const { id, lastSeq } = conversation;
    const added = { messages: fresh.length, bytes: bytesOf(fresh) };
    const grown = await this.imports.grow(id, input, added);
    await this.messages.import(id, fresh, input.times.slice(known), lastSeq);
    return resultOf(grown, { added: fresh.length });
  }

  private async difference(input: ImportInput, { id, lastSeq }: ConversationState) {
    const known = input.messages.slice(0, overlap(input, lastSeq));
    return { differsAt: await this.imports.findDifference(id, known, input.firstSeq) };
  }

  private async refuseSecrets({
    importKey,
    title,
    tags,
    metadata,
    messages,
  }: ImportInput): Promise<void> {
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

/**
 * Returns how many of the messages have a seq that is taken.
 * @throws AppError 409 when there is a gap before them
 */
function overlap({ firstSeq, messages }: ImportInput, lastSeq: number): number {
  if (firstSeq > lastSeq + 1) throw ConversationErrors.headMoved({ extra: { lastSeq } });
  return Math.min(lastSeq + 1 - firstSeq, messages.length);
}

const resultOf = (
  conversation: ConversationState,
  result: Partial<ImportResultDto> = {},
): ImportResultDto => ({
  imported: false,
  added: 0,
  differsAt: null,
  ...result,
  conversation: toConversationDto(conversation),
});
