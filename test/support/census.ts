// Reads from the catalog whether every table is private, so that a table nobody thought of is found the day it appears.
import type pg from 'pg';
import {
  APP_ROLE_FOUND,
  type DatabaseRoles,
  SYSTEM_ROLE_FOUND,
} from '../../src/platform/database/setup/database-roles.js';

/** Each returns one row for each object that breaks the rule. `t` are the tables of the schema, `owned` those of a user. */
// The list of migrations has no rows of anybody and a rule of its own.
// A key and a job may belong to the service itself: user_id is null then, and no key can begin with it. Policies hold for both as for any other.
const TABLES = `
  with t as (
    select c.oid, c.relname, c.relowner, c.relrowsecurity, c.relforcerowsecurity,
           (select a.attnum from pg_attribute a where a.attrelid = c.oid and a.attname = 'user_id' and not a.attisdropped) as user_id
      from pg_class c where c.relnamespace = 'threadkeep'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'threadkeep_migrations'
  ), owned as (select * from t where user_id is not null and relname not in ('api_key', 'job'))`;

/** What a policy of the runtime role must say, as PostgreSQL prints it. */
const OWNER_IS_CURRENT = `'(' || case when t.user_id is null then 'id' else 'user_id' end
  || ' = ( SELECT (NULLIF(current_setting(''app.user_id''::text, true), ''''::text))::uuid AS "nullif"))'`;

/** What the service shares with everybody, and by which condition: to be read, and no more. */
const SHARED_TABLES = `(values
    ('identity_epoch', 'true'),
    ('service_agent_config', 'shared'),
    ('service_webhook', 'enabled'),
    ('service_agent_config_version', '${ofShared('service_agent_config_version')}'),
    ('service_agent_config_move', '${ofShared('service_agent_config_move')}')) as sharing (relname, condition)`;

function ofShared(table: string): string {
  return `(EXISTS ( SELECT\n   FROM threadkeep.service_agent_config c\n  WHERE ((c.id = ${table}.config_id) AND c.shared)))`;
}

/** Tables whose rows users' requests delete and that no answer to a POST shows, or only together with a row that has the trigger. */
const SHOWN_WITH_ANOTHER = `('account', 'agent_config_move', 'agent_config_override', 'checkpoint', 'checkpoint_value', 'checkpoint_write', 'data_key', 'idempotency_key', 'idempotency_subject', 'memory_embedding', 'memory_head', 'mailed_secret', 'memory_source', 'merge_undo', 'merge_undo_part', 'message_draft', 'message_embedding', 'message_embedding_head', 'message_piece', 'model_key', 'turn', 'user_session')`;

/** Tables to which users' requests only add rows, about their own user. */
const ADDED_TABLES = `('audit_record', 'service_webhook_delivery')`;
const ABOUT_CURRENT = `'(about_user_id = ( SELECT (NULLIF(current_setting(''app.user_id''::text, true), ''''::text))::uuid AS "nullif"))'`;

const erasing = (function_: string) => `exists (
  select from pg_trigger g join pg_proc p on p.oid = g.tgfoid
   where g.tgrelid = owned.oid and g.tgenabled = 'O' and p.pronamespace = 'threadkeep'::regnamespace and p.proname = '${function_}')`;

const PRIVILEGES = `'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'`;

