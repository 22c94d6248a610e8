// Seals the messages that are there after SEAL_MESSAGES was switched on, with what is made of them,
// and unseals them after it was switched off.
import { Injectable, Logger } from '@nestjs/common';
import { ConversionPace, JobHandler, type JobRun } from '../../platform/jobs/index.js';
import {
  ColumnConversions,
  type Conversion,
  Conversions,
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

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

@Injectable()
export class SealMessages extends JobHandler {
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

  /** Each value is written only as it was read, so writers win. */
  override async run(_: object, job: JobRun): Promise<void> {
    const { isOn, unseals } = this.sealing;
    if (!isOn && !unseals) return;
    if (!this.pace.isDue || !(await this.sealing.mayBeSealed())) return;
    const messages = await this.conversions.run(job, isOn, this.messages());
    let texts = 0;
    for (const column of this.texts.list())
      texts += await this.conversions.run(job, isOn, this.columns.of(column, isOn));
    this.pace.ended(messages + texts);
    if (messages + texts > 0)
      this.logger.log({ msg: 'messages were converted', isSealed: isOn, messages, texts });
  }

  private messages(): Conversion<StoredMessage, ConvertedMessage, MessagePlace> {
    const { isOn } = this.sealing;
    return {
      first: [BEFORE_ALL, BEFORE_ALL],
      next: (after, limit) => this.stored.messages(isOn, after, limit),
      placeOf: ({ userId, id }) => [userId, id],
      // A batch ends with its bytes, too.
      isLast: (rows) => rows.length === 0,
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
