// A connection of the start: it gives up in seconds, and looks first whether the server is one that can be used.
import pg from 'pg';
import { DatabaseSetupError } from './setup-error.js';
import { CONNECT_SILENCE, QUERY_SILENCE, unlessSilent } from '../connections/silence.js';

/** Milliseconds of silence, at least, after which a server is taken for dead. */
const PATIENCE = 3_000;

/** Foreign keys that set one column of several to null came with 15. */
export const OLDEST_SERVER = 15;

export interface SetupClientOptions {
  /** Startup options, such as `-c search_path=bullmq`. */
  options?: string | undefined;
  /** Milliseconds of silence after which the server is taken for dead. */
  silence?: number | undefined;
}

/** @throws DatabaseSetupError when the server is too old; what pg throws when it cannot be reached. End the client when you are done. */
export async function openSetupClient(
  url: string,
  { options, silence = PATIENCE }: SetupClientOptions = {},
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
    await unlessSilent(client, Math.max(PATIENCE, silence), CONNECT_SILENCE, opened);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** What `work` gives, whose questions are asked on the client. @throws Error when the server falls silent */
export const unlessSetupSilent = <T>(
  client: pg.Client,
  silence: number | undefined,
  work: Promise<T>,
): Promise<T> => unlessSilent(client, Math.max(PATIENCE, silence ?? PATIENCE), QUERY_SILENCE, work);

/** For questions only: each of them is answered in seconds or not at all. */
export async function withSetupClient<T>(
  url: string,
  { silence = PATIENCE, ...options }: SetupClientOptions,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await openSetupClient(url, { silence, ...options });
  try {
    return await unlessSetupSilent(client, silence, work(client));
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

/** What a server says of itself when a connection is opened. */
const reportsOf = (client: pg.Client): Reports =>
  (client as unknown as { connection: Reports }).connection;

async function askedMajor(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ server_version_num: string }>('show server_version_num');
  return Math.floor(Number(rows[0]?.server_version_num) / 10_000);
}

/** @param told what it said of itself, as `15.4 (Debian 15.4-1)` */
async function requireServerVersion(client: pg.Client, told: string | undefined): Promise<void> {
  const major = told === undefined ? await askedMajor(client) : Number.parseInt(told, 10);
  if (major >= OLDEST_SERVER) return;
  const { host, port } = client;
  throw new DatabaseSetupError(
    `PostgreSQL at ${host}:${port} is version ${major}; Threadkeep needs ${OLDEST_SERVER} or newer. Upgrade the server, or name another one.`,
  );
}
