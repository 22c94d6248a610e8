// Opens the port, makes the first service key when there is none, and shows both.
import type { INestApplication } from '@nestjs/common';
import type { Config } from './platform/config/config.js';
import { explainListen } from './platform/http/index.js';
import { keepServiceKey } from './service-key-file.js';
import { ApiKeysService } from './users/index.js';
import { welcome } from './welcome.js';

/**
 * A key that is given is stored before the first request can use it. A key that is made is shown once, and therefore made only when the port is open.
 * @throws ListenError when the port cannot be opened, ServiceKeyFileError when the file cannot take the key
 */
export async function serve(app: INestApplication, config: Config): Promise<void> {
  const { bootstrapApiKey, port, host } = config;
  const { serviceKeyFile } = config.identity;
  const keep =
    serviceKeyFile === undefined
      ? undefined
      : (made: string) => keepServiceKey(serviceKeyFile, made);
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const ensureKey = () => app.get(ApiKeysService).ensureFirst(bootstrapApiKey, { keep, say });

  if (bootstrapApiKey !== undefined) await ensureKey();
  await app.listen(port, host).catch((error: unknown) => {
    throw explainListen(error, { variable: 'PORT', port, host });
  });
  const made = bootstrapApiKey === undefined ? await ensureKey() : null;
  process.stdout.write(welcome(await app.getUrl(), made, serviceKeyFile));
}
