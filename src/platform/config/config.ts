// The process's configuration: the environment, parsed once, with all problems reported together,
// then frozen.
import { type BytesConfig, bytesConfig } from './bytes-settings.js';
import { tlsUrl } from './database-url.js';
import { type DoorConfig, doorConfig } from './door-settings.js';
import { EnvFileError, environmentWithFile } from './env-file.js';
import type { EgressAllow } from './egress-allow.js';
import { type Environment, environmentSchema } from './environment-schema.js';
import { type Fairness, fairnessOf } from './fairness-settings.js';
import type { GuardFamily, MemoryKind } from './memory-settings.js';
import { type McpSettings, mcpSettingsOf } from './mcp-settings.js';
import { type ModelSettings, modelSettingsOf } from './model-settings.js';
import { type QuotaLimits, quotaLimitsOf } from './quota-settings.js';
import { type RedisSettings, redisSettingsOf } from './redis-settings.js';
import { type RetentionConfig, retentionOf } from './retention-settings.js';
import { type IdentitySettings, identitySettingsOf } from './identity-settings.js';
import { withoutTrailingSlashes } from './web-address.js';
import {
  type TracingSettings,
  tracingSettingsOf,
  withoutUnusedTracing,
} from './tracing-settings.js';
import { problemWords } from './problem-words.js';
import type { VaultKey } from './vault-keys.js';
import { type WebhookSettings, webhookSettingsOf } from './webhook-settings.js';
import { type WorkerSettings, workerSettingsOf } from './worker-settings.js';

/**
 * The process's configuration. Times are in seconds and sizes in bytes, unless a name says
 * otherwise. Inject it by class: `constructor(private config: Config)`.
 */
export class Config {
  readonly port: number;
  readonly host: string;
  readonly logLevel: Environment['LOG_LEVEL'];
  /** Absent: there are no traces, and nothing of OpenTelemetry's SDK is loaded. */
  readonly tracing: TracingSettings | undefined;
  /**
   * The connection of requests, with TLS options as pg reads them. Absent: the embedded server, or
   * a login derived from `databaseAdminUrl`.
   */
  readonly databaseUrl: string | undefined;
  /** The system's connection, with another login. Absent: a login derived from the owner's. */
  readonly databaseSystemUrl: string | undefined;
  /** The owner's connection. When it is set, the start runs pending migrations. */
  readonly databaseAdminUrl: string | undefined;
  /** Read replicas, which may answer lists and pages. */
  readonly replicaUrls: readonly string[];
  /** Seconds that a migration waits for other processes and locks. */
  readonly migrationWait: number;
  /** True behind PgBouncer or Supavisor in transaction mode: no named statements, and no LISTEN. */
  readonly transactionPooler: boolean;
  /** Connections that the pool keeps. */
  readonly poolSize: number;
  /** Further connections under load. The pool closes them when they are unused. */
  readonly poolOverflow: number;
  /** The same sizes for the system's pool. */
  readonly systemPool: { readonly size: number; readonly overflow: number };
  readonly poolTimeout: number;
  /** Seconds of silence after which the database counts as unreachable. */
  readonly connectTimeout: number;
  /** Seconds after which a connection is replaced. */
  readonly maxLifetime: number;
  readonly statementTimeout: number;
  /** Seconds that a statement waits for a lock. */
  readonly lockTimeout: number;
  /** Seconds that an open transaction may be idle. */
  readonly idleTransactionTimeout: number;
  /** The shares of the pool's connections that users may hold. */
  readonly fairness: Fairness;
  readonly redis: RedisSettings | undefined;
  readonly dataDir: string | undefined;
  readonly bootstrapApiKey: string | undefined;
  readonly identity: IdentitySettings;
  readonly autoCreateUsers: boolean;
  readonly maxBodyBytes: number;
  /** Seconds between reporting not ready and refusing requests. */
  readonly shutdownDelay: number;
  readonly shutdownTimeout: number;
  /** Concurrent jobs of this process. With 0 it runs none, and leaves them to other processes. */
  readonly jobConcurrency: number;
  /** Turns whose models answer at the same time, in this process. */
  readonly turnConcurrency: number;
  /** Streams that a user may have open in this process. */
  readonly streamsPerUser: number;
  /** Model calls of the background that run at the same time, in this process. */
  readonly modelCallConcurrency: number;
  /** Seconds for which replies of models are kept for turns that ask the same. 0: they are not. */
  readonly replyCacheTtl: number;
  /** Days in which deleted rows can be restored. */
  readonly deletedRetentionDays: number;
  readonly retention: RetentionConfig;
  /**
   * What makes vectors of memories. With `none`, search uses words only. Without a value, it is the
   * local model where that is installed.
   */
  readonly embedder: Environment['EMBEDDER'];
  /** Whether messages are found by meaning, too, where there is an embedder. */
  readonly embedMessages: boolean;
  /** Without a slash at the end. */
  readonly openAiBaseUrl: string;
  readonly openAiApiKey: string | undefined;
  /** The model of the OpenAI-compatible service. The local embedder has only one. */
  readonly embeddingModel: string;
  /** What memories are refused for. Empty: nothing is searched for. */
  readonly memoryGuard: ReadonlySet<GuardFamily>;
  readonly messageGuard: ReadonlySet<GuardFamily>;
  /** Days that memories are kept, by kind. Other kinds are kept for ever. */
  readonly memoryRetentionDays: Readonly<Partial<Record<MemoryKind, number>>>;
  /** Memory for search indexes in this process. */
  readonly memoryIndexBytes: number;
  /**
   * Memories of a user up to which this process compares the vectors itself, although PostgreSQL
   * has pgvector.
   */
  readonly memoryVectorsInProcess: number;
  /**
   * The first key wraps data keys; the others can only unwrap. Absent: the keys in the embedded
   * server's directory.
   */
  readonly vaultKeys: readonly VaultKey[] | undefined;
  /** Targets that the service may connect to for its users, besides public hosts. */
  readonly egressAllow: EgressAllow;
  readonly mcp: McpSettings;
  readonly models: ModelSettings;
  /** The file that the vault's keys were read from. */
  readonly vaultKeysFile: string | undefined;
  /** The limits of admission. */
  readonly door: DoorConfig;
  /** Threads for work that would hold up requests. */
  readonly webhooks: WebhookSettings;
  readonly workers: WorkerSettings;
  /** How much content one request may read, and how much of such work runs at a time. */
  readonly bytes: BytesConfig;
  /** The most that one user keeps. */
  readonly quotas: QuotaLimits;

