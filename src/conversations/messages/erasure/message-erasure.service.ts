// Removes and redacts messages for good: the text, its words in indexes, copies in forks, remembered
// answers (by triggers), and what was made from it, as asked.
import { Injectable } from '@nestjs/common';
import { AuditRecords } from '../../../platform/audit/index.js';
import { ScopedCache } from '../../../platform/cache/index.js';
import { RequestContexts } from '../../../platform/context/index.js';
import { ScopedDatabase } from '../../../platform/database/index.js';
import { Quotas } from '../../../platform/quotas/index.js';
import { VaultErrors } from '../../../platform/vault/index.js';
import { ConversationErrors, MessageErrors } from '../../conversations.errors.js';
import { DerivedOfMessages } from '../../derived/derived-of-messages.js';
import type { ErasedMessage } from '../../derived/derivations.js';
import type { DerivedChoice, ForgettingDto } from '../../dto/derived.dto.js';
import type { RemovedMessageDto } from '../../dto/message-erasure.dto.js';
import { type MessageDto, toMessageDto } from '../../dto/message.dto.js';
import type { MessageContent } from '../message-content.js';
import { MessageGuard } from '../message-guard.js';
import type { NewMessage } from '../message-input.js';
import type { Erasure } from '../message.entity.js';
import { type MessageRow, MessagesRepository } from '../messages.repository.js';
import { UnfinishedMessages } from '../unfinished/unfinished-messages.service.js';
import { MessageErasureRepository, type Replacement } from './message-erasure.repository.js';
import { PartRedaction, type WantedRedaction } from './part-redaction.js';
import { Replacements } from './replacements.js';

/** What is left of a removed message. */
const NOTHING: Replacement = {
  storedContent: '',
  isJson: false,
  tokenCount: 0,
  storedMetadata: null,
};

interface ErasedFields {
  /** Undefined keeps the metadata. */
  metadata: NewMessage['metadata'] | undefined;
  reason: string | null;
  derived: 'keep' | 'forget';
}

export interface Redaction extends ErasedFields {
  content: MessageContent;
}

/** What is to be erased, in the transaction that has locked the message. */
type Erasing = (erasure: Erasure) => Promise<ErasedMessage[]>;

export type PartsRedaction = ErasedFields & WantedRedaction;

@Injectable()
export class MessageErasureService {
  constructor(
    private readonly rows: MessageErasureRepository,
    private readonly messages: MessagesRepository,
    private readonly replacements: Replacements,
    private readonly derived: DerivedOfMessages,
    private readonly guard: MessageGuard,
    private readonly quotas: Quotas,
    private readonly database: ScopedDatabase,
    private readonly cache: ScopedCache,
    private readonly records: AuditRecords,
    private readonly contexts: RequestContexts,
    private readonly unfinished: UnfinishedMessages,
  ) {}

  /** @throws AppError 404 without the conversation or the message */
  async get(conversationId: string, id: string): Promise<MessageDto> {
    return toMessageDto(conversationId, await this.current(conversationId, id));
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
      await this.erase(conversationId, id, this.erasure('removed', reason), (erasure) =>
        this.rows.erase(conversationId, id, NOTHING, erasure),
      );
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
    { content, ...redaction }: Redaction,
  ): Promise<MessageDto> {
    const { role } = await this.messages.get(conversationId, id);
    const { metadata } = redaction;
    await this.guard.refuseReason('/reason', redaction.reason);
    const message: NewMessage = { role, content, metadata: metadata ?? null };
    if (this.guard.isOn) await this.guard.refuseSecrets([message], null);
    const { bytes, ...replacement } = await this.replacements.make(role, content, metadata);
    return this.write(conversationId, id, redaction, bytes, (erasure) =>
      this.rows.erase(conversationId, id, replacement, erasure),
    );
  }

  /**
   * Erases single parts of a message and of its copies, and keeps the others.
   * @throws AppError as `redact`; 409 with `erasedAt` when the message was erased since; 422 when it
   * has no such part
   */
  async redactParts(
    conversationId: string,
    id: string,
    redaction: PartsRedaction,
  ): Promise<MessageDto> {
    await this.guard.refuseReason('/reason', redaction.reason);
    if (this.guard.isOn) await this.guard.refuseFields(guardedFields(redaction));
    const bytes = redaction.parts.reduce((sum, { text }) => sum + Buffer.byteLength(text ?? ''), 0);
    const { rows, replacements } = this;
    const work = new PartRedaction({ rows, replacements }, redaction);
    // Most of the work is done before the conversation is locked, as it may take long.
    await work.prepare(await this.current(conversationId, id));
    return this.write(conversationId, id, redaction, bytes, async (erasure) =>
      work.run(conversationId, await this.current(conversationId, id), erasure),
    );
  }

  private async write(
    conversationId: string,
    id: string,
    { reason, derived }: ErasedFields,
    messageBytes: number,
    erase: Erasing,
  ): Promise<MessageDto> {
    const redact = () =>
      this.database.transaction(async () => {
        const erasure = this.erasure('redacted', reason);
        const isErased = await this.erase(conversationId, id, erasure, erase);
        if (!isErased) throw MessageErrors.removed();
        if (derived === 'forget')
          await this.derived.forget(await this.rows.copies(conversationId, id));
        return this.get(conversationId, id);
      });
    await this.rows.lookForSealed();
    const redacted = await this.quotas.within({ messageBytes }, redact);
    await this.cache.forgetOwner();
    return redacted;
  }

  /** @returns false when the message was removed before */
  private async erase(
    conversationId: string,
    id: string,
    erasure: Erasure,
    erase: Erasing,
  ): Promise<boolean> {
    if (!(await this.rows.lock(conversationId, id))) throw ConversationErrors.notFound();
    const erased = await erase(erasure);
    if (erased.length > 0) await this.derived.mark(erased);
    await this.records.writeErasure('message', erased.length, erasure.how);
    // A copy may be left although the message itself was removed.
    if (erased.some((one) => one.id === id)) return true;
    await this.messages.get(conversationId, id);
    return false;
  }

  /**
   * Reads a message, one in progress with what it says so far.
   * @throws AppError 404; `vault.unreadable`
   */
  private async current(conversationId: string, id: string): Promise<MessageRow> {
    const row = await this.messages.get(conversationId, id);
    if (row.isUnreadable) throw VaultErrors.unreadable();
    return (await this.unfinished.fill(conversationId, [row]))[0]!;
  }

  private erasure(how: Erasure['how'], reason: string | null): Erasure {
    return { how, at: new Date().toISOString(), by: this.contexts.actor, reason };
  }
}

const guardedFields = ({ parts, metadata }: PartsRedaction): Record<string, unknown> => ({
  ...Object.fromEntries(parts.map(({ text }, i) => [`/parts/${i}/with`, text])),
  '/metadata': metadata,
});
