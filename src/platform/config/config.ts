// What the process runs with: the environment, parsed once, every problem reported together, then frozen.
import { type BytesConfig, bytesConfig } from './bytes-settings.js';
import { tlsUrl } from './database-url.js';
import { type DoorConfig, doorConfig } from './door-settings.js';
import type { EgressAllow } from './egress-allow.js';
import { type Environment, environmentSchema } from './environment-schema.js';
import { type Fairness, fairnessOf } from './fairness-settings.js';
import type { GuardFamily, MemoryKind } from './memory-settings.js';
import { type McpSettings, mcpSettingsOf } from './mcp-settings.js';
import { type QuotaLimits, quotaLimitsOf } from './quota-settings.js';
import { type RedisSettings, redisSettingsOf } from './redis-settings.js';
import { type RetentionConfig, retentionOf } from './retention-settings.js';
import { type IdentitySettings, identitySettingsOf } from './identity-settings.js';
import type { VaultKey } from './vault-keys.js';
import { type WorkerSettings, workerSettingsOf } from './worker-settings.js';

/** What the process runs with. Times are in seconds, sizes in bytes. Injected by class: `constructor(private config: Config)`. */
export class Config {
  readonly port: number;
  readonly host: string;
  readonly logLevel: Environment['LOG_LEVEL'];
  /** Where requests are served from, with its TLS as pg reads it; absent means the embedded server, or a login made for the one of the admin URL. */
  readonly databaseUrl: string | undefined;
  /** What the service does for itself, as another login on connections of its own; absent means one made by the owner. */
  readonly databaseSystemUrl: string | undefined;
  /** The owner's connection: when it is given, pending migrations run at start. */
  readonly databaseAdminUrl: string | undefined;
  /** Copies of the database that may answer lists and pages. */
  readonly replicaUrls: readonly string[];
  /** Seconds that migrations wait for others before they give up. */
  readonly migrationWait: number;
  /** True behind PgBouncer or Supavisor in transaction mode: no named statements, no LISTEN. */
  readonly transactionPooler: boolean;
  /** Connections of the pool that are kept, once opened. */
  readonly poolSize: number;
  /** Connections more under load; closed again when nobody needs them. */
  readonly poolOverflow: number;
  /** The same of the system's own pool. */
  readonly systemPool: { readonly size: number; readonly overflow: number };
  readonly poolTimeout: number;
  /** Seconds to find out that the database cannot be reached. */
  readonly connectTimeout: number;
  /** Seconds after which a connection is replaced. */
  readonly maxLifetime: number;
  readonly statementTimeout: number;
  /** Seconds a statement waits for a row or a table that somebody else holds. */
  readonly lockTimeout: number;
  /** Seconds a transaction may stay open with nothing to do. */
  readonly idleTransactionTimeout: number;
  /** How the connections of the pool are shared between users. */
  readonly fairness: Fairness;
  readonly redis: RedisSettings | undefined;
  readonly dataDir: string | undefined;
  readonly bootstrapApiKey: string | undefined;
  readonly identity: IdentitySettings;
  readonly autoCreateUsers: boolean;
  readonly maxBodyBytes: number;
  /** Seconds between saying that it is not ready and taking no more requests. */
  readonly shutdownDelay: number;
  readonly shutdownTimeout: number;
  /** Jobs that run in this process at a time; with 0 it runs none, and leaves them to others. */
  readonly jobConcurrency: number;
  /** Days that deleted rows can be restored. */
  readonly deletedRetentionDays: number;
  readonly retention: RetentionConfig;
  /** Who turns memories into vectors; with none, search goes by words. */
  readonly embedder: Environment['EMBEDDER'];
  /** Without a slash at its end. */
  readonly openAiBaseUrl: string;
  readonly openAiApiKey: string | undefined;
  /** Of the OpenAI-compatible service; the local embedder has one model. */
  readonly embeddingModel: string;
  /** What memories are refused for; empty when nothing is looked for. */
  readonly memoryGuard: ReadonlySet<GuardFamily>;
  readonly messageGuard: ReadonlySet<GuardFamily>;
  /** Days that memories of a kind are kept; a kind that is not named is kept for ever. */
  readonly memoryRetentionDays: Readonly<Partial<Record<MemoryKind, number>>>;
  /** Search indexes kept in this process. */
  readonly memoryIndexBytes: number;
  /** Memories of a user up to which this process looks at the vectors itself, where PostgreSQL could do it with pgvector. */
  readonly memoryVectorsInProcess: number;
  /** What data keys are wrapped with: the first; by the others they can only be unwrapped. Absent means those of the embedded server's directory. */
  readonly vaultKeys: readonly VaultKey[] | undefined;
  /** What the service may connect to for its users besides public hosts. */
  readonly egressAllow: EgressAllow;
  readonly mcp: McpSettings;
  /** The file that the keys of the vault were read from. */
  readonly vaultKeysFile: string | undefined;
  /** What is let in. */
  readonly door: DoorConfig;
  /** Threads for work that would hold up requests. */
  readonly workers: WorkerSettings;
  /** How much content one request may read, and how much of such work runs at a time. */
  readonly bytes: BytesConfig;
  /** The most that one user keeps. */
  readonly quotas: QuotaLimits;

