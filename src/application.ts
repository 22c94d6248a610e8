// Builds the application; main.ts and the tests call the same function.
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import { API_CHAPTERS } from './api-chapters.js';
import { AppModule, DOOR } from './app.module.js';
import { serveConsole } from './console/index.js';
import { serveDocumentation } from './docs/index.js';
import type { Config } from './platform/config/config.js';
import { prepareDatabase } from './platform/database/index.js';
import { allowOrigins, Door, securityHeaders } from './platform/door/index.js';
import { createHttpAdapter, serveOpenApi } from './platform/http/index.js';
import { runDirectly } from './platform/interceptors/index.js';
import { installAccessLog } from './platform/telemetry/access-log.js';
import { installRequestMetrics } from './platform/telemetry/request-metrics.js';
import { createLogger, PinoLogger } from './platform/telemetry/logger.js';
import { installRequestSpans } from './platform/telemetry/tracing/request-spans.js';
import { Tracing } from './platform/telemetry/tracing/tracing.js';
import { schema } from './schema.js';

/** Prepares and migrates the database, and initializes the application. It does not listen yet. */
export async function createApplication(
  config: Config,
  logger = createLogger(config.logLevel),
): Promise<NestFastifyApplication> {
  const database = await prepareDatabase(config, schema, (line) => logger.warn(line));
  runDirectly();
  let app: NestFastifyApplication | undefined;
  try {
    const headers = await securityHeaders();
    app = await NestFactory.create<NestFastifyApplication>(
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
    const { tracer } = app.get(Tracing);
    if (tracer) installRequestSpans(instance, tracer);
    installAccessLog(instance, logger);
    installRequestMetrics(instance, app.get(Registry));
    new Door(app, DOOR, headers).install(instance);
    serveOpenApi(app, API_CHAPTERS);
    serveDocumentation(app);
    serveConsole(instance, headers.console);
    await app.init();
    await instance.ready();
    return app;
  } catch (error) {
    // Providers that were initialized have timers and connections, which would stay.
    await app?.close().catch(() => undefined);
    await database.stop();
    throw error;
  }
}
