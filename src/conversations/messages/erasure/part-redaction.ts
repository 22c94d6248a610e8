// One redaction of single parts: of the message, and of each of its copies.
import { type AppError, RequestErrors, MAX_FAULTS } from '../../../platform/errors/index.js';
import { words } from '../../../platform/input/index.js';
import { MessageErrors } from '../../conversations.errors.js';
import type { ErasedMessage } from '../../derived/derivations.js';
import { MESSAGE_LIMITS, type MessageContent } from '../message-content.js';
import type { Erasure, MessageRole } from '../message.entity.js';
import type { MessageRow } from '../messages.repository.js';
import type {
  MessageErasureRepository,
  Replacement,
  SaidRow,
} from './message-erasure.repository.js';
import {
  partCount,
  type PartTexts,
  redactedContent,
  redactedCopy,
  type StoredContent,
} from './redacted-content.js';
import type { Replacements } from './replacements.js';

export interface RedactedPart {
  index: number;
  /** Takes the place of what the part says; null removes it. */
  text: string | null;
}

export interface WantedRedaction {
  parts: RedactedPart[];
  /** `erased.at` of the message as the client knows it; null when it was not erased. */
  expectedErasedAt: string | null;
  /** Undefined keeps the metadata. */
  metadata: Record<string, unknown> | null | undefined;
}

/** What a redaction of parts writes with. */
export interface RedactionTools {
  rows: MessageErasureRepository;
  replacements: Replacements;
}

export class PartRedaction {
  private prepared: { from: MessageRow; replacement: Replacement } | null = null;

  private readonly texts: PartTexts;

  constructor(
    private readonly tools: RedactionTools,
    private readonly wanted: WantedRedaction,
  ) {
    this.texts = new Map(wanted.parts.map(({ index, text }) => [index, text]));
  }

  /** @throws AppError when the message is not as expected, or has no such part */
  async prepare(row: MessageRow): Promise<Replacement> {
    this.check(row);
    const { prepared } = this;
    if (prepared?.from.content === row.content && prepared.from.contentIsJson === row.contentIsJson)
      return prepared.replacement;
    const replacement = await this.make(row.role, redactedContent(row, this.texts));
    this.prepared = { from: row, replacement };
    return replacement;
  }

  /** Call it in the transaction that has locked the message and its copies. */
  async run(conversationId: string, row: MessageRow, erasure: Erasure): Promise<ErasedMessage[]> {
    const replacement = await this.prepare(row);
    const erase = (what: Replacement, ids: string[]) =>
      this.tools.rows.erase(conversationId, row.id, what, erasure, ids);
    const copies = await this.tools.rows.compare(conversationId, row.id, row);
    const others = copies.filter(({ id, isSame }) => id !== row.id && isSame !== true);
    const isErased = new Set(others.filter((copy) => copy.isErased).map(({ id }) => id));
    const same = [row.id, ...copies.filter(({ isSame }) => isSame).map(({ id }) => id)];
    const erased: ErasedMessage[] = [];
    for await (const read of this.tools.rows.said(
      others.map(({ id }) => id),
      true,
    )) {
      for (const said of read) {
        if (isSame(said, row)) same.push(...said.ids);
        else erased.push(...(await this.eraseOthers(said, isErased, row, erase)));
      }
    }
    erased.push(...(await erase(replacement, [...new Set(same)])));
    return erased;
  }

  /** Erases the parts in copies that say something else: they were redacted, or copied in progress. */
  private async eraseOthers(
    { ids, ...stored }: SaidRow,
    wasErased: ReadonlySet<string>,
    row: MessageRow,
    erase: (what: Replacement, ids: string[]) => Promise<ErasedMessage[]>,
  ): Promise<ErasedMessage[]> {
    const erased: ErasedMessage[] = [];
    for (const isErased of [false, true]) {
      const these = ids.filter((id) => wasErased.has(id) === isErased);
      const content =
        these.length === 0 ? null : redactedCopy({ ...stored, isErased }, row, this.texts);
      if (content !== null)
        erased.push(...(await erase(await this.make(row.role, content), these)));
    }
    return erased;
  }

  private check(row: MessageRow): void {
    const { parts, expectedErasedAt } = this.wanted;
    if (row.erased?.how === 'removed') throw MessageErrors.removed();
    const erasedAt = row.erased?.at ?? null;
    if (erasedAt !== expectedErasedAt)
      throw MessageErrors.versionMismatch({
        detail: 'The message was erased since: its parts may stand elsewhere.',
        extra: { erasedAt },
      });
    const count = partCount(row);
    if (parts.some(({ index }) => index >= count)) throw unknownPart(count, parts);
  }

  private async make(role: MessageRole, content: MessageContent): Promise<Replacement> {
    const made = await this.tools.replacements.make(role, content, this.wanted.metadata);
    if (Buffer.byteLength(made.storedContent) > MESSAGE_LIMITS.contentBytes)
      throw RequestErrors.invalidBody({
        errors: [{ pointer: '/parts', message: words.maxJsonBytes(MESSAGE_LIMITS.contentBytes) }],
      });
    return made;
  }
}

const isSame = (one: StoredContent, other: StoredContent): boolean =>
  one.content === other.content && one.contentIsJson === other.contentIsJson;

function unknownPart(count: number, parts: RedactedPart[]): AppError {
  const message = `must be less than ${count}, the number of parts of the message`;
  const errors = parts.flatMap(({ index }, i) =>
    index < count ? [] : [{ pointer: `/parts/${i}/index`, message }],
  );
  return MessageErrors.unknownPart({ errors: errors.slice(0, MAX_FAULTS) });
}
