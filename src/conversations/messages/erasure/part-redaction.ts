// One redaction of single parts: of the message, and of each of its copies.
import { type AppError, RequestErrors, MAX_FAULTS } from '../../../platform/errors/index.js';
import { words } from '../../../platform/input/index.js';
import { MessageErrors } from '../../conversations.errors.js';
import type { ErasedMessage } from '../../derived/derivations.js';
import { MESSAGE_LIMITS, type MessageContent } from '../message-content.js';
import type { Erasure, MessageRole } from '../message.entity.js';
import type { MessageRow } from '../messages.repository.js';
import type { DraftsRepository } from '../unfinished/drafts.repository.js';
import type {
  ComparedCopy,
  MessageErasureRepository,
  Replacement,
} from './message-erasure.repository.js';
import { partCount, type PartTexts, redactedContent, redactedCopy } from './redacted-content.js';
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
  drafts: DraftsRepository;
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
    const erased: ErasedMessage[] = [];
    const same = [row.id];
    for (const copy of copies) {
      if (copy.id === row.id) continue;
      if (copy.isSame ?? (await this.isSame(copy, row))) same.push(copy.id);
      else erased.push(...(await this.eraseOther(copy, row, erase)));
    }
    erased.push(...(await erase(replacement, same)));
    return erased;
  }

  private async isSame({ conversationId, seq }: ComparedCopy, row: MessageRow): Promise<boolean> {
    const [stored] = await this.tools.drafts.read(conversationId, [seq]);
    return stored?.content === row.content && stored.contentIsJson === row.contentIsJson;
  }

  /** Erases the parts in a copy that says something else: it was redacted, or copied in progress. */
  private async eraseOther(
    { id, conversationId, seq, isErased }: ComparedCopy,
    row: MessageRow,
    erase: (what: Replacement, ids: string[]) => Promise<ErasedMessage[]>,
  ): Promise<ErasedMessage[]> {
    const [stored] = await this.tools.drafts.read(conversationId, [seq]);
    const content = redactedCopy({ ...stored!, isErased }, row, this.texts);
    return content === null ? [] : erase(await this.make(row.role, content), [id]);
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

function unknownPart(count: number, parts: RedactedPart[]): AppError {
  const message = `must be less than ${count}, the number of parts of the message`;
  const errors = parts.flatMap(({ index }, i) =>
    index < count ? [] : [{ pointer: `/parts/${i}/index`, message }],
  );
  return MessageErrors.unknownPart({ errors: errors.slice(0, MAX_FAULTS) });
}
