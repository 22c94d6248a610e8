// SQL of users. They own rows and are not owned rows: the system administers them, and users see
// themselves by a policy of their own.
import { Injectable } from '@nestjs/common';
import type { FindOptionsWhere } from 'typeorm';
import { ScopedDatabase } from '../platform/database/index.js';
import { type ListQuery, Lists, type Page } from '../platform/list/index.js';
import type { UserDto } from './dto/user.dto.js';
import { User } from './user.entity.js';
import { userList } from './user.list.js';

export type UserValues = Partial<
  Pick<User, 'externalId' | 'username' | 'email' | 'name' | 'status' | 'settings'>
>;

@Injectable()
export class UsersRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly lists: Lists,
  ) {}

  find(where: FindOptionsWhere<User>): Promise<User | null> {
    return this.database.transaction(() => this.database.manager.findOneBy(User, where), {
      readOnly: true,
    });
  }

  create(id: string, values: UserValues): Promise<User> {
    return this.database.transaction(async () => {
      const { manager } = this.database;
      await manager.insert(User, { id, ...values } as never);
      return manager.findOneByOrFail(User, { id });
    });
  }

  list(query: ListQuery): Promise<Page<UserDto>> {
    return this.lists.page(userList, query);
  }

  /**
   * Reads a user, and lets nobody else change the user until the transaction ends.
   * @returns null when the user does not exist
   */
  lock(id: string): Promise<User | null> {
    return this.database.manager.findOne(User, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /**
   * Updates the user.
   * @returns false when the user does not exist, or no longer has `version`
   */
  update(id: string, changes: UserValues, version?: number): Promise<boolean> {
    return this.database.transaction(async () => {
      const set = { ...changes, version: () => 'version + 1', updatedAt: () => 'now()' };
      const where = version === undefined ? { id } : { id, version };
      const result = await this.database.manager
        .createQueryBuilder()
        .update(User)
        .set(set as never)
        .where(where)
        .execute();
      return (result.affected ?? 0) > 0;
    });
  }

  /** Deletes the user and everything that the user owns. */
  remove(id: string): Promise<boolean> {
    return this.database.transaction(
      async () => ((await this.database.manager.delete(User, { id })).affected ?? 0) > 0,
    );
  }
}
