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
  const given = process.env['TEST_POOLED_LOGINS'];
  if (!given) return null;
  const { app, system } = JSON.parse(given) as Record<'app' | 'system', Login>;
  users++;
  const started = await (bouncer ??= PgBouncer.start(adminUrl, app, system));
  const urls = {
    DATABASE_URL: started.through(adminUrl, app),
    DATABASE_SYSTEM_URL: started.through(adminUrl, system),
  };
  return { environment: { ...urls, DB_TRANSACTION_POOLER: 'true' }, release };
}

async function release(): Promise<void> {
  if (--users > 0) return;
  const stopping = bouncer;
  bouncer = undefined;
  await (await stopping)?.stop();
}
