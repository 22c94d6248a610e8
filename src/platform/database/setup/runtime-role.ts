// The two logins to serve from. Neither may become the other: row-level security binds the login of
// requests, and the system has its own.
import { createHmac } from 'node:crypto';
import pg from 'pg';
import { APP_ROLE_FOUND, type DatabaseRoles, SYSTEM_ROLE_FOUND } from './database-roles.js';
import { recordedMigrations } from './migrations-table.js';
import { openSetupClient, withSetupClient } from './setup-client.js';
import { DatabaseSetupError, type UrlVariable } from './setup-error.js';

type RoleKind = keyof DatabaseRoles;

export interface LoginFacts {
  role: string;
  /** True for the login of the connection that was asked. */
  isAsking: boolean;
  oid: string;
  /** The roles of the database; null when it was never migrated. */
  roles: { [Each in RoleKind]: string | null };
  /** True when policies do not bind it. */
  privileged: boolean;
  owner: boolean;
  /**
   * The name of a role that can gain any right in the database. The login is this role, or may
   * become it. Null when there is no such role.
   */
  escalatesBy: string | null;
  /** Whether it has the rights of each role. */
  is: Record<RoleKind, boolean>;
  /** Whether it may switch to each role. */
  mayBecome: Record<RoleKind, boolean>;
}

const ofEach = (expression: (role: string) => string) =>
  `json_build_object('app', coalesce(${expression('found.app')}, false),
    'system', coalesce(${expression('found.system')}, false))`;

/** Matches the client's login and the logins derived from it. */
export const AROUND = `r.oid = asking.oid
  or r.rolname in (found.app || '_login_' || asking.oid, found.system || '_login_' || asking.oid)`;

/**
 * Roles that policies do not bind, that can grant themselves any role (CREATEROLE before PostgreSQL
 * 16), or that act on the server's files and programs.
 */
const ESCALATES = (role: string) => `
  (${role}.rolsuper or ${role}.rolbypassrls
    or (${role}.rolcreaterole and current_setting('server_version_num')::int < 160000)
   or ${role}.rolname in ('pg_execute_server_program', 'pg_write_server_files',
     'pg_read_server_files'))`;

/**
 * The facts about each login `r` that matches the condition. A role counts as its own member, and
 * is listed first.
 */
export const factsFrom = (condition: string): string => `
  select r.rolname as role, r.oid = asking.oid as "isAsking", r.oid::text as oid,
    json_build_object('app', found.app, 'system', found.system) as roles,
         r.rolsuper or r.rolbypassrls as privileged,
         exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  where n.nspname = 'threadkeep' and c.relkind in ('r', 'p')
                    and pg_has_role(r.oid, c.relowner, 'MEMBER')) as owner,
         (select p.rolname from pg_roles p
           where ${ESCALATES('p')} and pg_has_role(r.oid, p.oid, 'MEMBER')
           order by p.oid <> r.oid, p.rolname limit 1) as "escalatesBy",
         ${ofEach((role) => `pg_has_role(r.oid, ${role}, 'USAGE')`)} as "is",
           ${ofEach((role) => `pg_has_role(r.oid, ${role}, 'MEMBER')`)} as "mayBecome"
    from pg_roles r, (select ${APP_ROLE_FOUND} as app, ${SYSTEM_ROLE_FOUND} as system) as found,
         (select oid from pg_roles where rolname = current_user) as asking
   where ${condition}`;

/** The facts about the client's own login, or about the named one. */
export async function readLoginFacts(
  client: pg.ClientBase,
  login?: string,
): Promise<LoginFacts | undefined> {
  const { rows } = await client.query<LoginFacts>(
    factsFrom('r.rolname = coalesce($1, current_user)'),
    [login ?? null],
  );
  return rows[0];
}

/** A login, and the logins derived from it. */
interface Inspected {
  asking: LoginFacts;
  around: LoginFacts[];
  /** Names of the migrations that have run, when asked. */
  ran?: string[];
}

