// What happens before the first request: find or start the server, migrate it, and choose the connection to serve from.
import type { Config } from '../config/config.js';
import type { Connection, Schema } from './data-source.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import { migrate } from './migrate.js';
import { safeStartupOptions } from './runtime-role.js';
import { DatabaseSetupError } from './setup-error.js';

/** Injection token of the PreparedDatabase. */
export const PREPARED_DATABASE = Symbol('prepared database');

export interface PreparedDatabase {
  connection: Connection;
  /** Where it came from, for the log. */
  origin: 'embedded' | 'server';
  /** Stops what was started here. */
  stop: () => Promise<void>;
}

interface Servers {
  url: string;
  adminUrl: string | undefined;
}

/** @throws DatabaseSetupError with what to do, when the database cannot be reached or used. */
export async function prepareDatabase(config: Config, schema: Schema): Promise<PreparedDatabase> {
  const embedded = config.databaseUrl || config.databaseAdminUrl ? null : await EmbeddedPostgres.start(config.dataDir);
  try {
    const { url, adminUrl }: Servers = embedded ?? { url: (config.databaseUrl ?? config.databaseAdminUrl)!, adminUrl: config.databaseAdminUrl };
    if (adminUrl) await migrate(schema, adminUrl, url);
    const options = await safeStartupOptions(url, config.transactionPooler);
    const connection: Connection = {
      url,
      options,
      poolSize: config.poolSize,
      poolTimeout: config.poolTimeout * 1000,
      queryTimeout: (config.statementTimeout + 5) * 1000,
    };
    return { connection, origin: embedded ? 'embedded' : 'server', stop: () => embedded?.stop() ?? Promise.resolve() };
  } catch (error) {
    await embedded?.stop();
    throw explain(error, config);
  }
}

function explain(error: unknown, config: Config): unknown {
  const code = (error as { code?: string }).code ?? '';
  const message = error instanceof Error ? error.message : String(error);
  if (!/^(ECONN|ENOTFOUND|EHOST|ETIMEDOUT|EAI_AGAIN|28|3D|53)/.test(code) && !/timeout expired/.test(message)) return error;
  const { host, pathname } = new URL((config.databaseAdminUrl ?? config.databaseUrl)!);
  return new DatabaseSetupError(`PostgreSQL at ${host}${pathname} cannot be used: ${message || code}`);
}
