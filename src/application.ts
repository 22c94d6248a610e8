// Builds the application; main.ts and the tests call the same function.
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { API_CHAPTERS } from './api-chapters.js';
import { AppModule, DOOR } from './app.module.js';
import type { Config } from './platform/config/config.js';
import { prepareDatabase } from './platform/database/index.js';
import { allowOrigins, Door, securityHeaders } from './platform/door/index.js';
import { createHttpAdapter, serveOpenApi } from './platform/http/index.js';
import { runDirectly } from './platform/interceptors/index.js';
import { installAccessLog } from './platform/telemetry/access-log.js';
import { createLogger, PinoLogger } from './platform/telemetry/logger.js';
import { schema } from './schema.js';

/** Prepares and migrates the database, and initializes the application. It does not listen yet. */
export async function createApplication(
  config: Config,
  logger = createLogger(config.logLevel),
): Promise<NestFastifyApplication> {
  const database = await prepareDatabase(config, schema, (line) => logger.warn(line));
  runDirectly();
  try {
    const headers = await securityHeaders();
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.forRoot(config, database),
      createHttpAdapter(config, headers.answers),
      {
        logger: new PinoLogger(logger),
        bodyParser: false,
        abortOnError: false,
      },
    );
    const instance = app.getHttpAdapter().getInstance();
    allowOrigins(app, config.door.corsOrigins);
    new Door(app, DOOR, headers).install(instance);
    installAccessLog(instance, logger);
    serveOpenApi(app, API_CHAPTERS);
    await app.init();
    await instance.ready();
    return app;
  } catch (error) {
    await database.stop();
    throw error;
  }
}
