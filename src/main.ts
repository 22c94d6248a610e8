// Starts the server, prints its address, and stops it on signals.
import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { createApplication } from './application.js';
import { ConfigError, loadConfig } from './platform/config/config.js';
import { DatabaseSetupError } from './platform/database/index.js';
import { stopOnSignals } from './platform/health/shutdown.js';
import { ListenError } from './platform/http/index.js';
import { RedisSetupError } from './platform/redis/index.js';
import { redact } from './platform/telemetry/logger.js';
import { serve } from './serve.js';
import { ServiceKeyFileError } from './service-key-file.js';

// V8 moves new objects to old space at once where earlier ones lived long. Rows that arrive many at
// a time look long-lived, and would then need a full collection: a fifth of the time of a read.
setFlagsFromString('--no-allocation-site-pretenuring');

async function main(): Promise<void> {
  const config = loadConfig();
  const app = await createApplication(config);
  stopOnSignals(app, { delay: config.shutdownDelay, timeout: config.shutdownTimeout });
  await serve(app, config).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
}

main().catch((error: unknown) => {
  const expected =
    error instanceof ConfigError ||
    error instanceof ServiceKeyFileError ||
    error instanceof ListenError ||
    error instanceof DatabaseSetupError ||
    error instanceof RedisSetupError;
  process.stderr.write(
    `${expected ? error.message : redact(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`,
  );
  process.exit(1);
});