/** They name the roles as migrations do. */
const RULES: [rule: string, objects: string][] = [
  ['row-level security is not enabled', `select relname as name from t where not relrowsecurity`],
  [
    'row-level security is not forced',
    `select relname as name from t where not relforcerowsecurity`,
  ],
  [
    'no policy lets the system role do everything',
    `select relname as name from t where relname <> 'audit_record' and not exists (
       select from pg_policy p where p.polrelid = t.oid and p.polcmd = '*' and p.polpermissive
          and p.polroles = array['threadkeep_system'::regrole::oid]
          and pg_get_expr(p.polqual, p.polrelid) = 'true' and pg_get_expr(p.polwithcheck, p.polrelid) = 'true')`,
  ],
  [
    'the runtime role has privileges and no policy',
    `select relname as name from t
      where has_table_privilege('threadkeep_app', t.oid, 'select, insert, update, delete') and not exists (
        select from pg_policy p where p.polrelid = t.oid and p.polroles = array['threadkeep_app'::regrole::oid]
           and (p.polcmd = '*' or p.polcmd = 'r' and t.relname in (select relname from ${SHARED_TABLES})
             or p.polcmd = 'a' and t.relname in ${ADDED_TABLES}))`,
  ],
  [
    'a policy of the runtime role is not that the owner is the current user',
    `select p.polname as name from t join pg_policy p on p.polrelid = t.oid
      where 'threadkeep_app'::regrole = any (p.polroles) and t.relname not in (select relname from ${SHARED_TABLES})
        and t.relname not in ${ADDED_TABLES} and (
        pg_get_expr(p.polqual, p.polrelid) is distinct from ${OWNER_IS_CURRENT}
        or pg_get_expr(p.polwithcheck, p.polrelid) is distinct from ${OWNER_IS_CURRENT})`,
  ],
  [
    'what is shared is not what the service shares',
    `select p.polname as name from t join ${SHARED_TABLES} using (relname) join pg_policy p on p.polrelid = t.oid
      where 'threadkeep_app'::regrole = any (p.polroles) and p.polname <> 'identity_epoch__count' and (p.polcmd <> 'r' or pg_get_expr(p.polqual, p.polrelid) is distinct from condition)`,
  ],
  [
    'a policy is for another role',
    `select p.polname as name from t join pg_policy p on p.polrelid = t.oid
      where not p.polroles <@ array['threadkeep_app'::regrole, 'threadkeep_system'::regrole]::oid[]`,
  ],
  [
    'owned by a role that serves requests',
    `select relname as name from t
      where pg_has_role('threadkeep_app', t.relowner, 'member') or pg_has_role('threadkeep_system', t.relowner, 'member')`,
  ],
  [
    'open to everybody',
    `select relname as name from t, unnest(array[${PRIVILEGES}]) privilege where has_table_privilege('public', t.oid, privilege)`,
  ],
  [
    'a privilege that goes round the policies',
    `select relname || ' ' || privilege as name from t, unnest(array['threadkeep_app', 'threadkeep_system']) role,
            unnest(array['TRUNCATE', 'REFERENCES', 'TRIGGER']) privilege
      where has_table_privilege(role, t.oid, privilege)`,
  ],
  [
    'the runtime role can use a table that belongs to nobody',
    `select relname as name from t, unnest(array[${PRIVILEGES}]) privilege
      where user_id is null and relname <> 'app_user' and has_table_privilege('threadkeep_app', t.oid, privilege)
        and not (privilege = 'SELECT' and relname in (select relname from ${SHARED_TABLES}))
        and not (privilege = 'INSERT' and relname in ${ADDED_TABLES})`,
  ],
  [
    'what is added may be about another user',
    `select p.polname as name from pg_policy p join t on t.oid = p.polrelid
      where t.relname in ${ADDED_TABLES} and 'threadkeep_app'::regrole = any (p.polroles)
        and (p.polcmd <> 'a' or pg_get_expr(p.polwithcheck, p.polrelid) is distinct from ${ABOUT_CURRENT})`,
  ],
  [
    'the runtime role can read more of a webhook of the service than who is told of what',
    `select a.attname as name from pg_attribute a where a.attrelid = 'threadkeep.service_webhook'::regclass and a.attnum > 0
        and not a.attisdropped and a.attname not in ('id', 'events', 'enabled')
        and has_column_privilege('threadkeep_app', a.attrelid, a.attnum, 'select')`,
  ],
  [
    'who serves requests could change the audit',
    `select role || ' ' || privilege as name from unnest(array['threadkeep_app', 'threadkeep_system']) role, unnest(array[${PRIVILEGES}]) privilege
      where has_table_privilege(role, 'threadkeep.audit_record', privilege)
        and (role, privilege) not in (('threadkeep_app', 'INSERT'), ('threadkeep_system', 'INSERT'), ('threadkeep_system', 'SELECT'), ('threadkeep_system', 'DELETE'))
     union all
     select p.polname from pg_policy p where p.polrelid = 'threadkeep.audit_record'::regclass and (
       p.polcmd in ('*', 'w')
       or p.polcmd = 'd' and pg_get_expr(p.polqual, p.polrelid) <> '(created_at < (now() - ''30 days''::interval))'
       or p.polcmd = 'a' and p.polroles = array['threadkeep_app'::regrole::oid] and pg_get_expr(p.polwithcheck, p.polrelid) <> '(about_user_id = ( SELECT (NULLIF(current_setting(''app.user_id''::text, true), ''''::text))::uuid AS "nullif"))')`,
  ],
  [
    'who serves requests could set a counter of identities',
    `select role || ' ' || privilege as name from unnest(array['threadkeep_app', 'threadkeep_system']) role, unnest(array['INSERT', 'UPDATE', 'DELETE']) privilege
      where has_table_privilege(role, 'threadkeep.identity_epoch', privilege)`,
  ],
  [
    'the runtime role can use a table outside the schema',
    `select c.relname as name from pg_class c, unnest(array[${PRIVILEGES}]) privilege
      where c.relkind in ('r', 'p') and c.relnamespace not in ('threadkeep'::regnamespace, 'pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        and has_table_privilege('threadkeep_app', c.oid, privilege)`,
  ],
  [
    'who serves requests may do more with the list of migrations than read it',
    `select role || ' ' || privilege as name from unnest(array['threadkeep_app', 'threadkeep_system', 'public']) role, unnest(array[${PRIVILEGES}]) privilege
      where has_table_privilege(role, 'threadkeep.threadkeep_migrations', privilege) and (role, privilege) <> ('threadkeep_app', 'SELECT')`,
  ],
  [
    'user_id may be null',
    `select relname as name from owned join pg_attribute a on a.attrelid = owned.oid and a.attnum = owned.user_id where not a.attnotnull`,
  ],
  [
    'no key starts with user_id',
    `select relname as name from owned where not exists (
       select from pg_index i where i.indrelid = owned.oid and i.indisunique and i.indpred is null and i.indkey[0] = owned.user_id)`,
  ],
  [
    'an index is not led by user_id',
    `select i.indexrelid::regclass::text as name from owned join pg_index i on i.indrelid = owned.oid and i.indkey[0] <> owned.user_id`,
  ],
  [
    'a reference to an owned table does not carry the owner',
    `select f.conname as name from owned
       join pg_constraint f on f.contype = 'f' and f.confrelid = owned.oid
       left join t referencing on referencing.oid = f.conrelid
      where cardinality(f.conkey) < 2 or f.confkey[1] <> owned.user_id or f.conkey[1] is distinct from referencing.user_id`,
  ],
  [
    'does not go when its user goes',
    `select relname as name from t where user_id is not null and not exists (
       select from pg_constraint f where f.contype = 'f' and f.conrelid = t.oid and f.confdeltype = 'c' and f.conkey[1] = t.user_id
          and f.confrelid in (select oid from owned union select 'threadkeep.app_user'::regclass))`,
  ],
  [
    'what was answered of its rows outlives them',
    `select relname as name from owned
      where has_table_privilege('threadkeep_app', oid, 'delete') and relname not in ${SHOWN_WITH_ANOTHER} and not ${erasing('erase_answers')}`,
  ],
  [
    'what was answered of its rows is shown while they are in the bin',
    `select relname as name from owned join pg_attribute a on a.attrelid = owned.oid and a.attname = 'deleted_at' where not ${erasing('erase_answers_of_row')}`,
  ],
  [
    'an index is not valid',
    `select i.indexrelid::regclass::text as name from t join pg_index i on i.indrelid = t.oid where not (i.indisvalid and i.indisready)`,
  ],
  [
    'a constraint is not validated',
    `select f.conname as name from t join pg_constraint f on f.conrelid = t.oid where not f.convalidated`,
  ],
  [
    'a function runs with the rights of its owner',
    `select p.oid::regprocedure::text as name from pg_proc p
      where p.prosecdef and p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`,
  ],
  [
    'a view reads with the rights of its owner',
    `select c.oid::regclass::text as name from pg_class c
      where c.relkind = 'v' and c.relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        and not coalesce(c.reloptions, '{}') && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1']`,
  ],
  [
    'a materialized view has no policies',
    `select c.oid::regclass::text as name from pg_class c where c.relkind = 'm'`,
  ],
  [
    'who serves requests may become the system',
    `select 'threadkeep_app' as name where pg_has_role('threadkeep_app', 'threadkeep_system', 'MEMBER')`,
  ],
  [
    'a serving role is not bound',
    `select rolname || ' ' || fact as name from pg_roles,
            lateral (values ('superuser', rolsuper), ('bypassrls', rolbypassrls), ('createrole', rolcreaterole), ('login', rolcanlogin),
                            ('inherit', rolinherit and rolname = 'threadkeep_app')) as facts (fact, holds)
      where rolname in ('threadkeep_app', 'threadkeep_system') and holds`,
  ],
];

