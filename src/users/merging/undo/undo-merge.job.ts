// Undoes a merge, in one transaction: what moved goes back to a user with the former id. See UNDO.md.
import { Injectable, Logger } from '@nestjs/common';
import { AuditRecords } from '../../../platform/audit/index.js';
import { ScopedCache } from '../../../platform/cache/index.js';
import { ScopedDatabase } from '../../../platform/database/index.js';
import { JobHandler, type JobRun } from '../../../platform/jobs/index.js';
import { type PartingKeys, SealedColumns } from '../../../platform/vault/index.js';
import { PrincipalCache } from '../../authentication/principal-cache.js';
import { UserErrors } from '../../users.errors.js';
import type { UndoMergePreviewDto } from '../dto/merge.dto.js';
import { JobsStep } from '../jobs.step.js';
import { type MergeSchema, MergeSchemaRepository } from '../merge-schema.repository.js';
import { MergeSteps } from '../merge-steps.js';
import { MERGE_LIMITS, renamedBy, sum } from '../merge-users.job.js';
import { MergingRepository, type Renamed, type RowCounts } from '../merging.repository.js';
import { type MergedPair, MergeUndoRepository } from './merge-undo.repository.js';
import { ownedRows, type UndoSchema, UndoSchemaRepository } from './undo-schema.repository.js';
import { UndoingRepository } from './undoing.repository.js';

@Injectable()
export class UndoMerge extends JobHandler<MergedPair> {
  override readonly name = 'user.undo_merge';
  override readonly system = 'undo the merge of two users';
  override readonly checkpointed = true;
  private readonly logger = new Logger(UndoMerge.name);

  constructor(
    private readonly merging: MergingRepository,
    private readonly mergeSchema: MergeSchemaRepository,
    private readonly undoing: UndoingRepository,
    private readonly schema: UndoSchemaRepository,
    private readonly known: MergeUndoRepository,
    private readonly steps: MergeSteps,
    private readonly jobs: JobsStep,
    private readonly sealed: SealedColumns,
    private readonly records: AuditRecords,
    private readonly principals: PrincipalCache,
    private readonly cache: ScopedCache,
    private readonly database: ScopedDatabase,
  ) {
    super();
  }

  /** @throws AppError 409 when the merge cannot be undone */
  async require(pair: MergedPair): Promise<void> {
    const known = await this.known.find(pair);
    if (!known?.isOfAccount)
      throw UserErrors.notUndoable({
        detail:
          'Nothing is known of a merge of these two users: it is too long ago, or one of them was merged into another since.',
      });
    if (!known.isActive)
      throw UserErrors.notUndoable({
        detail: 'The account is not active, and the other user would be.',
      });
    if (known.isFollowed)
      throw UserErrors.notUndoable({
        detail: 'Another user was merged into the same one later. Undo that first.',
      });
  }

  /** What the undo would give back now. */
  async preview(pair: MergedPair): Promise<UndoMergePreviewDto> {
    const { rows } = await this.schema.read();
    const kept = await this.known.entries(pair, this.steps.names);
    return {
      rows: await this.undoing.countRows(pair, rows),
      takenNames: await this.steps.takenNames(pair.to, kept),
    };
  }

  override async run(pair: MergedPair, job: JobRun): Promise<void> {
    const { from, to } = pair;
    const keys = await this.sealed.partingKeys(from, to);
    const moved = await job.step(() => this.undo(pair, keys), { limits: MERGE_LIMITS });
    if (moved) job.report(sum(moved), sum(moved));
    this.principals.forgetId(from);
    this.principals.forgetId(to);
    // What is cached names versions that are no longer there, and expires if this fails.
    await this.cache
      .forgetUser(to)
      .catch((error: unknown) =>
        this.logger.warn({ msg: 'what is cached of two users will expire', err: error }),
      );
  }

  /** @returns null when an earlier run has undone the merge already */
  private async undo(pair: MergedPair, keys: PartingKeys | null): Promise<RowCounts | null> {
    const { from, to } = pair;
    const users = await this.merging.lockUsers(from, to);
    if (users.some(({ id, mergedInto }) => id === from && mergedInto === null)) return null;
    await this.require(pair);
    const [schema, mergeSchema] = [await this.schema.read(), await this.mergeSchema.read()];
    const { rows, references } = schema;
    await this.undoing.lockRows(pair, mergeSchema.locked, rows);
    // Thrown so that the job tries again later.
    if (
      (await this.jobs.isActive(from, to)) ||
      (await this.undoing.isWorkedOn(pair, mergeSchema.locked, rows))
    )
      throw UserErrors.notUndoable({ detail: 'A job, a turn or a model call runs.' });
    await this.undoing.clearReferences(pair, references, rows);
    await this.undoing.restoreUser(pair);
    const moved = await this.undoing.moveRows(pair, rows);
    await this.sealed.part(from, to, keys);
    await this.restore(pair, schema, mergeSchema);
    await this.known.remove(pair);
    await this.record(pair, moved);
    await this.undoing.countEpoch(pair);
    return moved;
  }

  /** Restores what is no move of rows. */
  private async restore(
    pair: MergedPair,
    { rows }: UndoSchema,
    { keys }: MergeSchema,
  ): Promise<void> {
    const kept = await this.known.entries(pair, [...this.steps.names, ...keys.map(renamedBy)]);
    for (const key of keys) {
      const renamed = kept.get(renamedBy(key)) as Renamed[];
      if (renamed.length > 0)
        await this.undoing.restoreNames(pair, key, ownedRows(rows, key.table).key, renamed);
    }
    await this.steps.undo(pair.from, pair.to, kept);
    await this.undoing.partAnswers(pair, rows);
    await this.undoing.shareTombstones(pair);
  }

  /** Two records, so that each user's shows it. */
  private async record({ from, to }: MergedPair, rows: RowCounts): Promise<void> {
    const details = Object.fromEntries(Object.entries(rows).filter(([, count]) => count > 0));
    await this.records.write({ action: 'user.merge_undone', userId: to, subject: from, details });
    await this.records.write({ action: 'user.merge_undone', userId: from, subject: to });
  }
}