  /** @param vaultKeysFile the path in VAULT_KEYS_FILE; `env` has the keys from this file */
  constructor(env: Environment, vaultKeysFile?: string) {
    const ca = env.DB_SSL_CA_FILE;
    this.port = env.PORT;
    this.host = env.HOST;
    this.logLevel = env.LOG_LEVEL;
    this.tracing = tracingSettingsOf(env);
    this.databaseUrl = env.DATABASE_URL && tlsUrl(env.DATABASE_URL, ca);
    this.databaseSystemUrl = env.DATABASE_SYSTEM_URL && tlsUrl(env.DATABASE_SYSTEM_URL, ca);
    this.databaseAdminUrl = env.DATABASE_ADMIN_URL && tlsUrl(env.DATABASE_ADMIN_URL, ca);
    this.migrationWait = env.DB_MIGRATION_WAIT;
    this.replicaUrls = env.DATABASE_REPLICA_URLS.map((url) => tlsUrl(url, ca));
    this.transactionPooler = env.DB_TRANSACTION_POOLER;
    this.poolSize = env.DB_POOL_SIZE;
    this.poolOverflow = env.DB_POOL_OVERFLOW;
    this.systemPool = systemPoolOf(env);
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
    this.turnConcurrency = env.TURN_CONCURRENCY;
    this.streamsPerUser = env.STREAMS_PER_USER;
    this.modelCallConcurrency = env.MODEL_CALL_CONCURRENCY;
    this.replyCacheTtl = env.REPLY_CACHE_TTL;
    this.deletedRetentionDays = env.DELETED_RETENTION_DAYS;
    this.retention = retentionOf(env);
    this.embedder = env.EMBEDDER;
    this.embedMessages = env.EMBED_MESSAGES;
    this.openAiBaseUrl = withoutTrailingSlashes(env.OPENAI_BASE_URL);
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
    this.models = modelSettingsOf(env);
    this.vaultKeysFile = vaultKeysFile;
    this.door = doorConfig(env);
    this.webhooks = webhookSettingsOf(env);
    this.workers = workerSettingsOf(env);
    this.bytes = bytesConfig(env);
    this.quotas = quotaLimitsOf(env);
    Object.freeze(this);
  }
}

const systemPoolOf = (env: Environment) =>
  Object.freeze({ size: env.DB_SYSTEM_POOL_SIZE, overflow: env.DB_SYSTEM_POOL_OVERFLOW });

/**
 * Thrown with one line per bad variable; the values themselves are never named, they may be
 * secrets.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the environment, by default with the `.env` file of the working directory. A blank variable
 * counts as absent, as in a compose file.
 * @throws ConfigError naming every variable that is wrong.
 */
export function loadConfig(env: NodeJS.ProcessEnv = processEnvironment()): Config {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value?.trim() !== ''),
  );
  const parsed = environmentSchema.safeParse(withoutUnusedTracing(present), {
    error: problemWords,
  });
  if (parsed.success) return new Config(parsed.data, present['VAULT_KEYS_FILE']);
  const problems = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.')}: ${issue.message}`,
  );
  throw new ConfigError(`The environment is not usable:\n${problems.join('\n')}`);
}

function processEnvironment(): NodeJS.ProcessEnv {
  try {
    return environmentWithFile();
  } catch (error) {
    if (!(error instanceof EnvFileError)) throw error;
    throw new ConfigError(error.message, { cause: error });
  }
}
