// The mark of the last erasure of a user, which the triggers of erased rows leave on the user's row.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';

const FIND = ownedStatement<{ mark: string }>(
  'reply_cache.erasure_mark',
  `select coalesce(last_erasure, 0)::text as mark from threadkeep.app_user where id = $1`,
);

@Injectable()
export class ErasureMarkRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /**
   * Another mark than before means that something of the user was erased in between. Null: there is
   * no such user.
   */
  async current(): Promise<string | null> {
    return (await this.database.read(FIND, []))[0]?.mark ?? null;
  }
}
