// Explains in one line why the database cannot be used, and what to do.
import { failureBehind } from '../../errors/index.js';

/**
 * The database cannot be used as it is. The start prints the message, which says what to do,
 * without a stack.
 */
export class DatabaseSetupError extends Error {
  override readonly name = 'DatabaseSetupError';
}

/** Another process has the data directory. */
export class DataDirectoryInUseError extends DatabaseSetupError {
  constructor(readonly directory: string) {
    super(
      `The data directory ${directory} is in use by another Threadkeep. Stop it, or choose another DATA_DIR.`,
    );
  }
}

/** The variable of the connection that failed: they may name different servers. */
export type UrlVariable = 'DATABASE_URL' | 'DATABASE_SYSTEM_URL' | 'DATABASE_ADMIN_URL';

interface ConnectionTarget {
  variable: UrlVariable;
  url: URL;
}

const userOf = ({ url }: ConnectionTarget): string => decodeURIComponent(url.username);

/** Hints by SQLSTATE, or by the error code of Node. */
const HINTS: [RegExp, (target: ConnectionTarget) => string][] = [
  [
    /^(ECONN|ENOTFOUND|EHOST|ENET|ETIMEDOUT|EAI_AGAIN|EPIPE)/,
    ({ variable }) => `Is it running, and is it the server that ${variable} should name?`,
  ],
  [
    /^28/,
    ({ variable }) =>
      `Check the user and the password in ${variable}, and what the server's pg_hba.conf lets in.`,
  ],
  [
    /^3D/,
    ({ variable, url }) =>
      `Create it (createdb ${decodeURIComponent(url.pathname.slice(1))}), or name another one in ${variable}.`,
  ],
  [/^53300/, () => 'Lower DB_POOL_SIZE of the processes that use it, or raise max_connections.'],
  [/^(57P03|53)/, () => 'Start again when it is ready.'],
  [
    /^08P01/,
    ({ variable }) =>
      `Behind a pooler in transaction mode, set DB_TRANSACTION_POOLER=true; ${variable === 'DATABASE_ADMIN_URL' ? 'DATABASE_ADMIN_URL must name the server itself.' : 'the URL names a login that was made for it.'}`,
  ],
  [
    /^ERR_TLS_CERT_ALTNAME/,
    ({ variable }) =>
      `The certificate is for another host than the one in ${variable}: name the host as the certificate does.`,
  ],
  [
    /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_SSL|ERR_OSSL|HOSTNAME_)/,
    () =>
      'Its certificate was not issued by the CA that is trusted: set sslrootcert in the URL or DB_SSL_CA_FILE to the CA of the server.',
  ],
];

/** Hints for errors of the driver that have no code. */
const MESSAGES: [RegExp, (target: ConnectionTarget) => string][] = [
  [
    /^(timeout expired|Query read timeout|Connection terminated)/,
    ({ variable }) =>
      `Is it reachable from here, and is it the server that ${variable} should name?`,
  ],
  [
    /does not support SSL|establishing an SSL/,
    () => 'Switch TLS on at the server, or say sslmode=disable.',
  ],
  [/^SASL/, ({ variable }) => `Put the user's password into ${variable}.`],
];

/** Explains errors that an operator can fix. @returns any other error unchanged, with its stack */
export function explainSetup(error: unknown, variable: UrlVariable, connection: string): unknown {
  if (error instanceof DatabaseSetupError) return error;
  const { code = '', message = '' } = failureBehind(error) ?? {};
  const target = { variable, url: new URL(connection) };
  if (code === '42501') return new DatabaseSetupError(forbidden(message, target), { cause: error });
  const hint =
    HINTS.find(([pattern]) => pattern.test(code))?.[1] ??
    MESSAGES.find(([pattern]) => pattern.test(message))?.[1];
  if (!hint) return error;
  const { hostname, port, pathname } = target.url;
  const said = (message || code).replace(/\s+/g, ' ').replace(/\.$/, '');
  return new DatabaseSetupError(
    `PostgreSQL at ${hostname}:${port || 5432}${pathname} cannot be used: ${said}. ${hint(target)}`,
    { cause: error },
  );
}

function forbidden(message: string, target: ConnectionTarget): string {
  const database = decodeURIComponent(target.url.pathname.slice(1));
  const user = userOf(target);
  const right = `As a superuser, run: alter role "${user}" createrole; grant create on database "${database}" to "${user}"`;
  return `The role ${user} of ${target.variable} may not set up ${database}: ${message}. ${right}`;
}