export const factsAround = async (client: pg.ClientBase): Promise<LoginFacts[]> =>
  (await client.query<LoginFacts>(factsFrom(AROUND))).rows;

async function inspected(client: pg.ClientBase): Promise<Inspected> {
  const around = await factsAround(client);
  return {
    asking: around.find(({ isAsking }) => isAsking)!,
    around,
    ran: await recordedMigrations(
      async (text) => (await client.query<{ name: string }>(text)).rows,
    ),
  };
}

export interface LoginUrls {
  /** The connection for requests, or the owner's. */
  url: string;
  adminUrl?: string | undefined;
  systemUrl?: string | undefined;
}

export interface ServingLogins {
  requests: string;
  system: string;
  roles: DatabaseRoles;
  /**
   * Names of the migrations that have run; undefined when the migration has checked them already.
   */
  ran: string[] | undefined;
}

export interface LoginOptions {
  transactionPooler: boolean;
  /** Milliseconds of silence after which the server counts as unreachable. */
  silence?: number | undefined;
  /** Known facts about the login of `adminUrl` and the logins derived from it. */
  admin?: LoginFacts[] | undefined;
}

/**
 * Chooses the connections to serve from. When it is given an owner or a superuser, it derives one
 * login for requests and one for the system, on the same server.
 * @throws DatabaseSetupError that says what to do when there is no safe choice
 */
export class Logins {
  constructor(
    private readonly urls: LoginUrls,
    private readonly options: LoginOptions,
    private readonly explain: (error: unknown, variable: UrlVariable, url: string) => unknown,
  ) {}

  async choose(): Promise<ServingLogins> {
    const { url, adminUrl, systemUrl } = this.urls;
    const { asking: given, around, ran } = await this.inspect('DATABASE_URL', url);
    const roles = requireRoles(given);
    if (given.privileged || given.owner) {
      if (this.options.transactionPooler) throw new DatabaseSetupError(unbound(given, roles));
      const owner = { url, oid: given.oid, around };
      const [requests, system] = await Promise.all([
        this.made(owner, 'app', roles),
        systemUrl ?? this.made(owner, 'system', roles),
      ]);
      if (systemUrl) await this.requireSystem(systemUrl, roles);
      return { requests, system, roles, ran };
    }
    requireBound(given, roles);
    if (systemUrl) await this.requireSystem(systemUrl, roles);
    else if (!adminUrl)
      throw new DatabaseSetupError(
        `The system needs a login of its own: set DATABASE_SYSTEM_URL. ${HOW_TO_MAKE}`,
      );
    return {
      requests: url,
      system: systemUrl ?? (await this.madeByAdmin(adminUrl!, roles)),
      roles,
      ran,
    };
  }

  private async madeByAdmin(adminUrl: string, roles: DatabaseRoles): Promise<string> {
    const { asking, around } = await this.inspect('DATABASE_ADMIN_URL', adminUrl);
    return this.made({ url: adminUrl, oid: asking.oid, around }, 'system', roles);
  }

  /**
   * Derives a login from the owner's. Every process that knows the owner's password derives the
   * same.
   */
  private async made(owner: Owner, kind: RoleKind, roles: DatabaseRoles): Promise<string> {
    const url = derivedUrl(owner, roles[kind]);
    const other = kind === 'app' ? 'system' : 'app';
    const isReady = owner.around.some(
      ({ role, is, mayBecome, escalatesBy, owner: owns }) =>
        role === loginOf(url) && is[kind] && !mayBecome[other] && !escalatesBy && !owns,
    );
    // Only connecting shows whether the derived password is still right.
    if (isReady && (await this.opens(url))) return url;
    await this.asOwner(owner.url, (client) =>
      provisionLogin(client, url, roles[kind], { reset: true }),
    );
    const { asking } = await this.inspect('DATABASE_URL', url);
    if (asking.escalatesBy ?? asking.owner)
      throw new DatabaseSetupError(
        `The role ${asking.role}, which was made for it, may do more than ${roles[kind]} may. As a superuser, run: drop role ${asking.role}`,
      );
    if (asking.is[kind] && !asking.mayBecome[other]) return url;
    throw new DatabaseSetupError(
      `The role ${asking.role}, which was made for it, is no member of ${roles[kind]} alone. As a superuser, run: grant ${roles[kind]} to ${asking.role}; revoke ${roles[other]} from ${asking.role}`,
    );
  }

