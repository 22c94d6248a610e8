// The base class of repositories of owned rows. It puts the owner into every filter and every
// insert.
import {
  type DeepPartial,
  type FindOptionsWhere,
  In,
  IsNull,
  Not,
  type ObjectLiteral,
  type ObjectType,
} from 'typeorm';
import type { AppError } from '../errors/index.js';
import { etagOf, versionChanged } from './version.js';
import type { Condition, List, ListQuery, Page } from '../list/index.js';
import type { QuotaName } from '../quotas/index.js';
import type { RepositoryTools } from './repository-tools.js';

/** The columns of every owned entity. `version` counts edits; `If-Match` compares it. */
export interface OwnedEntity extends ObjectLiteral {
  userId: string;
  id: string;
  version: number;
  /** With this column, `remove` is a soft delete. */
  deletedAt?: Date | null;
}

/** Fields that the repository sets. */
type Managed = 'userId' | 'version' | 'createdAt' | 'updatedAt';
export type NewRow<E> = Omit<DeepPartial<E>, Managed> & { id: string };
export type Changes<E> = Omit<DeepPartial<E>, Managed | 'id'>;

export interface OwnedTableMapping<E extends OwnedEntity, Row extends object, Item extends object> {
  entity: ObjectType<E>;
  list: List<Row, Item>;
  notFound: () => AppError;
  /** The quota that counts its rows. */
  quota?: QuotaName;
}

/**
 * Extend it with a feature's own statements, each an `ownedStatement`. It filters by owner;
 * row-level security refuses rows that a forgotten filter would let through. Never use an injected
 * TypeORM repository instead: it runs on another connection, outside the scope.
 *
 * Each method is a transaction of its own. Inside `ScopedDatabase.transaction()`, methods of all
 * repositories share that transaction.
 */
export abstract class OwnedRepository<
  E extends OwnedEntity,
  Row extends object = object,
  Item extends object = object,
