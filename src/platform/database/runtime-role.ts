// Makes sure that requests are served by a role that row-level security binds.
import pg from 'pg';
import { DatabaseSetupError } from './setup-error.js';
import { APP_ROLE } from './row-level-security.js';

/** Since PostgreSQL 16 a member may be refused to act as the role, as the one who created it is. */
const mayActAs = (role: string) =>
  `pg_has_role(${role}, '${APP_ROLE}', case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)`;

interface RoleFacts {
  role: string;
  privileged: boolean;
  owner: boolean;
  member: boolean;
}

const FACTS = `
  select current_user as role, r.rolsuper or r.rolbypassrls as privileged,
         exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  where n.nspname = 'threadkeep' and c.relkind in ('r', 'p') and pg_has_role(current_user, c.relowner, 'USAGE')) as owner,
         case when to_regrole('${APP_ROLE}') is null then false else ${mayActAs('current_user')} end as member
    from pg_roles r where r.rolname = current_user`;

async function inspect(url: string, options?: string): Promise<RoleFacts> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000, ...(options ? { options } : {}) });
  try {
    await client.connect();
    const { rows } = await client.query<RoleFacts>(FACTS);
    return rows[0]!;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * The startup options under which `url` is safe to serve from: none when its role is bound by policies, else those that
 * switch a superuser or owner to the runtime role for the whole session.
 * @throws DatabaseSetupError when no safe way exists; it says what to do.
 */
export async function safeStartupOptions(url: string, transactionPooler: boolean): Promise<string | undefined> {
  const login = await inspect(url);
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
  const lowered = await inspect(url, options);
  if (lowered.privileged || lowered.owner || lowered.role !== APP_ROLE) {
    throw new DatabaseSetupError(`The role ${login.role} of DATABASE_URL is not bound by row-level security. Connect as a member of ${APP_ROLE}.`);
  }
  return options;
}

/**
 * As the owner: makes the login of `url` exist, with its password, as a member of the runtime role.
 * @throws DatabaseSetupError when another role made the runtime role, and did not leave it to the owner to grant.
 */
export async function provisionLogin(admin: pg.Client, url: string): Promise<void> {
  const { username, password } = new URL(url);
  const role = decodeURIComponent(username);
  const name = pg.escapeIdentifier(role);
  const { rows } = await admin.query<{ ready: boolean }>(`select ${mayActAs('rolname')} as ready from pg_roles where rolname = $1`, [role]);
  if (rows[0]?.ready) return;
  const provision = (secret: string) => (rows[0] ? `grant ${APP_ROLE} to ${name}` : `create role ${name} login password ${secret} in role ${APP_ROLE}`);
  try {
    await admin.query(provision(pg.escapeLiteral(decodeURIComponent(password))));
  } catch (cause) {
    if ((cause as { code?: string }).code !== '42501') throw cause;
    throw new DatabaseSetupError(
      `The role ${admin.user} of DATABASE_ADMIN_URL may not make ${role} a member of ${APP_ROLE}. As a superuser, run: ${provision("'...'")}`,
      { cause },
    );
  }
}
