// Redis over TLS: everything that uses Redis, and every server that must not be trusted.
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { startCache } from '../support/cache.js';
import { cacheContract } from '../support/cache-contract.js';
import { issueServerCertificate, makeAuthority } from '../support/certificates.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { JobsWorld } from '../support/jobs.js';
import { jobsContract } from '../support/jobs-contract.js';
import { Started } from '../support/processes.js';
import { RedisServer } from '../support/redis-server.js';
import { eventually } from '../support/wait.js';

const KEY = `tk_${randomBytes(32).toString('base64url')}`;
const SECRET = 'hunter2-is-a-secret';

const directory = await mkdtemp(join(tmpdir(), 'threadkeep-redis-tls-'));
await chmod(directory, 0o711);
const [ours, others] = [makeAuthority(directory, 'ours'), makeAuthority(directory, 'others')];
const certificate = issueServerCertificate(directory, 'ours', 'localhost');
const forged = issueServerCertificate(directory, 'others', 'localhost', 'forged');
const client = issueServerCertificate(directory, 'ours', 'threadkeep', 'client');
const strange = issueServerCertificate(directory, 'others', 'threadkeep', 'strange');
const [server, plain] = [
  await RedisServer.start({ ca: ours, ...certificate }),
  await RedisServer.start(),
];
const strict = await RedisServer.start({ ca: ours, ...certificate, client });
afterAll(async () => {
  for (const each of [server, plain, strict]) await each.stop();
  await rm(directory, { recursive: true });
});

cacheContract('on Redis over TLS', async () => [
  await startCache({ redisUrl: server.url, redisCa: ours }),
]);

describe('on Redis over TLS', () => {
  jobsContract({
    transport: 'redis',
    start: () => JobsWorld.start({ REDIS_URL: server.url, REDIS_CA: ours }),
  });
});

