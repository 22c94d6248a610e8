// Starts the server, prints its address, and stops it on signals.
import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { createApplication } from './application.js';
import { collectWhenIdle } from './idle-collection.js';
import { ConfigError, loadConfig } from './platform/config/config.js';
import { misspeltSettings } from './platform/config/unknown-names.js';
import { DatabaseSetupError } from './platform/database/index.js';
import { stopOnSignals } from './platform/health/shutdown.js';
import { ListenError } from './platform/http/index.js';
import { RedisSetupError } from './platform/redis/index.js';
import { createLogger, redact } from './platform/telemetry/logger.js';
import { serve } from './serve.js';
import { ServiceKeyFileError } from './service-key-file.js';

// V8 moves new objects to old space at once where earlier ones lived long. Rows that arrive many at
// a time look long-lived, and would then need a full collection: a fifth of the time of a read.
setFlagsFromString('--no-allocation-site-pretenuring');

const EXPECTED = [
  ConfigError,
  ServiceKeyFileError,
  ListenError,
  DatabaseSetupError,
  RedisSetupError,
];

/** Returns when it serves. Ends the process with 1 when it cannot, after it said why. */
export async function start(): Promise<void> {
  try {
    const config = loadConfig();
    const logger = createLogger(config.logLevel);
    for (const line of misspeltSettings()) logger.warn(line);
    const app = await createApplication(config, logger);
    const { shutdownDelay: delay, shutdownTimeout: timeout } = config;
    stopOnSignals(app, { delay, timeout }, (entry) => logger.info(entry));
    await serve(app, config, logger).catch(async (error: unknown) => {
      await app.close();
      throw error;
    });
    collectWhenIdle();
  } catch (error) {
    const isExpected = EXPECTED.some((kind) => error instanceof kind);
    process.stderr.write(`${isExpected ? (error as Error).message : unexpected(error)}\n`);
    process.exit(1);
  }
}

const unexpected = (error: unknown): string =>
  redact(error instanceof Error ? (error.stack ?? error.message) : String(error));
