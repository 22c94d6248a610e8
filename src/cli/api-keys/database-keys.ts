// API keys in the database itself, where no server has to run.
import 'reflect-metadata';
import { createApplication } from '../../application.js';
import { loadConfig } from '../../platform/config/config.js';
import { environmentWithFile } from '../../platform/config/env-file.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { validateBody } from '../../platform/input/index.js';
import { ListQueryPipe } from '../../platform/list/index.js';
import { createLogger } from '../../platform/telemetry/logger.js';
import {
  type ApiKeyDto,
  apiKeyList,
  ApiKeysService,
  CreateApiKeyDto,
  toApiKeyDto,
} from '../../users/index.js';
import type { KeyStore } from './key-store.js';

/**
 * Works as the server does, on its database, without opening a port or running jobs.
 * @throws ConfigError, DatabaseSetupError; AppError from the functions of the store
 */
export async function withDatabase<T>(work: (keys: KeyStore) => Promise<T>): Promise<T> {
  const config = loadConfig({ ...environmentWithFile(), JOB_CONCURRENCY: '0', METRICS_PORT: '' });
  const app = await createApplication(config, createLogger('silent'));
  try {
    const store = keysOfDatabase(app.get(ApiKeysService));
    return await app.get(ScopedDatabase).runAsSystem('api-keys command', () => work(store));
  } finally {
    await app.close();
  }
}

const query = new ListQueryPipe(apiKeyList);

const keysOfDatabase = (keys: ApiKeysService): KeyStore => ({
  create: async (values) => {
    const { key, secret } = await keys.create(validateBody(CreateApiKeyDto, values));
    return { ...toApiKeyDto(key), key: secret };
  },
  list: async () => {
    const all: ApiKeyDto[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await keys.list(query.transform({ limit: '100', ...(cursor && { cursor }) }));
      all.push(...page.data);
      cursor = page.nextCursor;
    }
    return all;
  },
  revoke: (id) => keys.revoke(id),
});
