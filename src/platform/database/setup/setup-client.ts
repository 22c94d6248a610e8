// Connections of the start. They fail within seconds, and first check that the server's version is
// supported.
import pg from 'pg';
import { DatabaseSetupError } from './setup-error.js';
import {
  CONNECT_TIMED_OUT,
  QUERY_TIMED_OUT,
  withSilenceTimeout,
} from '../connections/silence-timeout.js';

/** The shortest silence after which a server counts as unreachable. */
const MIN_SILENCE_MS = 3_000;

/** Foreign keys that set only one of their columns to null need PostgreSQL 15. */
export const MIN_POSTGRES_VERSION = 15;

export interface SetupClientOptions {
  /** Startup options. */
  options?: string | undefined;
  /** Milliseconds of silence after which the server counts as unreachable. */
  silence?: number | undefined;
}

/**
 * Opens a client, which the caller must end.
 * @throws DatabaseSetupError when the server is too old; the error of pg when it cannot be reached
 */
export async function openSetupClient(
  url: string,
  { options, silence = MIN_SILENCE_MS }: SetupClientOptions = {},
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'threadkeep setup',
    ...(options ? { options } : {}),
  });
  client.on('error', () => undefined);
  try {
    let told: string | undefined;
    reportsOf(client).on('parameterStatus', ({ parameterName, parameterValue }) => {
      if (parameterName === 'server_version') told = parameterValue;
    });
    const opened = client.connect().then(() => requireServerVersion(client, told));
    await withSilenceTimeout(client, Math.max(MIN_SILENCE_MS, silence), CONNECT_TIMED_OUT, opened);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/**
 * Gives the result of `work`, which queries on the client.
 * @throws Error when the server is silent
 */
export const withSetupTimeout = <T>(
  client: pg.Client,
  silence: number | undefined,
  work: Promise<T>,
): Promise<T> =>
  withSilenceTimeout(
    client,
    Math.max(MIN_SILENCE_MS, silence ?? MIN_SILENCE_MS),
    QUERY_TIMED_OUT,
    work,
  );

/** For queries that take seconds at most. */
export async function withSetupClient<T>(
  url: string,
  { silence = MIN_SILENCE_MS, ...options }: SetupClientOptions,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await openSetupClient(url, { silence, ...options });
  try {
    return await withSetupTimeout(client, silence, work(client));
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface Reports {
  on: (
    event: 'parameterStatus',
    listener: (report: { parameterName: string; parameterValue: string }) => void,
  ) => void;
}

/** The parameters that a server reports when a connection is opened. */
const reportsOf = (client: pg.Client): Reports =>
  (client as unknown as { connection: Reports }).connection;

async function askedMajor(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ server_version_num: string }>('show server_version_num');
  return Math.floor(Number(rows[0]?.server_version_num) / 10_000);
}

/** @param told the reported version, such as `15.4 (Debian 15.4-1)` */
async function requireServerVersion(client: pg.Client, told: string | undefined): Promise<void> {
  const major = told === undefined ? await askedMajor(client) : Number.parseInt(told, 10);
  if (major >= MIN_POSTGRES_VERSION) return;
  const { host, port } = client;
  throw new DatabaseSetupError(
    `PostgreSQL at ${host}:${port} is version ${major}; Threadkeep needs ${MIN_POSTGRES_VERSION} or newer. Upgrade the server, or name another one.`,
  );
}
