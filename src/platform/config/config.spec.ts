import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './config.js';
import { environmentSchema } from './environment-schema.js';

describe('the configuration', () => {
  it('needs no variable, and is safe as it comes', () => {
    expect(loadConfig({})).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      logLevel: 'info',
      databaseUrl: undefined,
      databaseAdminUrl: undefined,
      migrationWait: 60,
      transactionPooler: false,
      poolTimeout: 30,
      statementTimeout: 15,
      redis: undefined,
      dataDir: undefined,
      bootstrapApiKey: undefined,
      autoCreateUsers: true,
      maxBodyBytes: 8_388_608,
      shutdownDelay: 2,
      shutdownTimeout: 10,
      jobConcurrency: 4,
      turnConcurrency: 200,
      streamsPerUser: 50,
      replyCacheTtl: 0,
      deletedRetentionDays: 30,
      retention: { contextManifestDays: 90, modelCallDays: 30 },
      embedder: undefined,
      openAiBaseUrl: 'https://api.openai.com/v1',
      openAiApiKey: undefined,
      embeddingModel: 'text-embedding-3-small',
      memoryGuard: new Set(['secrets']),
      messageGuard: new Set(),
      memoryRetentionDays: {},
      memoryIndexBytes: 67_108_864,
      memoryVectorsInProcess: 20_000,
      vaultKeys: undefined,
      egressAllow: { hosts: [], ranges: [] },
      door: {
        maxSmallBodyBytes: 262_144,
        maxLargeBodyBytes: 8_388_608,
        maxConnections: 2_000,
        maxBodyBytesInFlight: 67_108_864,
        requestsPerSecond: 200,
        authFailuresPerMinute: 20,
        trustProxy: false,
        allowedHosts: [],
        corsOrigins: [],
        metricsToken: undefined,
        metricsPort: undefined,
      },
      bytes: {
        page: 4_194_304,
        context: 16_777_216,
        scan: 67_108_864,
        searchBuilds: 2,
        contextBuilds: 4,
        bulkWrites: 4,
      },
      quotas: {
        conversations: 200_000,
        messages: 10_000_000,
        messageBytes: 21_474_836_480,
        memories: 200_000,
        memoryVersions: 2_000_000,
        memoryBytes: 4_294_967_296,
        manifests: 500_000,
        manifestBytes: 5_368_709_120,
        configVersions: 20_000,
        plans: 200_000,
        keys: 1_000,
        answerBytes: 1_073_741_824,
      },
      mcp: {
        checkTimeout: 10,
        commands: { names: new Set(), exact: new Set() },
        variables: new Set(),
        callTimeout: 60,
        turnRounds: 10,
        turnTimeout: 600,
        turnConcurrency: 32,
      },
    });
    expect(loadConfig({})).toMatchObject({
      poolSize: 5,
      poolOverflow: 15,
      poolTimeout: 30,
      connectTimeout: 3,
      maxLifetime: 1800,
      lockTimeout: 5,
      idleTransactionTimeout: 10,
    });
  });

  it.each([
    ['of the default size', {}, { connections: 20, perUser: 6, slow: 15, slowPerUser: 2 }],
    [
      'of five',
      { DB_POOL_SIZE: '5', DB_POOL_OVERFLOW: '0' },
      { connections: 5, perUser: 2, slow: 3, slowPerUser: 1 },
    ],
    [
      'of two',
      { DB_POOL_SIZE: '2', DB_POOL_OVERFLOW: '0' },
      { connections: 2, perUser: 1, slow: 1, slowPerUser: 1 },
    ],
    [
      'of one',
      { DB_POOL_SIZE: '1', DB_POOL_OVERFLOW: '0' },
      { connections: 1, perUser: 1, slow: 1, slowPerUser: 1 },
    ],
    [
      'whose shares are set larger than it is',
      {
        DB_POOL_SIZE: '4',
        DB_POOL_OVERFLOW: '0',
        DB_USER_CONNECTIONS: '9',
        DB_USER_SLOW_STATEMENTS: '9',
        DB_SHORT_WORK_CONNECTIONS: '9',
      },
      { connections: 4, perUser: 4, slow: 1, slowPerUser: 1 },
    ],
  ])(
    'shares out a pool %s, and leaves something to everybody where there is something',
    (_title, env, shares) => {
      expect(loadConfig(env).fairness).toMatchObject({
        ...shares,
        maxWaiting: 1000,
        maxSlowWaiting: 100,
        listTimeout: 5,
      });
    },
  );

  it('takes replicas, and not behind a transaction pooler, where their role could not be lowered', () => {
    expect(loadConfig({}).replicaUrls).toEqual([]);
    expect(
      loadConfig({ DATABASE_REPLICA_URLS: 'postgres://a/db, postgresql://b/db' }).replicaUrls,
    ).toEqual(['postgres://a/db', 'postgresql://b/db']);
    expect(() => loadConfig({ DATABASE_REPLICA_URLS: 'postgres://a/db,b' })).toThrow(
      'DATABASE_REPLICA_URLS',
    );
    expect(() =>
      loadConfig({ DATABASE_REPLICA_URLS: 'postgres://a/db', DB_TRANSACTION_POOLER: 'true' }),
    ).toThrow('cannot be set together');
  });

  it('reads every variable', () => {
    const key = 'tk_q7Wc2LbX0vRk9TzNf4HmYdEa8JpSu1Go6ViKxCt3BeQ';
    const certificate = join(mkdtempSync(join(tmpdir(), 'threadkeep-config-')), 'ca.pem');
    writeFileSync(certificate, '-----BEGIN CERTIFICATE-----');
    const env = {
      PORT: '0',
      HOST: '0.0.0.0',
      LOG_LEVEL: 'debug',
      DATABASE_URL: 'postgres://a:b@localhost/c',
      DATABASE_ADMIN_URL: 'postgresql://o@localhost/c',
      DATABASE_REPLICA_URLS: '',
      DB_MIGRATION_WAIT: '3',
      DB_SSL_CA_FILE: certificate,
      DB_TRANSACTION_POOLER: 'true',
      DB_POOL_SIZE: '7',
      DB_POOL_OVERFLOW: '0',
      DB_POOL_TIMEOUT: '0.5',
      DB_CONNECT_TIMEOUT: '2',
      DB_MAX_LIFETIME: '60',
      DB_LOCK_TIMEOUT: '1.5',
      DB_IDLE_TRANSACTION_TIMEOUT: '4',
      DB_LIST_TIMEOUT: '1',
      DB_SHORT_WORK_CONNECTIONS: '3',
      DB_USER_CONNECTIONS: '4',
      DB_USER_SLOW_STATEMENTS: '3',
      DATABASE_SYSTEM_URL: 'postgres://system@localhost/db',
      DB_SYSTEM_POOL_SIZE: '3',
      DB_SYSTEM_POOL_OVERFLOW: '4',
      DB_USER_SLOW_WAITING: '8',
      DB_USER_WAITING: '9',
      DB_STATEMENT_TIMEOUT: '2',
      REDIS_URL: 'rediss://localhost',
      REDIS_CA: rootCertificates[0]!,
      DATA_DIR: 'data',
      BOOTSTRAP_API_KEY: key,
      SERVICE_KEY_FILE: 'service.key',
      API_KEY_RETENTION_DAYS: '30',
      AUDIT_RETENTION_DAYS: '60',
      AUTO_CREATE_USERS: 'false',
      MAX_BODY_BYTES: '1000',
      SHUTDOWN_DELAY: '0',
      SHUTDOWN_TIMEOUT: '3',
      TURN_CONCURRENCY: '7',
      MODEL_CALL_CONCURRENCY: '8',
      REPLY_CACHE_TTL: '60',
      JOB_CONCURRENCY: '0',
      DELETED_RETENTION_DAYS: '7',
      CONTEXT_MANIFEST_RETENTION_DAYS: '45',
      MODEL_CALL_RETENTION_DAYS: '46',
      EMBEDDER: 'openai',
      OPENAI_BASE_URL: 'http://127.0.0.1:8080/v1/',
      OPENAI_API_KEY: 'a-key',
      EMBEDDING_MODEL: 'nomic-embed-text',
      MEMORY_GUARD: 'secrets,pii',
      MESSAGE_GUARD: 'secrets',
      MEMORY_RETENTION: 'episode:90',
      MEMORY_INDEX_MB: '2',
      MEMORY_VECTORS_IN_PROCESS: '5',
      VAULT_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
      EGRESS_ALLOW: 'mcp.example.com,10.1.0.0/16',
      MCP_CHECK_TIMEOUT: '2.5',
      ANTHROPIC_API_KEY: 'b-key',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:8081/v1',
      GOOGLE_GENERATIVE_AI_API_KEY: 'c-key',
      GOOGLE_GENERATIVE_AI_BASE_URL: 'http://127.0.0.1:8082/v1',
      MODEL_PROVIDERS: '{"groq":{"baseUrl":"http://127.0.0.1:8083/v1"}}',
      MODEL_PRICES: '{"groq/a":{"input":1,"output":2}}',
      TITLE_MODEL: 'off',
      SUMMARY_MODEL: 'groq/a/b',
      MODEL_HEAD_TIMEOUT_MS: '11',
      MODEL_SILENCE_TIMEOUT_MS: '12',
      MODEL_TOTAL_TIMEOUT_MS: '13',
      MODEL_MAX_RETRY_WAIT_MS: '14',
      MODEL_MAX_QUEUE_WAIT_MS: '15',
      MAX_SMALL_BODY_BYTES: '2000',
      MAX_CONNECTIONS: '10',
      STREAMS_PER_USER: '5',
      MAX_BODY_BYTES_IN_FLIGHT: '5000',
      RATE_LIMIT_PER_SECOND: '3',
      AUTH_FAILURES_PER_MINUTE: '4',
      TRUST_PROXY: '10.0.0.0/8,::1',
      ALLOWED_HOSTS: 'API.example.com,[::2]',
      CORS_ORIGINS: 'https://app.example.com,http://localhost:5173',
      METRICS_TOKEN: 'a-token-of-metrics',
      METRICS_PORT: '9464',
      MAX_PAGE_BYTES: '1000',
      MAX_CONTEXT_BYTES: '2000',
      SEARCH_SCAN_MB: '3',
      SEARCH_BUILDS: '4',
      CONTEXT_BUILDS: '5',
      BULK_WRITES: '6',
      QUOTA_CONVERSATIONS: '0',
      QUOTA_MESSAGES: '1',
      QUOTA_MESSAGE_BYTES: '2',
      QUOTA_MEMORIES: '3',
      QUOTA_MEMORY_VERSIONS: '4',
      QUOTA_MEMORY_BYTES: '5',
      QUOTA_MANIFESTS: '6',
      QUOTA_MANIFEST_BYTES: '7',
      QUOTA_MODEL_CALLS: '12',
      QUOTA_MODEL_CALL_BYTES: '13',
      QUOTA_CONFIG_VERSIONS: '8',
      QUOTA_PLANS: '9',
      QUOTA_KEYS: '10',
      QUOTA_ANSWER_BYTES: '11',
      WORKER_THREADS: '3',
      WORKER_TIMEOUT: '4',
      MCP_STDIO_COMMANDS: 'npx, /usr/bin/uvx',
      MCP_STDIO_VARIABLES: 'LOG_FORMAT, mode',
      MCP_CALL_TIMEOUT: '15',
      MCP_TURN_ROUNDS: '16',
      MCP_TURN_TIMEOUT: '17',
      MCP_TURN_CONCURRENCY: '18',
    };
    // The other place that keys can be in; there is one of the two. A certificate needs its key: see test/faults/redis-tls.fault-spec.ts.
    expect([...Object.keys(env), 'VAULT_KEYS_FILE', 'REDIS_CERT', 'REDIS_KEY'].sort()).toEqual(
      Object.keys(environmentSchema.shape).sort(),
    );
    const {
      port,
      transactionPooler,
      poolSize,
      poolTimeout,
      autoCreateUsers,
      bootstrapApiKey,
      maxBodyBytes,
    } = loadConfig(env);
    expect([
      port,
      transactionPooler,
      poolSize,
      poolTimeout,
      autoCreateUsers,
      bootstrapApiKey,
      maxBodyBytes,
    ]).toEqual([0, true, 7, 0.5, false, key, 1000]);
    expect(loadConfig(env)).toMatchObject({
      quotas: {
        conversations: 0,
        messages: 1,
        messageBytes: 2,
        memories: 3,
        memoryVersions: 4,
        memoryBytes: 5,
        manifests: 6,
        manifestBytes: 7,
        configVersions: 8,
        plans: 9,
        keys: 10,
        answerBytes: 11,
      },
      fairness: {
        connections: 7,
        perUser: 4,
        slow: 4,
        slowPerUser: 3,
        maxWaiting: 9,
        maxSlowWaiting: 8,
        listTimeout: 1,
      },
      redis: { url: 'rediss://localhost', tls: { ca: rootCertificates[0] } },
      databaseSystemUrl: expect.stringMatching(
        /^postgres:\/\/system@localhost\/db\?sslrootcert=.*verify-full/,
      ),
      systemPool: { size: 3, overflow: 4 },
      retention: { contextManifestDays: 45, modelCallDays: 46 },
      identity: { serviceKeyFile: 'service.key', apiKeyRetentionDays: 30, auditRetentionDays: 60 },
      embedder: 'openai',
      openAiBaseUrl: 'http://127.0.0.1:8080/v1',
      openAiApiKey: 'a-key',
      embeddingModel: 'nomic-embed-text',
      memoryGuard: new Set(['secrets', 'pii']),
      messageGuard: new Set(['secrets']),
      memoryRetentionDays: { episode: 90 },
      memoryIndexBytes: 2_097_152,
      memoryVectorsInProcess: 5,
      vaultKeys: [{ id: 'k1' }],
      egressAllow: { hosts: [{ host: 'mcp.example.com', port: null }], ranges: ['10.1.0.0/16'] },
      door: {
        // No more than the large limit, and room for two of the largest.
        maxSmallBodyBytes: 1_000,
        maxLargeBodyBytes: 1_000,
        maxBodyBytesInFlight: 5_000,
        maxConnections: 10,
        requestsPerSecond: 3,
        authFailuresPerMinute: 4,
        trustProxy: ['10.0.0.0/8', '::1'],
        allowedHosts: ['api.example.com', '[::2]'],
        corsOrigins: ['https://app.example.com', 'http://localhost:5173'],
        metricsToken: 'a-token-of-metrics',
        metricsPort: 9_464,
      },
      bytes: {
        page: 1_000,
        context: 2_000,
        scan: 3_145_728,
        searchBuilds: 4,
        contextBuilds: 5,
        bulkWrites: 6,
      },
      mcp: {
        checkTimeout: 2.5,
        commands: { names: new Set(['npx', '/usr/bin/uvx']), exact: new Set() },
        variables: new Set(['LOG_FORMAT', 'mode']),
        callTimeout: 15,
        turnRounds: 16,
        turnTimeout: 17,
        turnConcurrency: 18,
      },
      models: {
        providers: expect.any(Map),
        prices: new Map([['groq/a', { input: 1, output: 2 }]]),
        title: 'off',
        summary: { provider: 'groq', name: 'a/b' },
        headTimeoutMs: 11,
        silenceTimeoutMs: 12,
        totalTimeoutMs: 13,
        maxRetryWaitMs: 14,
        maxQueueWaitMs: 15,
      },
    });
    expect(loadConfig({ ...env, MAX_BODY_BYTES: '4000', TRUST_PROXY: '2' }).door).toMatchObject({
      maxSmallBodyBytes: 2_000,
      maxBodyBytesInFlight: 8_000,
      trustProxy: 2,
    });
  });

  it.each([
    ['MCP.Example.com', 'mcp.example.com', null],
    ['mcp.internal:80', 'mcp.internal', 80],
    ['127.0.0.1:65535', '127.0.0.1', 65_535],
    ['::1', '::1', null],
    ['[0:0::1]:8080', '::1', 8080],
  ])('allows a host with EGRESS_ALLOW=%j', (EGRESS_ALLOW, host, port) => {
    expect(loadConfig({ EGRESS_ALLOW }).egressAllow).toEqual({
      hosts: [{ host, port }],
      ranges: [],
    });
  });

  it('takes a blank variable for an absent one', () => {
    expect(loadConfig({ PORT: ' ', DATABASE_URL: '', AUTO_CREATE_USERS: '' })).toMatchObject({
      port: 3000,
      databaseUrl: undefined,
      autoCreateUsers: true,
    });
  });
});
