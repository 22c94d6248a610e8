import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { SecretsGuard } from '../../platform/secrets-guard/index.js';
import { ConversationsRepository } from '../conversations.repository.js';
import { toConversationDto } from '../dto/conversation.dto.js';
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
   * Imports all or nothing. A conversation that already has the key is returned unchanged.
   * @throws AppError 422 when the secrets guard finds a secret
   */
  async import(input: ImportInput): Promise<ImportResultDto> {
    const known = await this.conversations.findByImportKey(input.importKey);
    if (known) return { imported: false, conversation: toConversationDto(known) };
    await this.refuseSecrets(input);
    const counted = await this.counter.counted(input.messages);
    const adding = { conversations: 1, messages: counted.length, messageBytes: bytesOf(counted) };
    return this.quotas.within(adding, () => this.write(input, counted));
  }

  private write(input: ImportInput, messages: CountedMessage[]): Promise<ImportResultDto> {
    return this.database.transaction(async () => {
      const { imported, ...conversation } = await this.imports.create(input, bytesOf(messages));
      if (imported && messages.length > 0)
        await this.messages.import(conversation.id, messages, input.times);
      return { imported, conversation: toConversationDto(conversation) };
    });
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
