// Makes versions of memories from what was sent: with defaults, an expiry and a fingerprint. Refuses
// what must not be stored.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Config } from '../../platform/config/config.js';
import { DatabaseClock } from '../../platform/database/index.js';
import { Slices } from '../../platform/fairness/index.js';
import { emptyAsNull } from '../../platform/input/index.js';
import { MemoryErrors } from '../memories.errors.js';
import type { MemoryRow, MemoryValues } from '../memory-row.js';
import { computeFingerprint, computeNearFingerprint } from './fingerprint.js';
import type { OnSimilar } from '../dto/memory.dto.js';
import type { MemoryInput, NewMemoryInput } from './memory-input.js';
import { MemoryWriter } from './memory-writer.js';
import type { NewVersion } from './memory-writes.repository.js';

const DAY_MS = 86_400_000;

const DEFAULTS: Omit<MemoryValues, 'content'> = {
  kind: 'fact',
  label: null,
  tags: [],
  importance: 0.5,
  metadata: null,
  agentId: null,
  conversationId: null,
  validFrom: null,
  validTo: null,
  expiresAt: null,
};

/** A new memory as it was sent. */
export interface SentMemory extends NewVersion {
  onSimilar: OnSimilar;
}

@Injectable()
export class NewVersions {
  constructor(
    private readonly writer: MemoryWriter,
    private readonly config: Config,
    private readonly clock: DatabaseClock,
  ) {}

  /** @throws AppError as `MemoryCreation.create` */
  async ofNew(sent: NewMemoryInput): Promise<SentMemory> {
    return this.ofOneNew(sent, '', await this.retentionStart([sent]));
  }

  /** Checks the texts in time slices, so that other requests are answered meanwhile. */
  async ofAllNew(sent: readonly NewMemoryInput[]): Promise<SentMemory[]> {
    const now = await this.retentionStart(sent);
    const versions: SentMemory[] = [];
    const slices = new Slices();
    for (const [i, one] of sent.entries()) {
      versions.push(await this.ofOneNew(one, `/memories/${i}`, now));
      if (slices.isDue) await slices.next();
    }
    return versions;
  }

  private async ofOneNew(
    { reason, sourceMessageIds, supersedes, onSimilar, ...sent }: NewMemoryInput,
    path: string,
    now: Date | null,
  ): Promise<SentMemory> {
    const values: MemoryValues = { ...DEFAULTS, ...sent, metadata: emptyAsNull(sent.metadata) };
    values.expiresAt ??= now && this.computeExpiry(values, now);
    await this.check(values, reason, path);
    return {
      ...values,
      id: uuidv7(),
      fingerprint: computeFingerprint(values),
      nearFingerprint: computeNearFingerprint(values),
      sourceMessageIds: sourceMessageIds ?? [],
      supersedes: supersedes ?? [],
      supersededBy: null,
      onSimilar: onSimilar ?? 'keep',
      actor: this.writer.actor,
      reason: reason ?? null,
    };
  }

  /** Makes the version after `current`, with the changes. */
  async following(
    current: MemoryRow,
    { reason, sourceMessageIds, ...sent }: MemoryInput,
  ): Promise<NewVersion> {
    const {
      kind,
      label,
      tags,
      importance,
      metadata,
      agentId,
      conversationId,
      validFrom,
      validTo,
      expiresAt,
    } = current;
    const unchanged = {
      kind,
      label,
      content: current.content!,
      tags,
      importance,
      metadata,
      agentId,
      conversationId,
      validFrom,
      validTo,
      expiresAt,
    };
    const values: MemoryValues = {
      ...unchanged,
      ...sent,
      ...('metadata' in sent ? { metadata: emptyAsNull(sent.metadata) } : {}),
    };
    await this.check(values, reason, '');
    return {
      ...values,
      id: current.id,
      fingerprint: computeFingerprint(values),
      nearFingerprint: computeNearFingerprint(values),
      supersedes: current.supersedes,
      // An end that is set by hand is no longer that of a supersession.
      supersededBy: 'validTo' in sent ? null : current.supersededBy,
      sourceMessageIds: sourceMessageIds ?? [],
      actor: this.writer.actor,
      reason: reason ?? null,
    };
  }

  /**
   * Returns the database's time when a memory without `expiresAt` has a kind with a retention, else
   * null.
   */
  private async retentionStart(sent: readonly NewMemoryInput[]): Promise<Date | null> {
    const isRetained = sent.some(
      ({ kind, expiresAt }) =>
        !expiresAt && this.retentionDays(kind ?? DEFAULTS.kind) !== undefined,
    );
    return isRetained ? this.clock.now() : null;
  }

  private computeExpiry({ kind }: MemoryValues, now: Date): string | null {
    const days = this.retentionDays(kind);
    return days === undefined ? null : new Date(now.getTime() + days * DAY_MS).toISOString();
  }

  private retentionDays(kind: MemoryValues['kind']): number | undefined {
    return kind === 'block' ? undefined : this.config.memoryRetentionDays[kind];
  }

  private async check(
    values: MemoryValues,
    reason: string | null | undefined,
    path: string,
  ): Promise<void> {
    const { content, tags, metadata, agentId, validFrom, validTo } = values;
    if (validFrom !== null && validTo !== null && validTo <= validFrom)
      throw MemoryErrors.invalidSpan({
        errors: [{ pointer: `${path}/validTo`, message: 'must be after validFrom' }],
      });
    await this.writer.guard(path, { content, tags, metadata, agentId, reason });
  }
}