describe('a service on Redis over TLS', () => {
  let database: TestDatabase;
  const started: Started[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  afterEach(async () => {
    for (const one of started.splice(0)) if (!one.ended) await one.kill('SIGKILL');
    Object.assign(server, { tls: { ca: ours, ...certificate } });
    await server.heal();
  });

  function start(environment: Record<string, string>): Started {
    const one = Started.run({
      DATABASE_URL: database.adminUrl,
      BOOTSTRAP_API_KEY: KEY,
      ...environment,
    });
    started.push(one);
    return one;
  }
  type Ready = {
    status: string;
    details: { redis: { status: string }; jobs: { transport: string } };
  };
  const readiness = async (api: Api): Promise<Ready> =>
    (await api.get<Ready>('/health/ready')).body;
  const clientOf = async (one: Started) =>
    new Api(await one.url(), { authorization: `Bearer ${KEY}`, 'threadkeep-user': 'ada' });

  it.each([
    ['a CA in a file', () => server, () => ({ REDIS_CA: ours })],
    ['a CA as a text', () => server, async () => ({ REDIS_CA: await readFile(ours, 'utf8') })],
    [
      'a certificate of its own',
      () => strict,
      () => ({ REDIS_CA: ours, REDIS_CERT: client.certificate, REDIS_KEY: client.key }),
    ],
    ['no TLS at all', () => plain, () => ({})],
  ])('shares its cache, its jobs and its limits with %s', async (_title, redis, environment) => {
    const settings = {
      REDIS_URL: redis().url,
      RATE_LIMIT_PER_SECOND: '2',
      ...(await Promise.resolve(environment())),
    };
    const [one, other] = [await clientOf(start(settings)), await clientOf(start(settings))];
    for (const api of [one, other]) {
      await eventually(async () => (await readiness(api)).details.redis.status === 'up');
      expect((await readiness(api)).details.jobs.transport).toBe('redis');
    }
    const { id } = (await one.post<{ id: string }>('/v1/conversations')).body;
    await one.post(`/v1/conversations/${id}/messages`, { role: 'user', content: 'hello' });
    const contexts = [];
    for (const api of [one, other]) {
      contexts.push(
        (
          await api.post<{ manifestId: string }>(`/v1/conversations/${id}/context`, {
            budgetTokens: 1_000,
          })
        ).body.manifestId,
      );
      await eventually(async () => (await redis().keys('threadkeep:v2:*:context:*')).length > 0);
    }
    expect(contexts[0]).toBe(contexts[1]);
    await eventually(async () => (await redis().keys('rate:credential:*')).length > 0);
    expect(await redis().keys('threadkeep:threadkeep-jobs:*')).not.toEqual([]);
    for (const api of [one, other]) api.close();
    await redis().ask((asked) => asked.flushAll());
    expect(started.map(({ errors }) => errors)).toEqual(['', '']);
  });

  it.each([
    [
      'whose certificate is of another CA',
      () => server.url,
      () => ({ REDIS_CA: others }),
      'set REDIS_CA',
    ],
    [
      'whose certificate is of no CA that the system knows',
      () => server.url,
      () => ({}),
      'set REDIS_CA',
    ],
    [
      'whose certificate is of no CA that the system knows, with NODE_TLS_REJECT_UNAUTHORIZED=0',
      () => server.url,
      () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }),
      'set REDIS_CA',
    ],
    [
      'whose certificate is for another host',
      () => server.url.replace('localhost', '127.0.0.1'),
      () => ({ REDIS_CA: ours }),
      'name the host as the certificate does',
    ],
    [
      'that asks for a certificate',
      () => strict.url,
      () => ({ REDIS_CA: ours }),
      'set REDIS_CERT and REDIS_KEY',
    ],
    [
      'that does not trust the certificate it is shown',
      () => strict.url,
      () => ({ REDIS_CA: ours, REDIS_CERT: strange.certificate, REDIS_KEY: strange.key }),
      'set REDIS_CERT and REDIS_KEY',
    ],
  ])(
    'does not start on one %s, and says so in one line',
    async (_title, url, environment, expected) => {
      const one = start({ REDIS_URL: url().replace('://', `://app:${SECRET}@`), ...environment() });
      expect(await one.exit).toEqual({ code: 1, signal: null });
      expect(one.errors).toMatch(
        /^Redis at (localhost|127\.0\.0\.1):\d+ cannot be used: [^\n]+\n$/,
      );
      expect(one.errors).toContain(expected);
      expect(one.errors).not.toContain(SECRET);
    },
  );

  it.each([
    [
      'a CA that is not there',
      { REDIS_CA: '/nowhere/ca.pem' },
      'REDIS_CA: cannot be read: there is no such file',
    ],
    [
      'a key of another certificate',
      { REDIS_CA: ours, REDIS_CERT: client.certificate, REDIS_KEY: strange.key },
      'REDIS_KEY: is not the key of the certificate in REDIS_CERT',
    ],
  ])('does not start with %s', async (_title, environment, expected) => {
    const one = start({ REDIS_URL: server.url, ...environment });
    expect(await one.exit).toEqual({ code: 1, signal: null });
    expect(one.errors).toBe(`The environment is not usable:\n  ${expected}\n`);
  });

  it('starts while Redis is away, and uses it once it is there', async () => {
    await server.kill();
    const api = await clientOf(start({ REDIS_URL: server.url, REDIS_CA: ours }));
    expect((await readiness(api)).details.redis.status).toBe('degraded');
    await server.run();
    await eventually(async () => (await readiness(api)).details.redis.status === 'up');
    api.close();
  });

  it('goes on without a Redis that shows a certificate of another CA while it runs, and says so once', async () => {
    const one = start({ REDIS_URL: server.url, REDIS_CA: ours, LOG_LEVEL: 'warn' });
    const api = await clientOf(one);
    await eventually(async () => (await readiness(api)).details.redis.status === 'up');
    await server.kill();
    // The test's own client trusts both.
    await writeFile(
      join(directory, 'both.pem'),
      `${await readFile(ours, 'utf8')}${await readFile(others, 'utf8')}`,
    );
    Object.assign(server, { tls: { ca: join(directory, 'both.pem'), ...forged } });
    await server.run();
    await eventually(() => Promise.resolve(one.errors.includes('set REDIS_CA')));
    expect((await readiness(api)).details.redis.status).toBe('degraded');
    expect((await api.post('/v1/conversations')).status).toBe(201);
    expect(await server.keys('*')).toEqual([]);
    api.close();
    expect(one.errors.split('set REDIS_CA')).toHaveLength(2);
  });
});
