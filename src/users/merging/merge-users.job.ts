// Merges a user into another, in one transaction. See README.md.
import { Injectable, Logger } from '@nestjs/common';
import { AuditRecords } from '../../platform/audit/index.js';
import { ScopedCache } from '../../platform/cache/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { JobHandler, type JobRun } from '../../platform/jobs/index.js';
import { SealedColumns, type SealingKeys } from '../../platform/vault/index.js';
import { PrincipalCache } from '../authentication/principal-cache.js';
import { UserErrors } from '../users.errors.js';
import { JobsStep } from './jobs.step.js';
import { MergeSchemaRepository } from './merge-schema.repository.js';
import { MergeSteps } from './merge-steps.js';
import { Collision, MergingRepository, type RowCounts } from './merging.repository.js';
import type { UniqueKey } from './merge-schema.repository.js';
import { MergeUndoRepository } from './undo/merge-undo.repository.js';
import { ownedRows, type OwnedRows, UndoSchemaRepository } from './undo/undo-schema.repository.js';

export interface Merge {
  from: string;
  to: string;
  /** True gives rows of `from` other names where both users have the same. */
  rename: boolean;
}

export interface MergePreview {
  rows: RowCounts;
  collisions: Collision[];
}

/** Seconds for the statement that moves the rows, and for the wait for writes that have begun. */
export const MERGE_LIMITS = { statement: 600, lock: 30 };

/** Keys that every merge settles: the first user's data key is deleted. */
const DATA_KEY = { data_key__pk: 'true' };

@Injectable()
export class MergeUsers extends JobHandler<Merge> {
  override readonly name = 'user.merge';
  override readonly system = 'merge two users';
  override readonly checkpointed = true;
  private readonly logger = new Logger(MergeUsers.name);

  constructor(
    private readonly merging: MergingRepository,
    private readonly schema: MergeSchemaRepository,
    private readonly steps: MergeSteps,
    private readonly undoSchema: UndoSchemaRepository,
    private readonly undo: MergeUndoRepository,
    private readonly jobs: JobsStep,
    private readonly sealed: SealedColumns,
    private readonly records: AuditRecords,
    private readonly principals: PrincipalCache,
    private readonly cache: ScopedCache,
    private readonly database: ScopedDatabase,
  ) {
    super();
  }

  /** What the merge would move and rename now, and what it would refuse. */
  async preview({ from, to }: Merge): Promise<MergePreview> {
    const { columns, keys } = await this.schema.read();
    return {
      rows: await this.merging.countRows(from, columns),
      collisions: await this.findCollisions(from, to, keys),
    };
  }

  override async run(merge: Merge, job: JobRun): Promise<void> {
    const { from, to } = merge;
    const keys = await this.sealed.keys(from, to);
    const moved = await job.step(() => this.merge(merge, keys), { limits: MERGE_LIMITS });
    if (moved) job.report(sum(moved), sum(moved));
    this.principals.forgetId(from);
    // What is cached of the former user is unreachable, and expires if this fails.
    await this.cache
      .forgetUser(from)
      .catch((error: unknown) =>
        this.logger.warn({ msg: 'what is cached of a merged user will expire', err: error }),
      );
  }

  /** @returns null when an earlier run has merged the users already */
  private async merge(merge: Merge, keys: SealingKeys | null): Promise<RowCounts | null> {
    const { from, to } = merge;
    const users = await this.merging.lockUsers(from, to);
    if (users.some(({ id, mergedInto }) => id === from && mergedInto === to)) return null;
    if (users.filter(({ isActive, mergedInto }) => isActive && !mergedInto).length < 2)
      throw UserErrors.notMergeable({ detail: 'One of the users is not there or not active.' });
    const { columns, keys: uniqueKeys, locked } = await this.schema.read();
    await this.merging.lockRows(from, locked);
    // Thrown so that the job tries again later.
    if ((await this.jobs.isActive(from, to)) || (await this.merging.isWorkedOn(from, locked)))
      throw UserErrors.notMergeable({ detail: 'A job, a turn or a model call runs.' });
    const { rows } = await this.undoSchema.read();
    // Before anything changes: a step may unseal a user, who then looks as if never sealed.
    const isKept = await this.undo.begin(merge);
    const kept = merge.rename ? await this.rename(merge, uniqueKeys, rows) : new Map();
    refuse(await this.findCollisions(from, to, uniqueKeys));
    for (const [step, entries] of await this.steps.run(from, to)) kept.set(step, entries);
    if (isKept) await this.keepForUndo(merge, rows, kept);
    await this.sealed.reseal(from, to, keys);
    const moved = await this.merging.moveRows(from, to, columns);
    await this.merging.keepNames(from, to);
    await this.record(merge, moved);
    return moved;
  }

  /** @returns the renamed rows, by what their record is called */
  private async rename(
    { from, to }: Merge,
    keys: UniqueKey[],
    rows: OwnedRows[],
  ): Promise<Map<string, readonly unknown[]>> {
    const renamed = new Map<string, readonly unknown[]>();
    for (const key of keys.filter(({ isRenamable }) => isRenamable))
      renamed.set(
        renamedBy(key),
        await this.merging.rename(from, to, key, ownedRows(rows, key.table).key),
      );
    return renamed;
  }

  private async keepForUndo(
    merge: Merge,
    rows: OwnedRows[],
    kept: ReadonlyMap<string, readonly unknown[]>,
  ): Promise<void> {
    for (const [kind, entries] of kept) await this.undo.keep(merge, kind, entries);
    await this.undo.rememberRows(merge, rows);
  }

  /** Two records, so that each user's shows it. */
  private async record({ from, to }: Merge, rows: RowCounts): Promise<void> {
    const moved = Object.fromEntries(Object.entries(rows).filter(([, count]) => count > 0));
    await this.records.write({ action: 'user.merged_into', userId: from, subject: to });
    await this.records.write({
      action: 'user.merged_from',
      userId: to,
      subject: from,
      details: moved,
    });
  }

  private findCollisions(from: string, to: string, keys: UniqueKey[]): Promise<Collision[]> {
    const settled = { ...DATA_KEY, ...this.steps.settled };
    return this.merging.findCollisions(from, to, [...keys, ...this.steps.keptApart], settled);
  }
}

/** The kind of the record of rows that were renamed for this key. */
export const renamedBy = ({ name }: UniqueKey): string => `renamed ${name}`;

/** @throws AppError 409 when there are collisions */
export function refuse(collisions: Collision[]): void {
  if (collisions.length === 0) return;
  const named = collisions.map(({ table, count }) => `${count} of ${table}`).join(', ');
  throw UserErrors.mergeCollides({
    detail: `Rename or delete them in one of the users, or send onCollision "rename" where it helps: ${named}.`,
    extra: { collisions },
  });
}

export const sum = (rows: RowCounts): number =>
  Object.values(rows).reduce((all, one) => all + one, 0);
