// Migrates as the owner, creates the two logins and exits, for deployments where the server does
// not run as the owner. `--dry-run` prints the SQL; `--isolate` revokes CONNECT from all other
// roles.
import 'reflect-metadata';
import { ConfigError, loadConfig } from './platform/config/config.js';
import { DatabaseSetupError, dryRun, explainSetup, migrate } from './platform/database/index.js';
import { redact } from './platform/telemetry/logger.js';
import { schema } from './schema.js';

const print = (lines: string[]) =>
  process.stdout.write(lines.length === 0 ? 'Nothing to migrate.\n' : `${lines.join('\n')}\n`);
const tell = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const {
    databaseAdminUrl,
    databaseUrl: url,
    databaseSystemUrl: systemUrl,
    migrationWait,
  } = loadConfig();
  if (!databaseAdminUrl)
    throw new ConfigError('Set DATABASE_ADMIN_URL to the connection of the owner of the schema.');
  const [isDry, isolate] = ['--dry-run', '--isolate'].map((option) =>
    process.argv.includes(option),
  );
  const served = { url, systemUrl };
  const work = isDry
    ? dryRun(schema, databaseAdminUrl, served)
    : migrate(schema, databaseAdminUrl, served, {
        wait: migrationWait,
        tell,
        isolate: isolate === true,
      });
  print(
    await work.catch((error: unknown) =>
      Promise.reject(explainSetup(error, 'DATABASE_ADMIN_URL', databaseAdminUrl) as Error),
    ),
  );
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError || error instanceof DatabaseSetupError;
  process.stderr.write(`${expected ? error.message : redact(String(error))}\n`);
  process.exit(1);
});