> {
  protected constructor(
    protected readonly tools: RepositoryTools,
    private readonly table: OwnedTableMapping<E, Row, Item>,
  ) {
    if (this.isSoftDeleted) tools.deleted.add(table.list.declaration.table);
  }

  /** The name of its list, such as `task`. */
  get name(): string {
    return this.table.list.declaration.name;
  }

  /** @returns the row; null when the user has no such row, or has deleted it */
  find(id: string): Promise<E | null> {
    return this.findWhere({ ...this.notDeleted, id });
  }

  /** @throws the feature's not-found error */
  async get(id: string): Promise<E> {
    const row = await this.find(id);
    if (!row) throw this.table.notFound();
    return row;
  }

  /** @param within conditions of the feature, beside those of the client */
  list(query: ListQuery, within: Condition[] = []): Promise<Page<Item>> {
    return this.tools.lists.page(this.table.list, query, within);
  }

  /** @throws AppError `quota.reached`, as `createMany` does */
  create(values: NewRow<E>): Promise<E> {
    return this.adding(1, async () => {
      await this.insert([values]);
      return this.get(values.id);
    });
  }

  /** Creates all rows or none, in one statement. @returns how many */
  createMany(values: NewRow<E>[]): Promise<number> {
    return this.adding(values.length, () => this.insert(values));
  }

  /**
   * Writes the given fields, and increments the version.
   * @throws the feature's not-found error; AppError 412 with the current version when `version` is
   * another one
   */
  update(id: string, changes: Changes<E>, version?: number): Promise<E> {
    return this.unit(async () => {
      if ((await this.write([id], changes, this.notDeleted, version)) > 0) return this.get(id);
      throw this.changed(await this.get(id));
    });
  }

  /** Updates the rows that exist. @returns how many */
  updateMany(ids: string[], changes: Changes<E>): Promise<number> {
    return this.unit(() => this.write(ids, changes, this.notDeleted));
  }

  /**
   * Soft-deletes the row. With `purge`, or in a table without soft delete, deletes it for good,
   * with its dependent rows.
   * @throws as `update` does
   */
  remove(
    id: string,
    { version, purge = false }: { version?: number | undefined; purge?: boolean } = {},
  ): Promise<void> {
    return this.unit(async () => {
      if ((await this.removeThese([id], purge, version)) > 0) return;
      // A soft-deleted row can still be purged, so look at it too.
      const row = purge ? await this.findWhere({ id } as FindOptionsWhere<E>) : await this.get(id);
      throw row ? this.changed(row) : this.table.notFound();
    });
  }

  /** Removes the rows that exist. @returns how many */
  removeMany(ids: string[], { purge = false } = {}): Promise<number> {
    return this.unit(() => this.removeThese(ids, purge));
  }

  /**
   * Restores a soft-deleted row. A row that is not deleted stays as it is.
   * @throws the feature's not-found error
   */
  restore(id: string): Promise<E> {
    return this.unit(async () => {
      await this.restoreMany([id]);
      return this.get(id);
    });
  }

  /** Restores the rows that were soft-deleted. @returns how many */
  restoreMany(ids: string[]): Promise<number> {
    if (!this.isSoftDeleted) return Promise.resolve(0);
    return this.unit(() =>
      this.write(
        ids,
        { deletedAt: null } as unknown as Changes<E>,
        { deletedAt: Not(IsNull()) } as FindOptionsWhere<E>,
      ),
    );
  }

  /** The text of the row's ETag. */
  etag({ version }: Pick<E, 'version'>): string {
    return etagOf(version);
  }

  protected findWhere(where: FindOptionsWhere<E>): Promise<E | null> {
    const { database } = this.tools;
    return database.transaction(
      () =>
        database.manager.findOne(this.table.entity, {
          where: { ...where, userId: database.userId },
        }),
      { readOnly: true },
    );
  }

  private adding<T>(count: number, work: () => Promise<T>): Promise<T> {
    const { quota } = this.table;
    const unit = () => this.unit(work);
    return quota ? this.tools.quotas.within({ [quota]: count }, unit) : unit();
  }

  private unit<T>(work: () => Promise<T>): Promise<T> {
    return this.tools.database.transaction(work);
  }

  /** Fields as they are stored, where that is not as they are given. */
  protected stored?<V extends DeepPartial<E>>(fields: V): Promise<V>;

  private async insert(values: NewRow<E>[]): Promise<number> {
    const { manager, userId } = this.tools.database;
    const rows: E[] = [];
    for (const given of values) {
      const row = this.stored ? await this.stored(given as DeepPartial<E>) : given;
      rows.push(manager.create(this.table.entity, { ...row, userId } as DeepPartial<E>));
    }
    if (rows.length > 0) await manager.insert(this.table.entity, rows);
    return rows.length;
  }

  private async write(
    ids: string[],
    changes: Changes<E>,
    where: FindOptionsWhere<E>,
    version?: number,
  ): Promise<number> {
    const stored = this.stored ? await this.stored(changes as DeepPartial<E>) : changes;
    const set = {
      ...stored,
      version: () => 'version + 1',
      updatedAt: () => 'clock_timestamp()',
    };
    const update = this.tools.database.manager
      .createQueryBuilder()
      .update(this.table.entity)
      .set(set);
    return (await update.where(this.owned(ids, where, version)).execute()).affected ?? 0;
  }

  protected async removeThese(ids: string[], purge: boolean, version?: number): Promise<number> {
    if (this.isSoftDeleted && !purge)
      return this.write(
        ids,
        { deletedAt: () => 'clock_timestamp()' } as unknown as Changes<E>,
        this.notDeleted,
        version,
      );
    const { database, records } = this.tools;
    const gone =
      (await database.manager.delete(this.table.entity, this.owned(ids, {}, version))).affected ??
      0;
    await records.writeErasure(this.name, gone, purge ? 'purge' : 'remove');
    return gone;
  }

  private owned(ids: string[], where: FindOptionsWhere<E>, version?: number): FindOptionsWhere<E> {
    return {
      ...where,
      id: ids.length === 1 ? ids[0] : In(ids),
      userId: this.tools.database.userId,
      ...(version === undefined ? {} : { version }),
    };
  }

  private changed(row: E): AppError {
    return versionChanged(row.version, this.etag(row));
  }

  private get isSoftDeleted(): boolean {
    return this.table.list.declaration.deletedAt !== undefined;
  }

  private get notDeleted(): FindOptionsWhere<E> {
    return (this.isSoftDeleted ? { deletedAt: IsNull() } : {}) as FindOptionsWhere<E>;
  }
}
