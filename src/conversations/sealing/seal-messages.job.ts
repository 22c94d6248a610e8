// Seals the messages that are there after SEAL_MESSAGES was switched on, with what is made of them,
// and unseals them after it was switched off.
import { Injectable, Logger } from '@nestjs/common';
import { ConversionPace, JobHandler, type JobRun } from '../../platform/jobs/index.js';
import {
  ColumnConversions,
  type Conversion,
  Conversions,
  type ConversionState,
  ofPlainText,
  orNull,
  type OwnedKey,
  toPlainText,
} from '../../platform/vault/index.js';
import { openSaid, sealSaid } from './said.js';
import { SealedMessages } from './sealed-messages.js';
import { SealedTexts } from './sealed-texts.js';
import {
  type ConvertedMessage,
  type MessagePlace,
  MessageSealingRepository,
  type StoredMessage,
} from './sealing.repository.js';
import { NIL_UUID } from '../../platform/input/index.js';

@Injectable()
export class SealMessages extends JobHandler<Partial<ConversionState>> {
  override readonly name = 'message.seal';
  override readonly system = 'seal what messages say, or unseal it';
  override readonly every = 300;
  override readonly checkpointed = true;
  private readonly logger = new Logger(SealMessages.name);
  private readonly pace = new ConversionPace();

  constructor(
    private readonly stored: MessageSealingRepository,
    private readonly sealing: SealedMessages,
    private readonly texts: SealedTexts,
    private readonly conversions: Conversions,
    private readonly columns: ColumnConversions,
  ) {
    super();
  }

  /** Texts first: they are few. Each value is written only as it was read, so writers win. */
  override async run(kept: Partial<ConversionState>, job: JobRun): Promise<void> {
    const { isOn, unseals } = this.sealing;
    if (!isOn && !unseals) return;
    const isDue = kept.name !== undefined || this.pace.isDue;
    if (!isDue || !(await this.sealing.mayBeSealed())) return;
    const run = this.conversions.begin(job, isOn, kept);
    for (const column of this.texts.list()) await run.convert(this.columns.of(column, isOn));
    await run.convert(this.messages());
    this.pace.ended(run.found);
    if (run.done > 0)
      this.logger.log({ msg: 'messages were converted', isSealed: isOn, values: run.done });
  }

  private messages(): Conversion<StoredMessage, ConvertedMessage, MessagePlace> {
    const { isOn } = this.sealing;
    return {
      name: 'message.content',
      first: [NIL_UUID, NIL_UUID],
      endOfSlice: (after) => this.stored.endOfSlice(after),
      next: (after, end, limit) => this.stored.messages(isOn, after, end, limit),
      placeOf: ({ userId, id }) => [userId, id],
      convert: (read, key) =>
        isOn ? (key ? sealed(read, key) : null) : orNull(() => unsealed(read, key)),
      write: (rows) => this.stored.convert(rows),
    };
  }
}

function sealed(read: StoredMessage, key: OwnedKey): ConvertedMessage {
  const { storedContent, storedMetadata } = sealSaid(key, {
    storedContent: ofPlainText(read.content),
    storedMetadata: jsonOf(read.metadata),
  });
  return { read, content: storedContent, metadata: storedMetadata };
}

/** @throws AppError `vault.unreadable` */
function unsealed(read: StoredMessage, key: OwnedKey | undefined): ConvertedMessage {
  const { content, metadata } = openSaid(key, read.content);
  return { read, content: toPlainText(content), metadata: jsonOf(metadata) };
}

const jsonOf = (metadata: Record<string, unknown> | null): string | null =>
  metadata && JSON.stringify(metadata);
