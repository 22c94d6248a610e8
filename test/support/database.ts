// A database of its own for each test file: a clone of the migrated template, made in milliseconds.
import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  /** The owner's connection: not bound by policies where it is a superuser. */
  adminUrl: string;
  name: string;
  /** Runs a statement as the owner. */
  admin: (text: string, values?: unknown[]) => Promise<pg.QueryResult<Record<string, unknown>>>;
  drop: () => Promise<void>;
}

const server = () => new URL(process.env['TEST_ADMIN_URL']!);

const urlOf = (database: string): string => String(Object.assign(server(), { pathname: `/${database}` }));

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>, config: pg.ClientConfig = {}): Promise<T> {
  const client = new pg.Client({ connectionString: url, ...config });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** `template: null` gives an empty database, for tests of the migrations themselves. */
export async function createTestDatabase({ template = process.env['TEST_TEMPLATE']! }: { template?: string | null } = {}): Promise<TestDatabase> {
  const name = `${process.env['TEST_TEMPLATE']!}_${randomBytes(4).toString('hex')}`;
  const maintenance = urlOf('postgres');
  // The template must not be in use while it is copied: one clone at a time.
  await withClient(maintenance, async (client) => {
    await client.query('select pg_advisory_lock(4711)');
    await client.query(`create database ${name} ${template ? `template ${template}` : ''}`);
  });
  const adminUrl = urlOf(name);
  return {
    adminUrl,
    name,
    admin: (text, values) => withClient(adminUrl, (client) => client.query(text, values)),
    drop: async () => void (await withClient(maintenance, (client) => client.query(`drop database if exists ${name} with (force)`))),
  };
}
