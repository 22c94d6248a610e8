// A connection of the start: it gives up in seconds, and looks first whether the server is one that can be used.
import pg from 'pg';
import { DatabaseSetupError } from './setup-error.js';

/** Milliseconds for connecting, and for each of the small questions that are asked before anything else. */
const PATIENCE = 3_000;

/** Foreign keys that set one column of several to null came with 15. */
export const OLDEST_SERVER = 15;

export interface SetupClientOptions {
  /** Startup options, such as `-c role=threadkeep_app`. */
  options?: string | undefined;
  /** Milliseconds for each statement; without it they may take as long as they take, as migrations do. */
  queryTimeout?: number;
}

/** @throws DatabaseSetupError when the server is too old; what pg throws when it cannot be reached. End the client when you are done. */
export async function openSetupClient(url: string, { options, queryTimeout }: SetupClientOptions = {}): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: PATIENCE,
    application_name: 'threadkeep setup',
    ...(options ? { options } : {}),
    ...(queryTimeout ? { query_timeout: queryTimeout } : {}),
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await requireServerVersion(client);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** For questions only: each of them is answered in seconds or not at all. */
export async function withSetupClient<T>(url: string, options: string | undefined, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await openSetupClient(url, { options, queryTimeout: PATIENCE });
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function requireServerVersion(client: pg.Client): Promise<void> {
  // What pg's own type leaves out: a limit for one query.
  const question: pg.QueryConfig & { query_timeout: number } = { text: 'show server_version_num', query_timeout: PATIENCE };
  const { rows } = await client.query<{ server_version_num: string }>(question);
  const major = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  if (major >= OLDEST_SERVER) return;
  const { host, port } = client;
  throw new DatabaseSetupError(`PostgreSQL at ${host}:${port} is version ${major}; Threadkeep needs ${OLDEST_SERVER} or newer. Upgrade the server, or name another one.`);
}