/** The roles that migrations name have nothing here once it is handed on to those of the database. */
const OF_ALL_DATABASES: [rule: string, objects: string] = [
  'a role of all databases may do something here',
  `select c.relname as name from pg_class c, aclexplode(c.relacl) a where a.grantee::regrole::text in ('threadkeep_app', 'threadkeep_system')
   union all
   select n.nspname from pg_namespace n, aclexplode(n.nspacl) a where a.grantee::regrole::text in ('threadkeep_app', 'threadkeep_system')`,
];

/** Every finding as `rule: object`, sorted; empty when the schema is private. */
export async function census(client: pg.ClientBase): Promise<string[]> {
  const findings: string[] = [];
  const { rows: found } = await client.query<DatabaseRoles>(
    `select ${APP_ROLE_FOUND} as app, ${SYSTEM_ROLE_FOUND} as system`,
  );
  const { app, system } = found[0]!;
  const named = (text: string) =>
    text.replaceAll('threadkeep_app', app).replaceAll('threadkeep_system', system);
  const unnamed = (text: string) =>
    text.replaceAll(app, 'threadkeep_app').replaceAll(system, 'threadkeep_system');
  for (const [rule, objects] of [
    ...RULES.map(([rule, text]) => [rule, named(text)] as const),
    OF_ALL_DATABASES,
  ]) {
    const { rows } = await client.query<{ name: string }>(
      `${TABLES} select distinct name from (${objects}) broken order by name`,
    );
    findings.push(...rows.map(({ name }) => `${rule}: ${unnamed(name)}`));
  }
  return findings.sort();
}

/** The tables of the schema, from the catalog. */
export async function tablesOf(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ relname: string }>(
    `${TABLES} select relname from t order by relname`,
  );
  return rows.map(({ relname }) => relname);
}
