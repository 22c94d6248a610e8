// Reads from the catalogue which rows name a user, and which of their keys can collide. So a new
// table of a user is merged from the day of its migration on.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase, statement } from '../../platform/database/index.js';

/** A column that holds ids of users. Names are quoted where SQL needs it. */
export interface OwnerColumn {
  table: string;
  column: string;
}

/** A unique key that begins with the user. */
export interface UniqueKey {
  name: string;
  table: string;
  /** SQL of the columns after the user; none for a table with one row for each user. */
  columns: string[];
  /** SQL of the rows in the index. */
  predicate: string;
  /** True when its last column is only a name, so that another name may take its place. */
  isRenamable: boolean;
}

/** A table whose rows are locked before the move. */
export interface LockedTable {
  table: string;
  /** True when workers hold rows of it, with a lease. */
  isLeased: boolean;
}

const owned = `
  owned as (
    select c.oid, c.relname, a.attnum as owner from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'user_id' and not a.attisdropped
     where c.relnamespace = 'threadkeep'::regnamespace and c.relkind in ('r', 'p')),
  refs as (
    select f.conrelid, f.confrelid, f.conkey from pg_constraint f
     where f.contype = 'f' and f.connamespace = 'threadkeep'::regnamespace)`;

/** Columns that are named `user_id`, and others that refer to a user. */
const OWNER_COLUMNS = statement<OwnerColumn>(
  'merge_schema.owner_columns',
  `with ${owned}
   select quote_ident(relname) as table, 'user_id' as column from owned
   union
   select quote_ident(c.relname), quote_ident(a.attname) from refs f
     join pg_class c on c.oid = f.conrelid
     join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
    where f.confrelid = 'threadkeep.app_user'::regclass
    order by 1, 2`,
);

/** Leaves out keys of rows that collide only if the rows do to which they belong. */
const UNIQUE_KEYS = statement<UniqueKey>(
  'merge_schema.unique_keys',
  `with ${owned}, keys as (
     select i.*, o.relname, string_to_array(i.indkey::text, ' ')::smallint[] as attributes
       from pg_index i join owned o on o.oid = i.indrelid and o.owner = i.indkey[0]
      where i.indisunique)
   select quote_ident(c.relname) as name, quote_ident(k.relname) as table,
          array(select pg_get_indexdef(k.indexrelid, n, true)
                  from generate_series(2, k.indnkeyatts) n) as columns,
          coalesce(pg_get_expr(k.indpred, k.indrelid), 'true') as predicate,
          not k.indisprimary and coalesce((
            select a.atttypid = 'text'::regtype from pg_attribute a
             where a.attrelid = k.indrelid and a.attnum = k.attributes[k.indnkeyatts]), false)
            as "isRenamable"
     from keys k join pg_class c on c.oid = k.indexrelid
    where not exists (
      select from refs f join owned parent on parent.oid = f.confrelid
       where f.conrelid = k.indrelid and f.conkey <@ k.attributes)
    order by 1`,
);

/** Parents before their children, so that no child can be added after its turn. */
const LOCKED_TABLES = statement<LockedTable>(
  'merge_schema.locked_tables',
  `with recursive ${owned}, tree (oid, depth) as (
     select 'threadkeep.app_user'::regclass::oid, 0
     union select f.conrelid, t.depth + 1 from tree t
       join refs f on f.confrelid = t.oid and f.conrelid <> f.confrelid
      where t.depth < 10),
   leased as (
     select attrelid as oid from pg_attribute where attname in ('worker_id', 'lease_expires_at')
      group by attrelid having count(*) = 2)
   select quote_ident(o.relname) as table, bool_or(l.oid is not null) as "isLeased"
     from owned o join tree t using (oid) left join leased l using (oid)
    where l.oid is not null or o.relname = 'job'
       or exists (select from refs f join owned c on c.oid = f.conrelid where f.confrelid = o.oid)
    group by o.relname order by max(t.depth), 1`,
);

export interface MergeSchema {
  columns: OwnerColumn[];
  keys: UniqueKey[];
  locked: LockedTable[];
}

@Injectable()
export class MergeSchemaRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** As the system. */
  async read(): Promise<MergeSchema> {
    return {
      columns: await this.database.read(OWNER_COLUMNS, []),
      keys: await this.database.read(UNIQUE_KEYS, []),
      locked: await this.database.read(LOCKED_TABLES, []),
    };
  }
}
