// Prepares the database before the first request: finds or starts the server, migrates it, and
// chooses the logins to serve from.
import type { Config } from '../../config/config.js';
import { ConnectionBreaker } from '../connections/connection-breaker.js';
import { ConnectionMetrics } from '../connections/connection-metrics.js';
import type { Connection, Schema } from '../data-source.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import type { DatabaseRoles } from './database-roles.js';
import { bringUp } from './migrate.js';
import { requireCurrentSchema } from './pending-migrations.js';
import { Logins } from './runtime-role.js';
import { explainSetup, type UrlVariable } from './setup-error.js';

/** The injection token of the PreparedDatabase. */
export const PREPARED_DATABASE = Symbol('prepared database');

export interface PreparedDatabase {
  /** The connection for requests. */
  connection: Connection;
  /** The connection for the system: another login, with a pool of its own. */
  system: Connection;
  roles: DatabaseRoles;
  /** Where the server came from, for the log. */
  origin: 'embedded' | 'server';
  /** The embedded server's data directory. No other process uses it while this one runs. */
  directory?: string | undefined;
  /** Stops the embedded server, if there is one. */
  stop: () => Promise<void>;
}

interface Servers {
  url: string;
  adminUrl: string | undefined;
}

/** @throws DatabaseSetupError that says what to do when the database cannot be reached or used */
export async function prepareDatabase(
  config: Config,
  schema: Schema,
  tell?: (line: string) => void,
): Promise<PreparedDatabase> {
  const embedded =
    config.databaseUrl || config.databaseAdminUrl
      ? null
      : await EmbeddedPostgres.start(config.dataDir);
  try {
    const { url, adminUrl }: Servers = embedded ?? {
      url: (config.databaseUrl ?? config.databaseAdminUrl)!,
      adminUrl: config.databaseAdminUrl,
    };
    const systemUrl = config.databaseSystemUrl;
    const silence = config.connectTimeout * 1000;
    const broughtUp = adminUrl
      ? await at(
          'DATABASE_ADMIN_URL',
          adminUrl,
          bringUp(
            schema,
            adminUrl,
            { url, systemUrl },
            {
              wait: config.migrationWait,
              silence,
              isolate: embedded !== null,
              ...(tell ? { tell } : {}),
            },
          ),
        )
      : undefined;
    const explain = (error: unknown, variable: UrlVariable, failed: string) =>
      explainSetup(
        error,
        variable === 'DATABASE_URL' && !config.databaseUrl ? 'DATABASE_ADMIN_URL' : variable,
        failed,
      );
    const { requests, system, roles, ran } = await new Logins(
      { url, adminUrl, systemUrl },
      { transactionPooler: config.transactionPooler, silence, admin: broughtUp?.logins },
      explain,
    ).choose();
    if (ran) requireCurrentSchema(schema, ran);
    const connection = connectionOf(config, requests);
    return {
      connection,
      system: systemConnection(config, connection, system),
      roles,
      origin: embedded ? 'embedded' : 'server',
      directory: embedded?.directory,
      stop: () => embedded?.stop() ?? Promise.resolve(),
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

function connectionOf(config: Config, url: string): Connection {
  return {
    url,
    poolSize: config.poolSize,
    poolOverflow: config.poolOverflow,
    poolTimeout: config.poolTimeout * 1000,
    connectTimeout: config.connectTimeout * 1000,
    maxLifetime: config.maxLifetime * 1000,
    queryTimeout: (config.statementTimeout + 5) * 1000,
    breaker: new ConnectionBreaker(url, config.connectTimeout * 1000),
    metrics: new ConnectionMetrics(),
  };
}

const systemConnection = (
  { systemPool }: Config,
  requests: Connection,
  url: string,
): Connection => ({
  ...requests,
  url,
  poolSize: systemPool.size,
  poolOverflow: systemPool.overflow,
});

/** Names the variable whose connection failed: they may be different servers. */
const at = <T>(variable: UrlVariable, url: string, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw explainSetup(error, variable, url);
  });
