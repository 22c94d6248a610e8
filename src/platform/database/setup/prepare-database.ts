// What happens before the first request: find or start the server, migrate it, and choose the connection to serve from.
import type { Config } from '../../config/config.js';
import { ConnectionGate } from '../connections/connection-gate.js';
import { ConnectionMetrics } from '../connections/connection-metrics.js';
import type { Connection, Schema } from '../data-source.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import type { DatabaseRoles } from './database-roles.js';
import { bringUp } from './migrate.js';
import { requireCurrentSchema } from './pending-migrations.js';
import { Logins } from './runtime-role.js';
import { explainSetup, type UrlVariable } from './setup-error.js';

/** Injection token of the PreparedDatabase. */
export const PREPARED_DATABASE = Symbol('prepared database');

export interface PreparedDatabase {
  /** Of requests. */
  connection: Connection;
  /** Of what the service does for itself: another login, on connections of its own. */
  system: Connection;
  roles: DatabaseRoles;
  /** Where it came from, for the log. */
  origin: 'embedded' | 'server';
  /** Where the embedded server keeps its data: no other process uses it as long as this one runs. */
  directory?: string | undefined;
  /** Stops what was started here. */
  stop: () => Promise<void>;
}

interface Servers {
  url: string;
  adminUrl: string | undefined;
}

/** @throws DatabaseSetupError with what to do, when the database cannot be reached or used. */
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
    gate: new ConnectionGate(url, config.connectTimeout * 1000),
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

/** The two may be different servers: the message names the one that failed. */
const at = <T>(variable: UrlVariable, url: string, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw explainSetup(error, variable, url);
  });