  private async requireSystem(url: string, roles: DatabaseRoles): Promise<void> {
    const { asking: login } = await this.inspect('DATABASE_SYSTEM_URL', url);
    const { role } = login;
    if (login.owner || login.escalatesBy) {
      throw new DatabaseSetupError(
        `The role ${role} of DATABASE_SYSTEM_URL may do more than the system needs. Leave it out where DATABASE_ADMIN_URL is set, or name a login of its own. ${HOW_TO_MAKE}`,
      );
    }
    if (login.is.system) return;
    throw new DatabaseSetupError(
      `The role ${role} of DATABASE_SYSTEM_URL is no member of ${roles.system}. Run "grant ${roles.system} to ${role}" as the owner. ${HOW_TO_MAKE}`,
    );
  }

  private async inspect(variable: UrlVariable, url: string): Promise<Inspected> {
    const { admin } = this.options;
    if (url === this.urls.adminUrl && admin)
      return { asking: admin.find(({ isAsking }) => isAsking)!, around: admin };
    try {
      return await withSetupClient(url, { silence: this.options.silence }, inspected);
    } catch (error) {
      throw this.explain(error, variable, url);
    }
  }

  private opens = (url: string): Promise<boolean | undefined> =>
    withSetupClient(url, { silence: this.options.silence }, () => Promise.resolve(true)).catch(
      unlessRefused,
    );

  private async asOwner(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = await openSetupClient(url, { silence: this.options.silence });
    await work(client).finally(() => client.end());
  }
}

interface Owner {
  url: string;
  oid: string;
  around: LoginFacts[];
}

const HOW_TO_MAKE =
  'To have it made, run once: DATABASE_ADMIN_URL=... DATABASE_URL=... DATABASE_SYSTEM_URL=... npx threadkeep migrate';

function requireRoles({ roles: { app, system } }: LoginFacts): DatabaseRoles {
  // Roles without a number belong to all databases; migrations name them.
  if (app && system && /_\d+$/.test(app) && /_\d+$/.test(system)) return { app, system };
  throw new DatabaseSetupError(
    `The database of DATABASE_URL ${app ? 'was set up by another version of' : 'was never set up for'} Threadkeep: it has no roles of its own. Start with DATABASE_ADMIN_URL set to the owner's connection, or run: DATABASE_ADMIN_URL=... npx threadkeep migrate`,
  );
}

const unbound = ({ role }: LoginFacts, { app }: DatabaseRoles): string =>
  `The role ${role} of DATABASE_URL is not bound by row-level security, and behind a transaction pooler no other login can be made for it. Connect as a login that is a member of ${app}.`;

function requireBound(
  { role, is, mayBecome, escalatesBy }: LoginFacts,
  { app, system }: DatabaseRoles,
): void {
  if (escalatesBy) {
    const remedy =
      escalatesBy === role
        ? `alter role ${role} nosuperuser nobypassrls nocreaterole`
        : `revoke ${escalatesBy} from ${role}`;
    throw new DatabaseSetupError(
      `The role ${role} of DATABASE_URL may give itself the rights of ${system}${escalatesBy === role ? '' : `, by ${escalatesBy}`}, so that whoever injects SQL could. As a superuser, run: ${remedy}`,
    );
  }
  if (mayBecome.system) {
    throw new DatabaseSetupError(
      `The role ${role} of DATABASE_URL may act as ${system}, so that whoever injects SQL could. Run "revoke ${system} from ${role}" as the owner, and set DATABASE_SYSTEM_URL to another login.`,
    );
  }
  if (is.app) return;
  throw new DatabaseSetupError(
    `The role ${role} of DATABASE_URL is no member of ${app}. Run "grant ${app} to ${role}" as the owner, or set DATABASE_ADMIN_URL so that Threadkeep sets it up.`,
  );
}