  /** @param vaultKeysFile where it is: the environment has what it holds */
  constructor(env: Environment, vaultKeysFile?: string) {
    this.port = env.PORT;
    this.host = env.HOST;
    this.logLevel = env.LOG_LEVEL;
    this.databaseUrl = env.DATABASE_URL && tlsUrl(env.DATABASE_URL, env.DB_SSL_CA_FILE);
    this.databaseSystemUrl =
      env.DATABASE_SYSTEM_URL && tlsUrl(env.DATABASE_SYSTEM_URL, env.DB_SSL_CA_FILE);
    this.databaseAdminUrl =
      env.DATABASE_ADMIN_URL && tlsUrl(env.DATABASE_ADMIN_URL, env.DB_SSL_CA_FILE);
    this.migrationWait = env.DB_MIGRATION_WAIT;
    this.replicaUrls = env.DATABASE_REPLICA_URLS.map((url) => tlsUrl(url, env.DB_SSL_CA_FILE));
    this.transactionPooler = env.DB_TRANSACTION_POOLER;
    this.poolSize = env.DB_POOL_SIZE;
    this.poolOverflow = env.DB_POOL_OVERFLOW;
    this.systemPool = Object.freeze({
      size: env.DB_SYSTEM_POOL_SIZE,
      overflow: env.DB_SYSTEM_POOL_OVERFLOW,
    });
    this.poolTimeout = env.DB_POOL_TIMEOUT;
    this.connectTimeout = env.DB_CONNECT_TIMEOUT;
    this.maxLifetime = env.DB_MAX_LIFETIME;
    this.statementTimeout = env.DB_STATEMENT_TIMEOUT;
    this.lockTimeout = env.DB_LOCK_TIMEOUT;
    this.idleTransactionTimeout = env.DB_IDLE_TRANSACTION_TIMEOUT;
    this.fairness = fairnessOf(env);
    this.redis = redisSettingsOf(env);
    this.dataDir = env.DATA_DIR;
    this.bootstrapApiKey = env.BOOTSTRAP_API_KEY;
    this.identity = identitySettingsOf(env);
    this.autoCreateUsers = env.AUTO_CREATE_USERS;
    this.maxBodyBytes = env.MAX_BODY_BYTES;
    this.shutdownDelay = env.SHUTDOWN_DELAY;
    this.shutdownTimeout = env.SHUTDOWN_TIMEOUT;
    this.jobConcurrency = env.JOB_CONCURRENCY;
    this.deletedRetentionDays = env.DELETED_RETENTION_DAYS;
    this.retention = retentionOf(env);
    this.embedder = env.EMBEDDER;
    this.openAiBaseUrl = env.OPENAI_BASE_URL.replace(/\/+$/, '');
    this.openAiApiKey = env.OPENAI_API_KEY;
    this.embeddingModel = env.EMBEDDING_MODEL;
    this.memoryGuard = env.MEMORY_GUARD;
    this.messageGuard = env.MESSAGE_GUARD;
    this.memoryRetentionDays = env.MEMORY_RETENTION;
    this.memoryIndexBytes = env.MEMORY_INDEX_MB * 1024 * 1024;
    this.memoryVectorsInProcess = env.MEMORY_VECTORS_IN_PROCESS;
    this.vaultKeys = env.VAULT_KEYS ?? env.VAULT_KEYS_FILE;
    this.egressAllow = env.EGRESS_ALLOW;
    this.mcp = mcpSettingsOf(env);
    this.vaultKeysFile = vaultKeysFile;
    this.door = doorConfig(env);
    this.workers = workerSettingsOf(env);
    this.bytes = bytesConfig(env);
    this.quotas = quotaLimitsOf(env);
    Object.freeze(this);
  }
}

/** Thrown with one line per bad variable; the values themselves are never named, they may be secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the environment. A blank variable counts as absent, as in a compose file.
 * @throws ConfigError naming every variable that is wrong.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value?.trim() !== ''),
  );
  const parsed = environmentSchema.safeParse(present);
  if (parsed.success) return new Config(parsed.data, present['VAULT_KEYS_FILE']);
  const problems = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.')}: ${issue.message}`,
  );
  throw new ConfigError(`The environment is not usable:\n${problems.join('\n')}`);
}
