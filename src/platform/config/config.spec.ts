import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ConfigError, environmentSchema, loadConfig } from './config.js';

function problemsOf(env: Record<string, string>): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
  throw new Error('nothing was refused');
}

describe('the configuration', () => {
  it('needs no variable, and is safe as it comes', () => {
    expect(loadConfig({})).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      logLevel: 'info',
      databaseUrl: undefined,
      databaseAdminUrl: undefined,
      transactionPooler: false,
      poolTimeout: 30,
      statementTimeout: 15,
      redisUrl: undefined,
      dataDir: undefined,
      bootstrapApiKey: undefined,
      autoCreateUsers: true,
      maxBodyBytes: 8_388_608,
      shutdownTimeout: 10,
      jobConcurrency: 4,
      deletedRetentionDays: 30,
    });
    expect(loadConfig({}).poolSize).toBeGreaterThanOrEqual(4);
  });

  it('reads every variable', () => {
    const key = `tk_${'a'.repeat(43)}`;
    const env = {
      PORT: '0',
      HOST: '0.0.0.0',
      LOG_LEVEL: 'debug',
      DATABASE_URL: 'postgres://a:b@localhost/c',
      DATABASE_ADMIN_URL: 'postgresql://o@localhost/c',
      DB_TRANSACTION_POOLER: 'true',
      DB_POOL_SIZE: '7',
      DB_POOL_TIMEOUT: '0.5',
      DB_STATEMENT_TIMEOUT: '2',
      REDIS_URL: 'rediss://localhost',
      DATA_DIR: 'data',
      BOOTSTRAP_API_KEY: key,
      AUTO_CREATE_USERS: 'false',
      MAX_BODY_BYTES: '1000',
      SHUTDOWN_TIMEOUT: '3',
      JOB_CONCURRENCY: '0',
      DELETED_RETENTION_DAYS: '7',
    };
    expect(Object.keys(env).sort()).toEqual(Object.keys(environmentSchema.shape).sort());
    const { port, transactionPooler, poolSize, poolTimeout, autoCreateUsers, bootstrapApiKey, maxBodyBytes } = loadConfig(env);
    expect([port, transactionPooler, poolSize, poolTimeout, autoCreateUsers, bootstrapApiKey, maxBodyBytes]).toEqual([0, true, 7, 0.5, false, key, 1000]);
  });

  it('takes a blank variable for an absent one', () => {
    expect(loadConfig({ PORT: ' ', DATABASE_URL: '', AUTO_CREATE_USERS: '' })).toMatchObject({ port: 3000, databaseUrl: undefined, autoCreateUsers: true });
  });

  it('cannot be changed', () => {
    const config = loadConfig({});
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
  });

  it('is read from the process when nothing is given', () => {
    expect(loadConfig()).toBeInstanceOf(Object);
  });
});

describe('a configuration that cannot be used', () => {
  it('is refused with every problem at once', () => {
    const message = problemsOf({ PORT: '70000', LOG_LEVEL: 'loud', DB_TRANSACTION_POOLER: 'yes', DB_POOL_SIZE: '0', DB_POOL_TIMEOUT: '0', REDIS_URL: 'localhost' });
    expect(message.split('\n').map((line) => line.trim().split(':')[0])).toEqual([
      'The environment is not usable',
      'PORT',
      'LOG_LEVEL',
      'DB_TRANSACTION_POOLER',
      'DB_POOL_SIZE',
      'DB_POOL_TIMEOUT',
      'REDIS_URL',
    ]);
  });

  it('never shows a value, which may be a secret', () => {
    const message = problemsOf({ DATABASE_URL: 'mysql://u:hunter2@h/d', DATABASE_ADMIN_URL: 'hunter3', REDIS_URL: 'http://hunter4', BOOTSTRAP_API_KEY: 'hunter5' });
    expect(message).toContain('DATABASE_URL: must be a postgres:// URL');
    expect(message).not.toMatch(/hunter/);
  });

  it.each(['3000x', '-1', '1.5', 'NaN'])('is refused with PORT=%j', (PORT) => {
    expect(problemsOf({ PORT })).toContain('PORT');
  });

  it.each(['tk_short', `tk_${'a'.repeat(129)}`, `tk_${'ä'.repeat(40)}`])('is refused with BOOTSTRAP_API_KEY=%j', (BOOTSTRAP_API_KEY) => {
    expect(problemsOf({ BOOTSTRAP_API_KEY })).toContain('BOOTSTRAP_API_KEY: must be tk_ followed by 32 to 128');
  });
});

describe('.env.example', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../.env.example'), 'utf8');
  const example = Object.fromEntries(text.split('\n').filter((line) => /^[A-Z]/.test(line)).map((line) => line.split(/=(.*)/s) as [string, string]));

  it('names every variable of the schema', () => {
    expect(Object.keys(example)).toEqual(expect.arrayContaining(Object.keys(environmentSchema.shape)));
  });

  it('names no others but those of the importer', () => {
    const known = new Set([...Object.keys(environmentSchema.shape), 'THREADKEEP_URL', 'THREADKEEP_API_KEY']);
    expect(Object.keys(example).filter((name) => !known.has(name))).toEqual([]);
  });

  it('shows the defaults', () => {
    expect(loadConfig(example)).toEqual(loadConfig({}));
  });
});
