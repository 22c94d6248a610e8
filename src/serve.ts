// Opens the port, creates the first service key when there is none, and prints both.
import type { AddressInfo, Server } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from './platform/config/config.js';
import { VERSION } from './platform/config/release.js';
import { DatabaseModule } from './platform/database/index.js';
import { embedderOf } from './memory/index.js';
import { explainListen } from './platform/http/index.js';
import { keepServiceKey } from './service-key-file.js';
import { ApiKeysService } from './users/index.js';
import { welcome } from './welcome.js';

/**
 * Stores a given key before the port opens, so that the first request can use it. Creates a missing
 * key only after the port is open, because its secret is shown only once.
 * @throws ListenError when the port cannot be opened
 * @throws ServiceKeyFileError when the key file exists or cannot be written
 */
export async function serve(app: INestApplication, config: Config, logger: Logger): Promise<void> {
  const { bootstrapApiKey, port, host } = config;
  const { serviceKeyFile } = config.identity;
  const keep =
    serviceKeyFile === undefined
      ? undefined
      : (made: string) => keepServiceKey(serviceKeyFile, made);
  const warn = (line: string) => void process.stderr.write(`${line}\n`);
  const ensureKey = () => app.get(ApiKeysService).ensureFirst(bootstrapApiKey, { keep, warn });

  if (bootstrapApiKey !== undefined) await ensureKey();
  await app.listen(port, host).catch((error: unknown) => {
    throw explainListen(error, { variable: 'PORT', port, host });
  });
  logger.info({ msg: 'started', ...described(app, config) });
  const made = bootstrapApiKey === undefined ? await ensureKey() : null;
  process.stdout.write(welcome(await app.getUrl(), made, serviceKeyFile));
}

/** What an operator asks first about a process. */
function described(app: INestApplication, config: Config): Record<string, unknown> {
  const { origin, serverVersion } = app.get(DatabaseModule);
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return {
    version: VERSION,
    node: process.version,
    mode: origin,
    postgres: serverVersion,
    embedder: embedderOf(config),
    pool: config.poolSize + config.poolOverflow,
    redis: config.redis !== undefined,
    host: config.host,
    port,
  };
}
