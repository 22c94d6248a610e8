// Removes and redacts messages for good: the text, its words in indexes, copies in forks, remembered
// answers (by triggers), and what was made from it, as asked.
import { Injectable } from '@nestjs/common';
import { AuditRecords } from '../../../platform/audit/index.js';
import { ScopedCache } from '../../../platform/cache/index.js';
import { RequestContexts } from '../../../platform/context/index.js';
import { ScopedDatabase } from '../../../platform/database/index.js';
import { Quotas } from '../../../platform/quotas/index.js';
import { ConversationErrors, MessageErrors } from '../../conversations.errors.js';
import { DerivedOfMessages } from '../../derived/derived-of-messages.js';
import type { DerivedChoice, ForgettingDto } from '../../dto/derived.dto.js';
import type { RemovedMessageDto } from '../../dto/message-erasure.dto.js';
import { type MessageDto, toMessageDto } from '../../dto/message.dto.js';
import { MessageGuard } from '../message-guard.js';
import type { NewMessage } from '../message-input.js';
import type { Erasure } from '../message.entity.js';
import { type MessageRow, MessagesRepository } from '../messages.repository.js';
import { MessagesService } from '../messages.service.js';
import { MessageIndexer } from '../search/message-indexer.js';
import { MessageErasureRepository, type Replacement } from './message-erasure.repository.js';

/** What is left of a removed message. */
const NOTHING: Replacement = {
  storedContent: '',
  isJson: false,
  tokenCount: 0,
  storedMetadata: null,
  terms: '',
  failure: null,
};

export interface Redaction {
  content: NewMessage['content'];
  /** Undefined keeps the metadata. */
  metadata: NewMessage['metadata'] | undefined;
  reason: string | null;
  derived: 'keep' | 'forget';
}

@Injectable()
export class MessageErasureService {
  constructor(
    private readonly rows: MessageErasureRepository,
    private readonly messages: MessagesRepository,
    private readonly counter: MessagesService,
    private readonly derived: DerivedOfMessages,
    private readonly indexer: MessageIndexer,
    private readonly guard: MessageGuard,
    private readonly quotas: Quotas,
    private readonly database: ScopedDatabase,
    private readonly cache: ScopedCache,
    private readonly records: AuditRecords,
    private readonly contexts: RequestContexts,
  ) {}

  /** @throws AppError 404 without the conversation or the message */
  async get(conversationId: string, id: string): Promise<MessageDto> {
    return toMessageDto(conversationId, await this.find(conversationId, id));
  }

  /**
   * Empties a message and its copies. Doing it again changes nothing, and answers as before.
   * @param derived what to do with memories and summaries that were made from it
   * @returns what was made from it (`list`), the job that still deletes it (`forget`), or nothing
   * @throws AppError 404 without the conversation or the message; 422 when the guard finds a secret
   */
  async remove(
    conversationId: string,
    id: string,
    { derived, reason }: { derived: DerivedChoice; reason: string | null },
  ): Promise<RemovedMessageDto | ForgettingDto | undefined> {
    await this.guard.refuseReason('?reason', reason);
    const left = await this.database.transaction(async () => {
      await this.erase(conversationId, id, NOTHING, this.erasure('removed', reason));
      const erased = await this.rows.copies(conversationId, id);
      if (derived === 'list') return { messageId: id, derived: await this.derived.list(erased) };
      const jobId = derived === 'forget' ? await this.derived.forget(erased) : null;
      return jobId === null ? undefined : { jobId };
    });
    await this.cache.forgetOwner();
    return left;
  }

  /**
   * Replaces what a message says, also in its copies. Nothing keeps what it said.
   * @throws AppError 404 without the conversation or the message; 410 when it was removed; 422 when
   * the guard finds a secret; 507 over a quota
   */
  async redact(
    conversationId: string,
    id: string,
    { content, metadata, reason, derived }: Redaction,
  ): Promise<MessageDto> {
    const { role } = await this.find(conversationId, id);
    await this.guard.refuseReason('/reason', reason);
    const message: NewMessage = { role, content, metadata: metadata ?? null };
    if (this.guard.isOn) await this.guard.refuseSecrets([message], null);
    const [counted] = await this.counter.counted([message]);
    const { storedContent, storedMetadata, tokenCount, bytes } = counted!;
    const isJson = typeof content !== 'string';
    const terms = await this.indexer.termsOf({ content: storedContent, isJson });
    const replacement: Replacement = {
      ...{ storedContent, isJson, tokenCount, terms: terms ?? '' },
      storedMetadata: metadata === undefined ? undefined : storedMetadata,
      failure: terms === null ? 'failed' : null,
    };
    const redact = () =>
      this.database.transaction(async () => {
        const erasure = this.erasure('redacted', reason);
        const isErased = await this.erase(conversationId, id, replacement, erasure);
        if (!isErased) throw MessageErrors.removed();
        if (derived === 'forget')
          await this.derived.forget(await this.rows.copies(conversationId, id));
        return this.get(conversationId, id);
      });
    const redacted = await this.quotas.within({ messageBytes: bytes }, redact);
    await this.cache.forgetOwner();
    return redacted;
  }

  /** @returns false when the message was removed before */
  private async erase(
    conversationId: string,
    id: string,
    replacement: Replacement,
    erasure: Erasure,
  ): Promise<boolean> {
    if (!(await this.rows.lock(conversationId, id))) throw ConversationErrors.notFound();
    const erased = await this.rows.erase(conversationId, id, replacement, erasure);
    if (erased.length > 0) await this.derived.mark(erased);
    await this.records.writeErasure('message', erased.length, erasure.how);
    // A copy may be left although the message itself was removed.
    if (erased.some((one) => one.id === id)) return true;
    await this.find(conversationId, id);
    return false;
  }

  private async find(conversationId: string, id: string): Promise<MessageRow> {
    const row = await this.messages.findOne(conversationId, id);
    if (row) return row;
    const heads = await this.messages.findHeads(conversationId);
    throw heads === null ? ConversationErrors.notFound() : MessageErrors.notFound();
  }

  private erasure(how: Erasure['how'], reason: string | null): Erasure {
    return { how, at: new Date().toISOString(), by: this.contexts.actor, reason };
  }
}
