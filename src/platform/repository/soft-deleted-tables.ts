// The tables with soft delete: a deleted row can be restored until it is purged.
import { Injectable } from '@nestjs/common';
import { AuditRecords } from '../audit/index.js';
import { ownedStatement, ScopedDatabase, type Statement, statement } from '../database/index.js';

const expired = (days: string) => `deleted_at < now() - make_interval(days => ${days})`;

interface Statements {
  users: Statement<{ id: string }>;
  count: Statement<{ count: number }>;
  purge: Statement<{ count: number }>;
}

/** @param table a name from our code, with its schema; never a client's */
const statementsOf = (table: string): Statements => ({
  users: statement(
    `${table}.users_to_purge`,
    `select distinct user_id as id from ${table} where ${expired('$1')} and user_id > $2 order by 1
      limit $3`,
  ),
  count: ownedStatement(
    `${table}.count_to_purge`,
    `select count(*)::integer as count from ${table} where user_id = $1 and ${expired('$2')}`,
  ),
  purge: ownedStatement(
    `${table}.purge`,
    `with gone as (delete from ${table}
      where user_id = $1 and id in (
        select id from ${table} where user_id = $1 and ${expired('$2')} limit $3) returning 1)
     select count(*)::integer as count from gone`,
  ),
});

/** The repository of each such table registers it. */
@Injectable()
export class SoftDeletedTables {
  private readonly tables = new Map<string, Statements>();

  constructor(
    private readonly database: ScopedDatabase,
    private readonly records: AuditRecords,
  ) {}

  add(table: string): void {
    this.tables.set(table, statementsOf(table));
  }

  get names(): string[] {
    return [...this.tables.keys()];
  }

  /**
   * As the system: lists users with rows that were deleted more than `days` ago, in order of their
   * ids.
   */
  async usersToPurge(table: string, days: number, limit: number, after: string): Promise<string[]> {
    return (await this.database.read(this.tables.get(table)!.users, [days, after, limit])).map(
      ({ id }) => id,
    );
  }

  /** Rows of the user to purge, in all tables. */
  async countToPurge(days: number): Promise<number> {
    let sum = 0;
    for (const { count } of this.tables.values())
      sum += (await this.database.read(count, [days]))[0]!.count;
    return sum;
  }

  /**
   * Deletes up to `limit` rows of the user for good, with their dependent rows.
   * @returns how many
   */
  async purge(table: string, days: number, limit: number): Promise<number> {
    return this.database.transaction(async () => {
      const { count } = (
        await this.database.write(this.tables.get(table)!.purge, [days, limit])
      )[0]!;
      await this.records.writeErasure(table.replace(/^.*\./, ''), count, 'retention');
      return count;
    });
  }
}
