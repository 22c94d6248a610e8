// Migrates as the owner, makes the runtime login exist, and exits: for deployments where the server itself is not the owner.
import 'reflect-metadata';
import { ConfigError, loadConfig } from './platform/config/config.js';
import { DatabaseSetupError, migrate } from './platform/database/index.js';
import { redact } from './platform/telemetry/logger.js';
import { schema } from './schema.js';

async function main(): Promise<void> {
  const { databaseAdminUrl, databaseUrl } = loadConfig();
  if (!databaseAdminUrl) throw new ConfigError('Set DATABASE_ADMIN_URL to the connection of the owner of the schema.');
  const ran = await migrate(schema, databaseAdminUrl, databaseUrl);
  process.stdout.write(ran.length === 0 ? 'Nothing to migrate.\n' : `${ran.join('\n')}\n`);
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError || error instanceof DatabaseSetupError;
  process.stderr.write(`${expected ? error.message : redact(String(error))}\n`);
  process.exit(1);
});
