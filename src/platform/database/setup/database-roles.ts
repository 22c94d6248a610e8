// The two roles of a database. PostgreSQL shares roles between all databases of a server. So these
// carry the number of their database: a login of one database gets no rights in another.
import type pg from 'pg';
import { DatabaseSetupError } from './setup-error.js';

export interface DatabaseRoles {
  /** May touch the rows of the user in `app.user_id`, and no others. */
  app: string;
  /** May touch every row. */
  system: string;
}

const roleOfPolicySql = (policy: string): string => `
  (select r.rolname::text from pg_policy p join pg_class c on c.oid = p.polrelid
     join pg_namespace n on n.oid = c.relnamespace
     join pg_roles r on r.oid = p.polroles[1]
    where n.nspname = 'threadkeep' and c.relname = 'app_user' and p.polname = '${policy}')`;

/**
 * SQL expressions: the roles of this database, read from its policies, so that they are right after
 * it was copied, renamed or restored. Null before the first migration.
 */
export const APP_ROLE_FOUND = roleOfPolicySql('app_user__owner');
export const SYSTEM_ROLE_FOUND = roleOfPolicySql('app_user__system');

/** All grants on objects of this database. */
const GRANTS = `
  select format('on %s %s', case c.relkind when 'S' then 'sequence' else 'table' end,
    c.oid::regclass) as target, a.privilege_type as privilege, a.grantee
    from pg_class c, aclexplode(c.relacl) a
  union all
  select format('on table %s', t.attrelid::regclass),
    format('%s (%I)', a.privilege_type, t.attname), a.grantee
    from pg_attribute t, aclexplode(t.attacl) a where not t.attisdropped
  union all
  select format('on schema %I', n.nspname), a.privilege_type, a.grantee
    from pg_namespace n, aclexplode(n.nspacl) a
  union all
  select format('on routine %s', p.oid::regprocedure), a.privilege_type, a.grantee
    from pg_proc p, aclexplode(p.proacl) a`;

/**
 * SQL that lists the roles of Threadkeep that are not roles of this database. They belong to
 * another database, or to all. `wanted` is the role of this database that should have their
 * policies and grants.
 */
const STRANGERS = `
  select r.oid, r.rolname, 'threadkeep_' || said.kind || '_' || d.oid as wanted
    from pg_roles r, pg_database d,
      substring(r.rolname from '^threadkeep_(app|system)(?:_[0-9]+)?$') as said (kind)
   where d.datname = current_database() and said.kind is not null
     and r.rolname <> 'threadkeep_' || said.kind || '_' || d.oid`;

/** A SQL expression: all policies and grants belong to the roles of this database. */
export const ROLES_ARE_SETTLED = `
  not exists (select from pg_policy p
    join (${STRANGERS}) stranger on stranger.oid = any (p.polroles))
  and not exists (select from (${GRANTS}) granted
    join (${STRANGERS}) stranger on stranger.oid = granted.grantee)`;

/** SQLSTATE for a role that existed before this database had roles, and that others could use. */
const TAKEN = '42710';

/**
 * Statements that leave the role `r` to the current user only. No rows when nothing has to change.
 */
const CONFINING = `
  select format('alter role %I nologin nosuperuser nobypassrls nocreaterole nocreatedb noreplication',
    r.rolname) as statement
   where r.rolcanlogin or r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb
     or r.rolreplication
  union all
  select format('revoke %s from %s', m.roleid::regrole, m.member::regrole)
    || coalesce(' granted by ' || quote_ident(grantor.rolname), '') || ' cascade'
    from pg_auth_members m left join pg_roles grantor on grantor.oid = m.grantor
   where r.oid = m.member
     or (r.oid = m.roleid and m.member <> to_regrole(quote_ident(current_user)))`;

export const HAND_ON = `
do $$
declare
  number oid := (select oid from pg_database where datname = current_database());
  wanted text; remedy text; found record;
begin
  foreach wanted in array array['threadkeep_app_' || number || ' nologin noinherit',
    'threadkeep_system_' || number || ' nologin'] loop
    if to_regrole(split_part(wanted, ' ', 1)) is null then
      begin execute 'create role ' || wanted;
      exception when duplicate_object or unique_violation then null; end;
    end if;
    -- Its members, and what it may, are of this database's making only where its policies name it
    -- already.
    select string_agg(confining.statement, '; ') into remedy
      from pg_roles r, lateral (${CONFINING}) confining
     where r.rolname = split_part(wanted, ' ', 1)
       and (r.rolname in (${APP_ROLE_FOUND}, ${SYSTEM_ROLE_FOUND})) is not true;
    if remedy is not null then
      raise exception 'The role % was there before this database had roles, and others could use it. As a superuser, run: %', split_part(wanted, ' ', 1), remedy using errcode = '${TAKEN}';
    end if;
  end loop;
  for found in
    select p.polname, p.polrelid::regclass as tbl,
      string_agg(quote_ident(coalesce(stranger.wanted, r.rolname)), ', ') as roles
      from pg_policy p cross join unnest(p.polroles) as named (oid)
      join pg_roles r on r.oid = named.oid
      left join (${STRANGERS}) stranger on stranger.oid = named.oid
     group by p.oid, p.polname, p.polrelid having bool_or(stranger.oid is not null)
  loop
    execute format('alter policy %I on %s to %s', found.polname, found.tbl, found.roles);
  end loop;
  for found in
    select granted.target, string_agg(distinct granted.privilege, ', ') as privileges,
      stranger.rolname, stranger.wanted
      from (${GRANTS}) granted join (${STRANGERS}) stranger on stranger.oid = granted.grantee
     group by granted.target, stranger.rolname, stranger.wanted
  loop
    execute format('grant %s %s to %I', found.privileges, found.target, found.wanted);
    execute format('revoke %s %s from %I', found.privileges, found.target, found.rolname);
  end loop;
end $$`;

