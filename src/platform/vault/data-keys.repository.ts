// The SQL of wrapped data keys. A user's key is read under the user's policy; the service's key,
// and keys of all users, as the system.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, serviceStatement, statement } from '../database/index.js';
import type { WrappedKey } from './key-custody.js';

/** A data key as it was read, and as it should be written. */
export interface Rewrap {
  owner: string;
  before: WrappedKey;
  after: WrappedKey;
}

export interface KeyCount {
  keyId: string;
  dataKeys: number;
}

const stored = `key_id as "keyId", wrapped`;

const statementsOf = (
  table: 'data_key' | 'service_data_key',
  owner: 'user_id' | 'name',
  type: 'uuid' | 'text',
  declare: typeof ownedStatement,
) => ({
  find: declare<WrappedKey>(
    `${table}.find`,
    `select ${stored} from threadkeep.${table} where ${owner} = $1`,
  ),
  /** Returns no row when another transaction has stored a key since this statement began. */
  keep: declare<WrappedKey>(
    `${table}.keep`,
    `with kept as (
       insert into threadkeep.${table} (${owner}, key_id, wrapped) values ($1, $2, $3)
         on conflict (${owner}) do nothing returning key_id, wrapped)
     select ${stored} from kept union all select ${stored} from threadkeep.${table}
       where ${owner} = $1`,
  ),
  behind: statement<WrappedKey & { owner: string }>(
    `${table}.behind`,
    `select ${owner} as owner, ${stored} from threadkeep.${table}
      where ($1::${type} is null or ${owner} > $1) and key_id <> $2 order by ${owner} limit $3`,
    { slow: true },
  ),
  /**
   * Updates only keys that are as they were read. Skips a locked row: its holder changes it, or the
   * next pass finds it.
   */
  rewrap: statement<{ owner: string }>(
    `${table}.rewrap`,
    `with given as (
       select * from unnest($1::${type}[], $2::bytea[], $3::text[], $4::bytea[])
         as given (owner, read, key_id, wrapped)),
     free as (
       select d.${owner} as owner from threadkeep.${table} d join given on d.${owner} = given.owner
         and d.wrapped = given.read
        order by d.${owner} for update of d skip locked)
     update threadkeep.${table} d set key_id = given.key_id, wrapped = given.wrapped,
       rewrapped_at = now()
       from given join free using (owner) where d.${owner} = given.owner and d.wrapped = given.read
         returning d.${owner} as owner`,
    { slow: true },
  ),
});

const TABLES = {
  user: statementsOf('data_key', 'user_id', 'uuid', ownedStatement),
  system: statementsOf('service_data_key', 'name', 'text', serviceStatement),
};
export type DataKeyTable = keyof typeof TABLES;

/** The service's key cannot be shredded, because every process needs it. */
const SHRED = ownedStatement<{ owner: string }>(
  'data_key.shred',
  `delete from threadkeep.data_key where user_id = $1 returning user_id as owner`,
);

/** Keys of users, for the system, which administers users. */
const FIND_ALL = statement<WrappedKey & { owner: string }>(
  'data_key.find_all',
  `select user_id as owner, ${stored} from threadkeep.data_key where user_id = any ($1::uuid[])`,
);
const KEEP_FOR = statement<{ owner: string }>(
  'data_key.keep_for',
  `insert into threadkeep.data_key (user_id, key_id, wrapped) values ($1, $2, $3)
     on conflict (user_id) do nothing returning user_id as owner`,
);

const COUNTS = statement<KeyCount>(
  'data_key.counts',
  `select key_id as "keyId", sum(n)::integer as "dataKeys" from (
     select key_id, count(*) as n from threadkeep.data_key group by key_id
     union all select key_id, count(*) from threadkeep.service_data_key group by key_id) counted
    group by key_id order by key_id collate "C"`,
  { slow: true },
);

@Injectable()
export class DataKeysRepository {
  constructor(private readonly database: ScopedDatabase) {}

  async find(): Promise<WrappedKey | null> {
    return (await this.database.read(this.database.byScope(TABLES).find, []))[0] ?? null;
  }

  /**
   * Stores the key unless there is one.
   * @returns the stored key; null when another transaction's is not visible yet
   */
  async keep({ keyId, wrapped }: WrappedKey): Promise<WrappedKey | null> {
    const { keep } = this.database.byScope(TABLES);
    return (await this.database.write(keep, [keyId, wrapped]))[0] ?? null;
  }

  /** As the system: the keys of these users, as far as they have one. */
  findAll(userIds: string[]): Promise<(WrappedKey & { owner: string })[]> {
    return this.database.read(FIND_ALL, [userIds]);
  }

  /** As the system: stores the key of a user. @returns false when the user has one already */
  async keepFor(userId: string, { keyId, wrapped }: WrappedKey): Promise<boolean> {
    return (await this.database.write(KEEP_FOR, [userId, keyId, wrapped])).length > 0;
  }

  /** @throws ScopeMissingError in the system's scope */
  async shred(): Promise<boolean> {
    return (await this.database.write(SHRED, [])).length > 0;
  }

  /** Lists the next data keys that are not wrapped by the current key. Runs as the system. */
  behind(
    table: DataKeyTable,
    current: string,
    after: string | null,
    limit: number,
  ): Promise<(WrappedKey & { owner: string })[]> {
    return this.database.read(TABLES[table].behind, [after, current, limit]);
  }

  /** As the system: writes keys that are unchanged since they were read. @returns how many */
  async rewrap(table: DataKeyTable, keys: Rewrap[]): Promise<number> {
    const columns = [
      keys.map(({ owner }) => owner),
      keys.map(({ before }) => before.wrapped),
      keys.map(({ after }) => after.keyId),
      keys.map(({ after }) => after.wrapped),
    ];
    return (await this.database.write(TABLES[table].rewrap, columns)).length;
  }

  /** As the system. */
  counts(): Promise<KeyCount[]> {
    return this.database.read(COUNTS, []);
  }
}
