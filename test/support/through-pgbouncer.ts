// With TEST_THROUGH_PGBOUNCER=1 every application of the tests has its database behind PgBouncer in transaction mode, on two connections.
import { type Login, PgBouncer } from './pgbouncer.js';

export interface Pooled {
  environment: Record<string, string>;
  release: () => Promise<void>;
}

/** One for all applications of a test file. */
let bouncer: Promise<PgBouncer> | undefined;
let users = 0;

/** Null when tests connect directly; those that are about direct connections set DB_TRANSACTION_POOLER=false. */
export async function throughPgBouncer(adminUrl: string): Promise<Pooled | null> {
  const given = process.env['TEST_POOLED_LOGIN'];
  if (!given) return null;
  const login = JSON.parse(given) as Login;
  users++;
  const url = (await (bouncer ??= PgBouncer.start(adminUrl, login))).through(adminUrl, login);
  return { environment: { DATABASE_URL: url, DB_TRANSACTION_POOLER: 'true' }, release };
}

async function release(): Promise<void> {
  if (--users > 0) return;
  const stopping = bouncer;
  bouncer = undefined;
  await (await stopping)?.stop();
}