/**
 * SQL that makes the roles that migrations name. What these give them is handed on afterwards, so
 * they may have been dropped, and a restored database may be on a server that never had them.
 */
export const MAKE_ROLES_OF_MIGRATIONS = `
do $$
declare wanted text;
begin
  foreach wanted in array array['threadkeep_app nologin noinherit', 'threadkeep_system nologin'] loop
    if to_regrole(split_part(wanted, ' ', 1)) is null then
      begin execute 'create role ' || wanted;
      -- An owner who may make no roles needs none, unless a migration names one.
      exception when duplicate_object or unique_violation or insufficient_privilege then null; end;
    end if;
  end loop;
end $$`;

export async function rolesAreSettled(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ settled: boolean }>(
    `select ${ROLES_ARE_SETTLED} as settled`,
  );
  return rows[0]!.settled;
}

/**
 * As the owner: makes the roles of this database, and transfers to them what other roles of the
 * kind have in it, in one statement.
 * @returns their names
 * @throws DatabaseSetupError when a role existed before, and others could use it
 */
export async function settleRoles(client: pg.ClientBase): Promise<DatabaseRoles> {
  await client.query(HAND_ON).catch((cause: unknown) => {
    const { code, message } = cause as { code?: string; message: string };
    throw code === TAKEN ? new DatabaseSetupError(message, { cause }) : cause;
  });
  const { rows } = await client.query<DatabaseRoles>(
    `select ${APP_ROLE_FOUND} as app, ${SYSTEM_ROLE_FOUND} as system`,
  );
  return rows[0]!;
}

/** The names that the roles have, or will have. */
export async function rolesToBe(client: pg.ClientBase): Promise<DatabaseRoles> {
  const { rows } = await client.query<DatabaseRoles>(
    `select 'threadkeep_app_' || oid as app, 'threadkeep_system_' || oid as system from pg_database
      where datname = current_database()`,
  );
  return rows[0]!;
}

/**
 * Grantees that may connect to this database, or keep temporary tables in it, other than its owner,
 * the schema's owner and the two roles.
 */
const OUTSIDERS = `
  select distinct
    case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as outsider
    from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
   where d.datname = current_database() and a.privilege_type in ('CONNECT', 'TEMPORARY')
     and a.grantee <> d.datdba
     and a.grantee not in (select nspowner from pg_namespace where nspname = 'threadkeep')
     and (a.privilege_type = 'CONNECT'
       and pg_get_userbyid(a.grantee) in (${APP_ROLE_FOUND}, ${SYSTEM_ROLE_FOUND})) is not true`;

export const IS_ISOLATED = `not exists (${OUTSIDERS})`;

/**
 * As the owner: lets only the owner and members of the two roles connect to this database from now
 * on, or keep temporary tables in it.
 * @throws DatabaseSetupError when the owner of the schema does not own the database
 */
export async function isolate(
  client: pg.ClientBase,
  { app, system }: DatabaseRoles,
): Promise<void> {
  const { rows } = await client.query<{ database: string; owner: string; outsiders: string[] }>(`
    select quote_ident(current_database()) as database,
      quote_ident(pg_get_userbyid(nspowner)) as owner, array(${OUTSIDERS}) as outsiders
      from pg_namespace where nspname = 'threadkeep'`);
  const { database, owner, outsiders } = rows[0]!;
  const revoking =
    outsiders.length > 0
      ? `revoke connect, temporary on database ${database} from ${outsiders.join(', ')} cascade; `
      : '';
  const statements = `${revoking}grant connect on database ${database} to ${app}, ${system},
    ${owner}`;
  await client.query(statements).catch((error: unknown) => {
    if ((error as { code?: string }).code !== '42501') throw error;
  });
  // PostgreSQL only warns when the current user may not revoke a grant.
  const { rows: after } = await client.query<{ isolated: boolean }>(
    `select ${IS_ISOLATED} as isolated`,
  );
  if (!after[0]!.isolated)
    throw new DatabaseSetupError(
      `The role of DATABASE_ADMIN_URL does not own this database. As its owner or a superuser, run: ${statements}`,
    );
}
