// Imports many conversations in one request: those that are plainly new together, in one transaction
// with few statements, and all others one after the other.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../../platform/database/index.js';
import { AppError, toAppError } from '../../platform/errors/index.js';
import { isUuid } from '../../platform/input/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { ConversationsRepository } from '../conversations.repository.js';
import type { ImportResultDto } from '../dto/import.dto.js';
import { isMarked } from '../messages/marked/marked-appends.js';
import { MessageCounter } from '../messages/message-counter.js';
import { bytesOf, MessagesRepository } from '../messages/messages.repository.js';
import { DeletedImports } from './deleted-imports.repository.js';
import type { ImportInput } from './import-input.js';
import { ImportRepository } from './import.repository.js';
import { firstHead, ImportPlans } from './import-plans.js';
import { countsOf, ImportService, resultOf } from './import.service.js';

/** What became of one conversation: it was imported, or refused as a single import is. */
export type ImportOutcome = ImportResultDto | AppError;

/** Another import has stored one of the conversations meanwhile. */
class RacedError extends Error {}

@Injectable()
export class ImportBatchService {
  constructor(
    private readonly single: ImportService,
    private readonly plans: ImportPlans,
    private readonly imports: ImportRepository,
    private readonly conversations: ConversationsRepository,
    private readonly messages: MessagesRepository,
    private readonly counter: MessageCounter,
    private readonly deleted: DeletedImports,
    private readonly quotas: Quotas,
    private readonly database: ScopedDatabase,
  ) {}

  /**
   * Imports each conversation all or nothing. One that is refused keeps no other from being stored.
   * @param inputs what was read of each conversation, or why it was refused
   * @returns the outcomes in the same order
   * @throws what no single conversation is to blame for, such as a lost connection; what was stored
   *   by then stays, except within a transaction
   */
  async importAll(inputs: readonly (ImportInput | AppError)[]): Promise<ImportOutcome[]> {
    const outcomes = new Map<ImportInput, ImportOutcome>();
    const plain: ImportInput[] = [];
    for (const input of await this.plainlyNew(inputs.filter(isRead))) {
      const refused = await unlessRefused(() => this.single.refuseSecrets(input));
      if (refused instanceof AppError) outcomes.set(input, refused);
      else plain.push(input);
    }
    const results = await this.storeAll(plain);
    for (const [i, input] of plain.entries()) if (results) outcomes.set(input, results[i]!);
    const answers: ImportOutcome[] = [];
    for (const input of inputs)
      answers.push(isRead(input) ? (outcomes.get(input) ?? (await this.one(input))) : input);
    return answers;
  }

  private one(input: ImportInput): Promise<ImportOutcome> {
    return unlessRefused(() => this.apart(() => this.single.import(input)));
  }

  /** Returns those that are not there, were not deleted, come once and have nothing but messages, in branches or not. */
  private async plainlyNew(inputs: ImportInput[]): Promise<ImportInput[]> {
    const times = new Map<string, number>();
    for (const { importKey: key } of inputs) times.set(key, (times.get(key) ?? 0) + 1);
    const plain = inputs.filter((one) => isPlain(one) && times.get(one.importKey) === 1);
    if (plain.length < 2) return [];
    const keys = plain.map(({ importKey }) => importKey);
    const known = await this.conversations.findExisting({ ids: keys.filter(isUuid), keys });
    const deleted = await this.deleted.find('conversation', keys);
    return plain.filter(
      ({ importKey: key, again }) =>
        !known.idByKey.has(key) &&
        !known.ids.has(key.toLowerCase()) &&
        (again || !deleted.has(key)),
    );
  }

  /** Stores all, or returns null when one cannot be stored: then none is. */
  private async storeAll(inputs: ImportInput[]): Promise<ImportResultDto[] | null> {
    if (inputs.length < 2) return null;
    const all = await this.counter.counted(inputs.flatMap(({ messages }) => messages));
    let from = 0;
    const given = inputs.map((input) => {
      const messages = all.slice(from, (from += input.messages.length));
      const fresh = this.plans.mayAdd(input, 0);
      return { input, messages, fresh, bytes: bytesOf(messages), headSeq: firstHead(input, fresh) };
    });
    const adding = {
      conversations: inputs.length,
      messages: all.length,
      messageBytes: bytesOf(all),
    };
    const write = () =>
      this.database.transaction(async () => {
        const rows = await this.imports.createAll(given);
        if (rows.length < inputs.length) throw new RacedError();
        const byKey = new Map(rows.map((row) => [row.key!, row]));
        const created = inputs.map(({ importKey }) => byKey.get(importKey)!);
        const placed = given.flatMap(({ messages, fresh }, i) =>
          fresh.map(({ index, parentSeq }) => ({
            ...{ conversationId: created[i]!.id, seq: index + 1, parentSeq },
            message: messages[index]!,
          })),
        );
        if (placed.length > 0) await this.messages.import(placed);
        return created.map((row, i) =>
          resultOf(row, { imported: true, ...countsOf(given[i]!.fresh) }),
        );
      });
    const results = await unlessRefused(() => this.apart(() => this.quotas.within(adding, write)));
    return results instanceof AppError ? null : results;
  }

  /** What fails leaves nothing behind, also within the transaction of an `Idempotency-Key`. */
  private apart<T>(work: () => Promise<T>): Promise<T> {
    return this.database.inTransaction ? this.database.manager.transaction(work) : work();
  }
}

const isRead = (input: ImportInput | AppError): input is ImportInput =>
  !(input instanceof AppError);

const isPlain = ({ firstSeq, readUpTo, messages }: ImportInput): boolean =>
  firstSeq === 1 &&
  readUpTo === null &&
  messages.every((message) => message.feedback === undefined && !isMarked(message));

/** Statuses of refusals that hold for one conversation. */
const isOfOne = (status: number): boolean => (status < 500 && status !== 429) || status === 507;

/**
 * Returns what the work gives, or why it was refused.
 * @throws what is no refusal of one conversation
 */
export async function unlessRefused<T>(work: () => Promise<T>): Promise<T | AppError> {
  try {
    return await work();
  } catch (error) {
    const known = toAppError(error);
    if (error instanceof RacedError || isOfOne(known.definition.status)) return known;
    throw error;
  }
}