/**
 * Ignores a login that does not exist, has another password, or may not connect. Throws any other
 * error.
 */
function unlessRefused(error: unknown): undefined {
  const { code = '', message } = error as { code?: string; message?: string };
  if (!/^28|^42501/.test(code) && !/^SASL/.test(message ?? '')) throw error;
}

/**
 * Derives the password by HMAC: neither password reveals the other. Empty when the owner has none.
 */
function derivedUrl({ url, oid }: Owner, role: string): string {
  const derived = new URL(url);
  const login = `${role}_login_${oid}`;
  const secret = decodeURIComponent(derived.password);
  // Supavisor finds the project by the part after the dot.
  derived.username = encodeURIComponent(
    decodeURIComponent(derived.username).replace(loginOf(url), login),
  );
  derived.password =
    secret && createHmac('sha256', secret).update(`threadkeep login ${login}`).digest('hex');
  return String(derived);
}

/** On Supabase, Supavisor's logins have the form `name.projectref`. */
export function loginOf(url: string): string {
  const { username, hostname } = new URL(url);
  const login = decodeURIComponent(username);
  return hostname.endsWith('.pooler.supabase.com') ? login.replace(/\.[a-z0-9]+$/, '') : login;
}

/** The statements that create the login of `url` as a member of the role. */
export async function provisioningStatements(
  admin: pg.Client,
  url: string,
  role: string,
  secret: string,
  { reset = false } = {},
): Promise<string[]> {
  const login = loginOf(url);
  const [name, parent] = [pg.escapeIdentifier(login), pg.escapeIdentifier(role)];
  const { rows } = await admin.query<{ member: boolean }>(
    `select case when to_regrole($2) is null then false
        else pg_has_role(rolname, to_regrole($2), 'USAGE') end as member
      from pg_roles where rolname = $1`,
    [login, parent],
  );
  const password = secret ? ` password ${pg.escapeLiteral(secret)}` : '';
  if (!rows[0]) return [`create role ${name} login${password} in role ${parent}`];
  return [
    ...(rows[0].member ? [] : [`grant ${parent} to ${name}`]),
    ...(reset && password ? [`alter role ${name} login${password}`] : []),
  ];
}

/** Another process has created the login at the same moment. */
const MADE_BY_ANOTHER = ['42710', '23505', 'XX000'];

/**
 * As the owner: creates the login of `url` as a member of the role.
 * @param options.reset sets the password of an existing login too
 * @throws DatabaseSetupError when another role made the roles, and the owner may not grant them
 */
export async function provisionLogin(
  admin: pg.Client,
  url: string,
  role: string,
  options: { reset?: boolean } = {},
): Promise<void> {
  try {
    for (const statement of await provisioningStatements(
      admin,
      url,
      role,
      decodeURIComponent(new URL(url).password),
      options,
    ))
      await admin.query(statement);
  } catch (cause) {
    const { code = '' } = cause as { code?: string };
    if (MADE_BY_ANOTHER.includes(code)) return;
    if (code !== '42501') throw cause;
    const statements = await provisioningStatements(admin, url, role, '...');
    throw new DatabaseSetupError(
      `The role ${admin.user} of DATABASE_ADMIN_URL may not make ${loginOf(url)} a member of ${role}. As a superuser, run: ${statements.join('; ')}`,
      { cause },
    );
  }
}
