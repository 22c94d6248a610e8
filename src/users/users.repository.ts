// SQL of users. They own rows and are not owned rows: the system administers them, and users see
// themselves by a policy of their own.
import { Injectable } from '@nestjs/common';
import { type FindOptionsWhere, IsNull } from 'typeorm';
import { ScopedDatabase } from '../platform/database/index.js';
import { fromDatabaseError } from '../platform/errors/index.js';
import { type Condition, type ListQuery, Lists, type Page } from '../platform/list/index.js';
import { EMPTY, FIELDS, type Fields } from './sealing/fields.js';
import { type FieldColumns, UserFields } from './sealing/user-fields.js';
import type { UserDto } from './dto/user.dto.js';
import { User } from './user.entity.js';
import { userList } from './user.list.js';
import { UserErrors } from './users.errors.js';

export type UserValues = Partial<
  Pick<User, 'externalId' | 'username' | 'email' | 'name' | 'status' | 'settings'>
>;

/** The rows of merged users only keep names. */
const NOT_MERGED: Condition = { name: 'not merged', text: () => 'merged_into is null' };

@Injectable()
export class UsersRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly lists: Lists,
    private readonly fields: UserFields,
  ) {}

  /** @throws AppError `vault.unreadable` when the user's fields are sealed and cannot be opened */
  async find(where: FindOptionsWhere<User>): Promise<User | null> {
    const user = await this.findStored(where);
    return user && this.fields.open(user);
  }

  /** Whether the user exists, also when the fields cannot be opened. */
  async exists(id: string): Promise<boolean> {
    return (await this.findStored({ id })) !== null;
  }

  /** Finds the user into whom the one with this id was merged. */
  async findMergedInto(id: string): Promise<string | null> {
    const found = await this.database.transaction(
      () =>
        this.database.manager.findOne(User, {
          select: { mergedInto: true },
          where: { formerId: id },
        }),
      { readOnly: true },
    );
    return found?.mergedInto ?? null;
  }

  async create(id: string, values: UserValues): Promise<User> {
    const given = fieldsOf(values);
    const { columns, dataKey } = await this.fields.columnsForNew(id, { ...EMPTY, ...given });
    return this.database.transaction(async () => {
      const { manager } = this.database;
      await manager.insert(User, { id, ...values, ...columns } as never);
      await this.fields.keepKey(id, dataKey);
      return this.fields.open(await manager.findOneByOrFail(User, { id }));
    });
  }

  /** Fields that cannot be opened are empty in a list. */
  list(query: ListQuery): Promise<Page<UserDto>> {
    return this.lists.page(userList, query, [NOT_MERGED], {
      prepare: (users) => this.fields.openAll(users),
    });
  }

  /**
   * Reads a user, and lets nobody else change the user until the transaction ends.
   * @returns null when the user does not exist
   * @throws AppError `vault.unreadable`
   */
  async lock(id: string): Promise<User | null> {
    const user = await this.database.manager.findOne(User, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
    return user && this.fields.open(user);
  }

  /**
   * Updates the user.
   * @returns false when the user does not exist, or no longer has `version`
   * @throws AppError `vault.unreadable`
   */
  update(id: string, changes: UserValues, version?: number): Promise<boolean> {
    return this.database.transaction(async () => {
      const where = version === undefined ? { id } : { id, version };
      const columns = await this.changedColumns(id, changes, version);
      if (columns === null) return false;
      const set = {
        ...changes,
        ...columns,
        version: () => 'version + 1',
        updatedAt: () => 'now()',
      };
      return this.set(where, set);
    });
  }

  /**
   * The columns of sealed fields. A row that is not stored as it should be is converted first, so
   * that one update is seen as a change of the fields, the other as none.
   * @returns null when the user does not exist, or no longer has `version`
   */
  private async changedColumns(
    id: string,
    changes: UserValues,
    version: number | undefined,
  ): Promise<object | null> {
    const changed = fieldsOf(changes);
    if (Object.keys(changed).length === 0) return {};
    const user = await this.lock(id);
    if (!user || (version ?? user.version) !== user.version) return null;
    const { email, name, settings } = user;
    const stored = { email, name, settings };
    const isMoved = changed.email !== undefined && changed.email !== email;
    if (!this.fields.isOn && user.sealedFields === null)
      return withHmac(isMoved, await this.fields.plainColumns(changed));
    const next = { ...stored, ...changed };
    const isConverted = (user.sealedFields !== null) === this.fields.isOn;
    if (!isConverted && !(await this.convert(id, stored))) {
      const sealed = await this.fields.sealedColumns(id, next);
      if (!isMoved) return withHmac(isMoved, sealed);
      await this.set({ id }, sealed);
    }
    return withHmac(isMoved, await this.fields.columnsFor(id, next));
  }

  /**
   * Of legacy users with the same address in other capitals, one is found by it. The index tells
   * whether it is another one, because users do not see each other.
   * @returns false when the row stays sealed, because a plain one has the address
   */
  private async convert(id: string, stored: Fields): Promise<boolean> {
    const columns = await this.fields.columnsFor(id, stored);
    try {
      // A savepoint: after an error, the transaction goes on.
      await this.database.manager.transaction(() => this.set({ id }, columns));
    } catch (error) {
      if (fromDatabaseError(error)?.code !== UserErrors.emailTaken.code) throw error;
      if (!this.fields.isOn) return false;
      await this.set({ id }, { ...columns, emailHmac: null });
    }
    return true;
  }

  private async set(where: FindOptionsWhere<User>, set: object): Promise<boolean> {
    const result = await this.database.manager
      .createQueryBuilder()
      .update(User)
      .set(set)
      .where(where)
      .execute();
    return (result.affected ?? 0) > 0;
  }

  private findStored(where: FindOptionsWhere<User>): Promise<User | null> {
    const notMerged = { ...where, mergedInto: IsNull() };
    return this.database.transaction(() => this.database.manager.findOneBy(User, notMerged), {
      readOnly: true,
    });
  }

  /** Deletes the user and everything that the user owns. */
  remove(id: string): Promise<boolean> {
    return this.database.transaction(
      async () => ((await this.database.manager.delete(User, { id })).affected ?? 0) > 0,
    );
  }
}

/** The given ones of the fields that may be sealed. */
const fieldsOf = (values: UserValues): Partial<Fields> =>
  Object.fromEntries(
    FIELDS.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  );

/** The look-up value of an address that stays is left as it is: a legacy user may have none. */
function withHmac(isMoved: boolean, columns: Partial<FieldColumns>): Partial<FieldColumns> {
  if (isMoved) return columns;
  return Object.fromEntries(Object.entries(columns).filter(([name]) => name !== 'emailHmac'));
}
