// What a database holds, as sorted lines from its catalog: two databases are alike when their lines are.
import type pg from 'pg';

const SYSTEM = `('pg_catalog', 'information_schema', 'pg_toast')`;
const acl = (column: string) =>
  `coalesce((select string_agg(item::text, ' ' order by item::text) from unnest(${column}) item), 'default')`;
const ofNoExtension = (catalog: string, oid: string) =>
  `not exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${oid} and d.deptype = 'e')`;

const PARTS: Record<string, string> = {
  schema: `select nspname, nspowner::regrole, ${acl('nspacl')} from pg_namespace where nspname not like 'pg\\_%' and nspname <> 'information_schema'`,
  relation: `select c.oid::regclass, c.relkind, c.relowner::regrole, c.relrowsecurity, c.relforcerowsecurity, c.relpersistence, c.reloptions, ${acl('c.relacl')}
               from pg_class c join pg_namespace n on n.oid = c.relnamespace 
              where n.nspname not in ${SYSTEM} and c.relkind not in ('i', 'I', 't') and ${ofNoExtension('pg_class', 'c.oid')}`,
  column: `select a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attcollation,
                  pg_get_expr(d.adbin, d.adrelid), ${acl('a.attacl')}
             from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
             left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where n.nspname not in ${SYSTEM} and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped`,
  constraint: `select f.conrelid::regclass, f.conname, f.convalidated, f.condeferrable, pg_get_constraintdef(f.oid)
                 from pg_constraint f join pg_namespace n on n.oid = f.connamespace where n.nspname not in ${SYSTEM}`,
  index: `select i.indexrelid::regclass, i.indisvalid, i.indisready, pg_get_indexdef(i.indexrelid)
            from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname not in ${SYSTEM}`,
  policy: `select * from pg_policies`,
  function: `select p.oid::regprocedure, p.proowner::regrole, ${acl('p.proacl')}, pg_get_functiondef(p.oid)
               from pg_proc p join pg_namespace n on n.oid = p.pronamespace
              where n.nspname not in ${SYSTEM} and p.prokind in ('f', 'p', 'w') and ${ofNoExtension('pg_proc', 'p.oid')}`,
  trigger: `select g.tgrelid::regclass, g.tgenabled, pg_get_triggerdef(g.oid) from pg_trigger g where not g.tgisinternal`,
  type: `select t.oid::regtype, t.typtype from pg_type t join pg_namespace n on n.oid = t.typnamespace
          where n.nspname not in ${SYSTEM} and t.typtype in ('d', 'e', 'r') and ${ofNoExtension('pg_type', 't.oid')}`,
  extension: `select extname, extversion, extnamespace::regnamespace from pg_extension`,
  'default privileges': `select defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype, ${acl('defaclacl')} from pg_default_acl`,
  setting: `select setrole::regrole, setconfig from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database())`,
};

/** One line for each object, beginning with its kind. */
export async function catalogOf(client: pg.ClientBase): Promise<string[]> {
  const lines: string[] = [];
  for (const [kind, query] of Object.entries(PARTS)) {
    const { rows } = await client.query<{ line: string }>(
      `select to_jsonb(part)::text as line from (${query}) part`,
    );
    lines.push(...rows.map(({ line }) => `${kind} ${line}`));
  }
  // The roles of a database carry its number.
  return lines.map((line) => line.replace(/threadkeep_(app|system)_\d+/g, 'threadkeep_$1')).sort();
}
