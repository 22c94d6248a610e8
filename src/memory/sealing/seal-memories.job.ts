// Seals the memories that are there after SEAL_MEMORIES was switched on, and unseals them after it
// was switched off.
import { Injectable, Logger } from '@nestjs/common';
import { ConversionPace, JobHandler, type JobRun } from '../../platform/jobs/index.js';
import {
  type Conversion,
  Conversions,
  type ConversionState,
  isSealedText,
  orNull,
  type OwnedKey,
  toPlainText,
} from '../../platform/vault/index.js';
import {
  computeFingerprint,
  computeNearFingerprint,
  type Fingerprinted,
} from '../writes/fingerprint.js';
import { SealedMemories } from './sealed-memories.js';
import {
  openPlain,
  openRow,
  openVector,
  plainModel,
  sealedModel,
  sealReason,
  sealVector,
  sealWords,
} from './sealed-words.js';
import {
  type ConvertedVector,
  type ConvertedVersion,
  MemorySealingRepository,
  type StoredVector,
  type StoredVersion,
  type VectorPlace,
  type VersionPlace,
} from './sealing.repository.js';
import { NIL_UUID } from '../../platform/input/index.js';

@Injectable()
export class SealMemories extends JobHandler<Partial<ConversionState>> {
  override readonly name = 'memory.seal';
  override readonly system = 'seal the words of memories, or unseal them';
  override readonly every = 300;
  override readonly checkpointed = true;
  private readonly logger = new Logger(SealMemories.name);
  private readonly pace = new ConversionPace();

  constructor(
    private readonly stored: MemorySealingRepository,
    private readonly sealing: SealedMemories,
    private readonly conversions: Conversions,
  ) {
    super();
  }

  /** Each row is written only as it was read, so writers win. */
  override async run(kept: Partial<ConversionState>, job: JobRun): Promise<void> {
    if (!this.sealing.isOn && !this.sealing.unseals) return;
    const isDue = kept.name !== undefined || this.pace.isDue;
    if (!isDue || !(await this.sealing.mayBeSealed())) return;
    const run = this.conversions.begin(job, this.isOn, kept);
    await run.convert(this.versions());
    await run.convert(this.vectors());
    this.pace.ended(run.found);
    if (run.done > 0)
      this.logger.log({ msg: 'memories were converted', isSealed: this.isOn, values: run.done });
  }

  private versions(): Conversion<StoredVersion, ConvertedVersion, VersionPlace> {
    return {
      name: 'memory.content',
      first: [NIL_UUID, NIL_UUID, 0],
      endOfSlice: (after) => this.stored.endOfVersions(after),
      next: (after, end, limit) => this.stored.versions(this.isOn, after, end, limit),
      placeOf: ({ userId, id, version }) => [userId, id, version],
      convert: (row, key) =>
        this.isOn ? (key ? this.sealed(row, key) : null) : orNull(() => unsealed(row, key)),
      write: (rows) => this.stored.convert(rows, isSealedText),
    };
  }

  /** A value that is sealed already stays as it is. */
  private sealed(read: StoredVersion, key: OwnedKey): ConvertedVersion {
    const { id, content, reason } = openPlain(read);
    // What a user wrote may begin as a sealed text does, so only the stored texts tell.
    const why = isSealedText(read.reason) ? read.reason : sealReason(key, id, reason);
    if (content === null || isSealedText(read.content)) return { ...read, read, reason: why };
    const { tags, metadata, fingerprint } = read;
    const near = read.nearFingerprint ?? computeNearFingerprint({ ...read, content });
    return {
      read,
      content: sealWords(key, id, { content, tags, metadata }),
      tags: [],
      metadata: null,
      reason: why,
      fingerprint: fingerprint && this.sealing.mark(fingerprint),
      nearFingerprint: near && this.sealing.nearMark({ id, content }, near),
    };
  }

  private vectors(): Conversion<StoredVector, ConvertedVector, VectorPlace> {
    return {
      name: 'memory_embedding.vector',
      first: [NIL_UUID, NIL_UUID],
      endOfSlice: (after) => this.stored.endOfVectors(after),
      next: (after, end, limit) => this.stored.vectors(this.isOn, after, end, limit),
      placeOf: ({ userId, id }) => [userId, id],
      convert: (read, key) => {
        const { id, model, vector } = read;
        if (this.isOn)
          return key
            ? { read, model: sealedModel(model), vector: sealVector(key, id, vector) }
            : null;
        const opened = orNull(() => openVector(key, id, vector));
        return opened && { read, model: plainModel(model), vector: opened };
      },
      write: (rows) => this.stored.convertVectors(rows),
    };
  }

  private get isOn(): boolean {
    return this.sealing.isOn;
  }
}

/** @throws AppError `vault.unreadable` */
function unsealed(read: StoredVersion, key: OwnedKey | undefined): ConvertedVersion {
  const { content, reason, tags, metadata } = openRow(key, read);
  const why = isSealedText(read.reason) ? reason && toPlainText(reason) : reason;
  if (content === null || !isSealedText(read.content)) return { ...read, read, reason: why };
  const values: Fingerprinted = { ...read, content };
  return {
    read,
    content: toPlainText(content),
    tags,
    metadata,
    reason: why,
    fingerprint: read.fingerprint && computeFingerprint(values),
    nearFingerprint: read.nearFingerprint && computeNearFingerprint(values),
  };
}
