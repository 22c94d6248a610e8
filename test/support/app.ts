// The real application on a database of its own, with TEST_THROUGH_PGBOUNCER by way of one in transaction mode, called over HTTP by a service key, by users, and by nobody.
import { createHash, randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import supertest from 'supertest';
import { createApplication } from '../../src/application.js';
import { loadConfig } from '../../src/platform/config/config.js';
import { ApiKeysService } from '../../src/users/index.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { throughPgBouncer } from './through-pgbouncer.js';

/** A key of the vault as it is written down, the same for the same name. */
export const vaultKey = (name: string): string =>
  `${name}:${createHash('sha256').update(name).digest('base64')}`;

/** Suites send more, and are refused more, than any honest client. */
export const UNLIMITED = {
  RATE_LIMIT_PER_SECOND: '0',
  AUTH_FAILURES_PER_MINUTE: '0',
  LOGINS_PER_MINUTE: '0',
};

/** Providers at a port where nobody listens: a turn begins, and fails. */
const SILENT = { api: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' };
export const SILENT_PROVIDERS = JSON.stringify({ openai: SILENT, sample: SILENT });

type Method = 'get' | 'post' | 'patch' | 'put' | 'delete';

/** Calls the API with fixed headers. */
export class Caller {
  constructor(
    private readonly server: Parameters<typeof supertest>[0],
    readonly headers: Record<string, string>,
  ) {}

  /** The same caller with more headers. */
  with(headers: Record<string, string>): Caller {
    return new Caller(this.server, { ...this.headers, ...headers });
  }

  call(method: Method, path: string, body?: unknown): supertest.Test {
    const request = supertest(this.server)[method](path).set(this.headers);
    return body === undefined ? request : request.send(body as object);
  }

  get = (path: string) => this.call('get', path);
  post = (path: string, body: unknown = {}) => this.call('post', path, body);
  put = (path: string, body: unknown) => this.call('put', path, body);
  patch = (path: string, body: unknown) => this.call('patch', path, body);
  delete = (path: string) => this.call('delete', path);
}

export interface TestApp {
  app: NestFastifyApplication;
  database: TestDatabase;
  /** A service key acting for the system. */
  service: Caller;
  /** A service key acting for the user of this externalId, who is created by the first write. */
  actingFor: (externalId: string) => Caller;
  anonymous: Caller;
  serviceKey: string;
  /** Listens on a loopback port, for tests that need many connections. */
  listen: () => Promise<string>;
  close: () => Promise<void>;
}

export async function createTestApp(
  environment: Record<string, string> = {},
  database?: TestDatabase,
): Promise<TestApp> {
  const own = database ?? (await createTestDatabase());
  const serviceKey = `tk_${randomBytes(32).toString('base64url')}`;
  const pooled =
    environment['DATABASE_URL'] === undefined && environment['DB_TRANSACTION_POOLER'] === undefined
      ? await throughPgBouncer(own.adminUrl)
      : null;
  // A set-up waits for what it needs, however busy the machine is.
  const plain = {
    ...UNLIMITED,
    DATABASE_URL: own.adminUrl,
    ...own.logins,
    LOG_LEVEL: 'silent',
    BOOTSTRAP_API_KEY: serviceKey,
    DB_CONNECT_TIMEOUT: '30',
    // A thread of a test compiles what it runs.
    WORKER_TIMEOUT: '60',
    DB_POOL_SIZE: '6',
    DB_POOL_OVERFLOW: '0',
    JOB_CONCURRENCY: '0',
    WEBHOOK_CONCURRENCY: '0',
    EMBEDDER: 'none',
    VAULT_KEYS: vaultKey('test'),
    ...(process.env['TEST_SEAL'] && {
      SEAL_USERS: 'true',
      SEAL_MEMORIES: 'true',
      SEAL_MESSAGES: 'true',
    }),
    MODEL_PROVIDERS: SILENT_PROVIDERS,
  };
  const config = loadConfig({ ...plain, ...pooled?.environment, ...environment });
  const app = await createApplication(config).catch(async (error: unknown) => {
    await pooled?.release();
    throw error;
  });
  await app.get(ApiKeysService).ensureFirst(serviceKey);
  const server = app.getHttpServer() as Parameters<typeof supertest>[0];
  const service = new Caller(server, { authorization: `Bearer ${serviceKey}` });
  return {
    app,
    database: own,
    service,
    actingFor: (externalId) => service.with({ 'threadkeep-user': externalId }),
    anonymous: new Caller(server, {}),
    serviceKey,
    listen: async () => {
      await app.listen(0, '127.0.0.1');
      return app.getUrl();
    },
    close: async () => {
      await app.close();
      await pooled?.release();
      if (!database) await own.drop();
    },
  };
}
