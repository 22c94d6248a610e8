// `threadkeep migrate`: migrates as the owner and creates the two logins, for deployments where the
// server does not run as the owner.
import 'reflect-metadata';
import { ConfigError, loadConfig } from '../platform/config/config.js';
import { invocationOf } from '../platform/config/invocation.js';
import { DatabaseSetupError, dryRun, explainSetup, migrate } from '../platform/database/index.js';
import { redact } from '../platform/telemetry/logger.js';
import { schema } from '../schema.js';
import { parsedArgs, type Terminal, UsageError } from './terminal.js';

const usage = () => `Usage: ${invocationOf('migrate')} [--dry-run] [--isolate]

Migrates the database of DATABASE_ADMIN_URL and makes the logins of DATABASE_URL and
DATABASE_SYSTEM_URL. The embedded PostgreSQL is migrated by each start, and needs no command.

  --dry-run  prints the SQL and changes nothing
  --isolate  lets no other login connect to the database from then on`;

const flags = {
  'dry-run': { type: 'boolean', default: false },
  isolate: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @returns 0, or 1 when it could not migrate */
export async function runMigrate(args: string[], { out, error }: Terminal): Promise<0 | 1> {
  try {
    const { values } = parsedArgs({ args, options: flags }, usage());
    if (values.help) return (out(usage()), 0);
    const lines = await migrated({ isDry: values['dry-run'], isolate: values.isolate }, error);
    out(lines.length === 0 ? 'Nothing to migrate.' : lines.join('\n'));
    return 0;
  } catch (failure) {
    const isExpected =
      failure instanceof ConfigError ||
      failure instanceof DatabaseSetupError ||
      failure instanceof UsageError;
    error(isExpected ? failure.message : redact(String(failure)));
    return 1;
  }
}

/** @throws ConfigError without DATABASE_ADMIN_URL; DatabaseSetupError that says what to do */
async function migrated(
  { isDry, isolate }: { isDry: boolean; isolate: boolean },
  tell: (line: string) => void,
): Promise<string[]> {
  const {
    databaseAdminUrl,
    databaseUrl: url,
    databaseSystemUrl: systemUrl,
    migrationWait: wait,
  } = loadConfig();
  if (!databaseAdminUrl)
    throw new ConfigError('Set DATABASE_ADMIN_URL to the connection of the owner of the schema.');
  const served = { url, systemUrl };
  const work = isDry
    ? dryRun(schema, databaseAdminUrl, served)
    : migrate(schema, databaseAdminUrl, served, { wait, tell, isolate });
  return work.catch((failure: unknown) => {
    throw explainSetup(failure, 'DATABASE_ADMIN_URL', databaseAdminUrl);
  });
}
