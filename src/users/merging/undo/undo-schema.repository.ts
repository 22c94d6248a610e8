// Reads from the catalogue how rows of users belong together: which are remembered when they move, and
// which follow another row. So a new table is given back from the day of its migration on.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase, statement } from '../../../platform/database/index.js';

/** Names are quoted where SQL needs it. */
export interface KeyColumn {
  name: string;
  type: string;
}

/** A row that another one belongs to: it is removed with it. */
export interface ParentKey {
  table: string;
  /** The columns after the user, in both tables. */
  columns: string[];
  references: string[];
  /** True when rows without a parent are possible. */
  isOptional: boolean;
}

/** Rows of users, by the column that names the user. */
export interface OwnedRows {
  table: string;
  column: string;
  /**
   * The primary key without the user and without numbers: a number counts versions, which stay
   * together. A key without an id may be given to another row later, so it has the time of the
   * row's last change, too. Empty for a table with one row for each user.
   */
  key: KeyColumn[];
  parents: ParentKey[];
}

/** A reference that becomes null when the other row is removed. */
export interface Reference {
  table: string;
  columns: string[];
  parent: string;
  references: string[];
  cleared: string[];
}

const catalogue = `
  owned as (
    select c.oid, c.relname, a.attname, a.attnum from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'user_id' and not a.attisdropped
     where c.relnamespace = 'threadkeep'::regnamespace and c.relkind in ('r', 'p')),
  refs as (
    select f.*, o.relname, p.relname as parent from pg_constraint f
      join owned o on o.oid = f.conrelid and o.attnum = f.conkey[1]
      join owned p on p.oid = f.confrelid and f.conrelid <> f.confrelid
     where f.contype = 'f')`;

/** SQL of the names of columns, in the order of `attributes`. */
const names = (table: string, attributes: string) => `
  (select coalesce(jsonb_agg(quote_ident(a.attname) order by k.n), '[]')
     from unnest(${attributes}) with ordinality k (attnum, n)
     join pg_attribute a on a.attrelid = ${table} and a.attnum = k.attnum)`;

const OWNED_ROWS = statement<OwnedRows & { changedAt: string | null }>(
  'undo_schema.owned_rows',
  `with ${catalogue}, owners as (
     select * from owned
     union
     select c.oid, c.relname, a.attname, a.attnum from pg_constraint f
       join pg_class c on c.oid = f.conrelid
       join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
      where f.contype = 'f' and f.connamespace = 'threadkeep'::regnamespace
        and f.confrelid = 'threadkeep.app_user'::regclass)
   select quote_ident(o.relname) as table, quote_ident(o.attname) as column,
          (select coalesce(jsonb_agg(jsonb_build_object('name', quote_ident(a.attname),
                    'type', format_type(a.atttypid, null)) order by k.n), '[]')
             from pg_index i
            cross join unnest(string_to_array(i.indkey::text, ' ')::smallint[])
              with ordinality k (attnum, n)
             join pg_attribute a on a.attrelid = o.oid and a.attnum = k.attnum
            where i.indrelid = o.oid and i.indisprimary and a.attnum <> o.attnum
              and a.atttypid <> 'integer'::regtype) as key,
          (select max(a.attname::text) from pg_attribute a
            where a.attrelid = o.oid and a.attname in ('created_at', 'updated_at')) as "changedAt",
          (select coalesce(jsonb_agg(jsonb_build_object('table', quote_ident(f.parent),
                    'columns', ${names('f.conrelid', 'f.conkey[2:]')},
                    'references', ${names('f.confrelid', 'f.confkey[2:]')},
                    'isOptional', exists (select from pg_attribute a
                      where a.attrelid = f.conrelid and a.attnum = any (f.conkey)
                        and not a.attnotnull))), '[]')
             from refs f where f.conrelid = o.oid and f.conkey[1] = o.attnum
              and f.confdeltype = 'c') as parents
     from owners o order by 1, 2`,
);

const REFERENCES = statement<Reference>(
  'undo_schema.references',
  `with ${catalogue}
   select quote_ident(f.relname) as table, quote_ident(f.parent) as parent,
          ${names('f.conrelid', 'f.conkey[2:]')} as columns,
          ${names('f.confrelid', 'f.confkey[2:]')} as references,
          ${names('f.conrelid', 'f.confdelsetcols')} as cleared
     from refs f where f.confdeltype = 'n' order by 1, 2`,
);

export interface UndoSchema {
  rows: OwnedRows[];
  references: Reference[];
}

@Injectable()
export class UndoSchemaRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** As the system. */
  async read(): Promise<UndoSchema> {
    const rows = await this.database.read(OWNED_ROWS, []);
    return {
      rows: rows.map(({ changedAt, ...one }) => ({ ...one, key: told(one.key, changedAt) })),
      references: await this.database.read(REFERENCES, []),
    };
  }
}

const told = (key: KeyColumn[], changedAt: string | null): KeyColumn[] =>
  changedAt === null || key.length === 0 || key.some(({ type }) => type === 'uuid')
    ? key
    : [...key, { name: changedAt, type: 'timestamptz' }];

/** Tells whether moved rows of this kind are remembered. Others follow a row, or a step knows them. */
export const isRemembered = ({ key, parents }: OwnedRows): boolean =>
  key.length > 0 && parents.every(({ isOptional }) => isOptional);

/** The name of these rows in counts and records. */
export const kindOf = ({ table, column }: Pick<OwnedRows, 'table' | 'column'>): string =>
  column === 'user_id' ? table : `${table}.${column}`;

/** SQL of the rows that belong to no other. */
export const withoutParent = ({ parents }: OwnedRows): string =>
  [
    'true',
    ...parents.map(({ columns }) => columns.map((one) => `${one} is null`).join(' and ')),
  ].join(' and ');

/**
 * SQL of the rows of user `$1` that go back to user `$2`: those that were remembered and belong to no
 * other row, and those of rows that go back.
 */
export function goingBack(rows: OwnedRows, all: OwnedRows[]): string {
  const ways = rows.parents.map(
    ({ table, columns, references }) =>
      `(${columns.join(', ')}) in (select ${references.join(', ')} from threadkeep.${table}
         where user_id = $1 and ${goingBack(ownedRows(all, table), all)})`,
  );
  if (isRemembered(rows)) ways.push(`${withoutParent(rows)} and ${remembered(rows)}`);
  return ways.length === 0 ? 'false' : `(${ways.join(' or ')})`;
}

/** The rows that `user_id` gives to a user. */
export const ownedRows = (all: OwnedRows[], table: string): OwnedRows =>
  all.find((one) => one.table === table && one.column === 'user_id')!;

const remembered = (rows: OwnedRows) =>
  `(${rows.key.map(({ name }) => name).join(', ')}) in (
     select ${rows.key.map(({ type }, i) => `(e.entry ->> ${i})::${type}`).join(', ')}
       from threadkeep.merge_undo_part p cross join jsonb_array_elements(p.entries) e (entry)
      where p.user_id = $1 and p.from_id = $2 and p.kind = '${kindOf(rows)}')`;
