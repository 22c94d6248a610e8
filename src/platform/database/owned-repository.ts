// CRUD for a table whose rows belong to a user: the owner is in every filter and every insert.
import type { DeepPartial, FindOptionsWhere, ObjectLiteral, ObjectType } from 'typeorm';
import type { RequestContexts } from '../context/index.js';
import type { ScopedDatabase } from './scoped-database.js';

/** What every owned entity has. `version` counts edits and is what `If-Match` compares. */
export interface OwnedEntity extends ObjectLiteral {
  userId: string;
  id: string;
  version: number;
}

/** Fields the repository sets itself. */
type Managed = 'userId' | 'version' | 'createdAt' | 'updatedAt';
type Editable<E> = Omit<DeepPartial<E>, Managed | 'id'>;

/**
 * Extend it with a feature's own statements. Row-level security refuses what a forgotten filter would let through; this
 * class is the filter. Never use an injected TypeORM repository instead: it runs on another connection, outside the scope.
 */
export abstract class OwnedRepository<E extends OwnedEntity> {
  protected constructor(
    protected readonly database: ScopedDatabase,
    protected readonly contexts: RequestContexts,
    private readonly entity: ObjectType<E>,
  ) {}

  /** The row, or null when the user has none with this id. */
  find(id: string, where: FindOptionsWhere<E> = {}): Promise<E | null> {
    return this.database.transaction(() => this.database.manager.findOne(this.entity, { where: this.owned(id, where) }), { readOnly: true });
  }

  create(values: Omit<DeepPartial<E>, Managed> & { id: string }): Promise<E> {
    return this.database.transaction(async () => {
      const { manager } = this.database;
      const entity = manager.create(this.entity, { ...values, userId: this.userId } as DeepPartial<E>);
      await manager.insert(this.entity, entity);
      return entity;
    });
  }

  /**
   * Writes the given fields and counts the version up, when the row is there and, if given, still has `version`.
   * @returns false when no row matched.
   */
  update(id: string, changes: Editable<E>, options: { version?: number | undefined; where?: FindOptionsWhere<E> } = {}): Promise<boolean> {
    return this.database.transaction(async () => {
      const where = { ...options.where, ...(options.version === undefined ? {} : { version: options.version }) };
      const set = { ...changes, version: () => 'version + 1', updatedAt: () => 'now()' };
      const result = await this.database.manager
        .createQueryBuilder()
        .update(this.entity)
        .set(set)
        .where(this.owned(id, where as FindOptionsWhere<E>))
        .execute();
      return (result.affected ?? 0) > 0;
    });
  }

  /** Deletes the row for good, with all that hangs on it. @returns false when there was none. */
  remove(id: string, where: FindOptionsWhere<E> = {}): Promise<boolean> {
    return this.database.transaction(async () => {
      const result = await this.database.manager.delete(this.entity, this.owned(id, where));
      return (result.affected ?? 0) > 0;
    });
  }

  /** The user whose rows these are. @throws ScopeMissingError outside a user's scope. */
  protected get userId(): string {
    return this.contexts.userScope().userId;
  }

  private owned(id: string, where: FindOptionsWhere<E>): FindOptionsWhere<E> {
    return { ...where, id, userId: this.userId };
  }
}
