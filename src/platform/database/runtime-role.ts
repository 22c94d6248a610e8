// Makes sure that requests are served by a role that row-level security binds.
import pg from 'pg';
import { APP_ROLE } from './row-level-security.js';
import { type SetupClientOptions, withSetupClient } from './setup-client.js';
import { DatabaseSetupError } from './setup-error.js';

/** Since PostgreSQL 16 a member may be refused to act as the role, as the one who created it is. */
const mayActAs = (role: string) =>
  `pg_has_role(${role}, '${APP_ROLE}', case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)`;

interface RoleFacts {
  role: string;
  /** The runtime role exists. */
  prepared: boolean;
  privileged: boolean;
  owner: boolean;
  member: boolean;
}

const FACTS = `
  select current_user as role, to_regrole('${APP_ROLE}') is not null as prepared, r.rolsuper or r.rolbypassrls as privileged,
         exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  where n.nspname = 'threadkeep' and c.relkind in ('r', 'p') and pg_has_role(current_user, c.relowner, 'USAGE')) as owner,
         case when to_regrole('${APP_ROLE}') is null then false else ${mayActAs('current_user')} end as member
    from pg_roles r where r.rolname = current_user`;

const inspect = (url: string, options: SetupClientOptions): Promise<RoleFacts> =>
  withSetupClient(url, options, async (client) => (await client.query<RoleFacts>(FACTS)).rows[0]!);

/**
 * The startup options under which `url` is safe to serve from: none when its role is bound by policies, else those that
 * switch a superuser or owner to the runtime role for the whole session.
 * @param silence milliseconds of it after which the server is taken for dead
 * @throws DatabaseSetupError when no safe way exists; it says what to do.
 */
export async function safeStartupOptions(url: string, transactionPooler: boolean, silence?: number): Promise<string | undefined> {
  const login = await inspect(url, { silence });
  if (!login.prepared) {
    throw new DatabaseSetupError(
      `The server of DATABASE_URL was never set up for Threadkeep: it has no role ${APP_ROLE}. Start with DATABASE_ADMIN_URL set to the owner's connection, or run: DATABASE_ADMIN_URL=... npm run migrate`,
    );
  }
  if (!login.member) {
    throw new DatabaseSetupError(
      `The role ${login.role} of DATABASE_URL is no member of ${APP_ROLE}. Run "grant ${APP_ROLE} to ${login.role}" as the owner, or set DATABASE_ADMIN_URL so that Threadkeep sets it up.`,
    );
  }
  if (!login.privileged && !login.owner) return undefined;
  if (transactionPooler) {
    throw new DatabaseSetupError(
      `The role ${login.role} of DATABASE_URL is not bound by row-level security, and behind a transaction pooler it cannot be lowered. Connect as a login that is a member of ${APP_ROLE}.`,
    );
  }
  const options = `-c role=${APP_ROLE}`;
  const lowered = await inspect(url, { options, silence });
  if (lowered.privileged || lowered.owner || lowered.role !== APP_ROLE) {
    throw new DatabaseSetupError(`The role ${login.role} of DATABASE_URL is not bound by row-level security. Connect as a member of ${APP_ROLE}.`);
  }
  return options;
}

/** Supavisor tells the projects of Supabase apart by the login: `name.projectref`. */
export function loginOf(url: string): string {
  const { username, hostname } = new URL(url);
  const login = decodeURIComponent(username);
  return hostname.endsWith('.pooler.supabase.com') ? login.replace(/\.[a-z0-9]+$/, '') : login;
}

/** The statement that makes the login of `url` a member of the runtime role, or null when it is one. */
export async function provisioning(admin: pg.Client, url: string, secret: string): Promise<string | null> {
  const role = loginOf(url);
  const name = pg.escapeIdentifier(role);
  const { rows } = await admin.query<{ ready: boolean }>(
    `select case when to_regrole('${APP_ROLE}') is null then false else ${mayActAs('rolname')} end as ready from pg_roles where rolname = $1`,
    [role],
  );
  if (rows[0]?.ready) return null;
  return rows[0] ? `grant ${APP_ROLE} to ${name}` : `create role ${name} login password ${pg.escapeLiteral(secret)} in role ${APP_ROLE}`;
}

/**
 * As the owner: makes the login of `url` exist, with its password, as a member of the runtime role.
 * @throws DatabaseSetupError when another role made the runtime role, and did not leave it to the owner to grant.
 */
export async function provisionLogin(admin: pg.Client, url: string): Promise<void> {
  const statement = await provisioning(admin, url, decodeURIComponent(new URL(url).password));
  if (!statement) return;
  try {
    await admin.query(statement);
  } catch (cause) {
    if ((cause as { code?: string }).code !== '42501') throw cause;
    throw new DatabaseSetupError(
      `The role ${admin.user} of DATABASE_ADMIN_URL may not make ${loginOf(url)} a member of ${APP_ROLE}. As a superuser, run: ${(await provisioning(admin, url, '...'))!}`,
      { cause },
    );
  }
}
