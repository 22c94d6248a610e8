// The one schema of the environment: parsed once, every problem reported together, then frozen.
import { z } from 'zod';
import { type VaultKey, vaultKeys, vaultKeysFile } from './vault-keys.js';
import { tlsProblem, tlsRefinement, tlsUrl } from './database-url.js';
import { egressAllow, type EgressAllow } from './egress-allow.js';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const seconds = (fallback: number) => z.coerce.number().positive().max(3600).default(fallback);
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\/\S+$/, 'must be a postgres:// URL');
const count = (fallback: number, max: number) => z.coerce.number().int().min(1).max(max).default(fallback);

// The memory feature's own words, said again: the platform may not import a feature.
const MEMORY_KINDS = ['fact', 'preference', 'episode', 'summary', 'instruction'] as const;
const GUARD_FAMILIES = ['secrets', 'pii'] as const;
export type MemoryKind = (typeof MEMORY_KINDS)[number];
export type GuardFamily = (typeof GUARD_FAMILIES)[number];

const commaList = (word: string) => new RegExp(`^\\s*${word}(\\s*,\\s*${word})*\\s*$`);
const wordsOf = (list: string): string[] => list.split(',').map((word) => word.trim());

/** `secrets,pii`, one of them, or `off`. */
const guard = z
  .string()
  .regex(new RegExp(`${commaList(`(${GUARD_FAMILIES.join('|')})`).source}|^\\s*off\\s*$`), 'must be secrets, pii, both with a comma between, or off')
  .default('secrets')
  .transform((list): ReadonlySet<GuardFamily> => new Set(GUARD_FAMILIES.filter((family) => wordsOf(list).includes(family))));

/** `episode:90,summary:365`: days by kind. A kind named twice is a mistake that somebody should hear of. */
const retention = z
  .string()
  .regex(commaList(`(${MEMORY_KINDS.join('|')}):[1-9]\\d{0,4}`), `must be days by kind, as in episode:90,summary:365; the kinds are ${MEMORY_KINDS.join(', ')}`)
  .optional()
  .transform((list) => (list === undefined ? [] : wordsOf(list).map((word) => word.split(':') as [MemoryKind, string])))
  .refine((pairs) => new Set(pairs.map(([kind]) => kind)).size === pairs.length, 'must name each kind once')
  .transform((pairs) => Object.freeze(Object.fromEntries(pairs.map(([kind, days]) => [kind, Number(days)])) as Partial<Record<MemoryKind, number>>));

/** `mcp.example.com,10.0.0.5:8080,10.1.0.0/16`. */
const allowedTargets = z
  .string()
  .optional()
  .transform((list, context): EgressAllow => {
    const allow = egressAllow(list === undefined ? [] : wordsOf(list));
    if (!allow) context.addIssue('must be hosts, host:port or CIDR ranges with commas between');
    return allow ?? z.NEVER;
  });

const commands = z
  .string()
  .regex(commaList('(/[^,\\s]+|[A-Za-z0-9_][A-Za-z0-9._+-]*)'), 'must be absolute paths or names of commands with commas between')
  .optional()
  .transform((list): ReadonlySet<string> => new Set(list === undefined ? [] : wordsOf(list)));

const replicaUrls = z
  .string()
  .optional()
  .transform((list) => (list === undefined ? [] : wordsOf(list)))
  .pipe(z.array(postgresUrl));

const settings = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_ADMIN_URL: postgresUrl.optional(),
  DATABASE_REPLICA_URLS: replicaUrls,
  DB_MIGRATION_WAIT: seconds(60),
  DB_SSL_CA_FILE: z.string().min(1).optional(),
  DB_TRANSACTION_POOLER: flag.default(false),
  DB_POOL_SIZE: count(5, 1000),
  DB_POOL_OVERFLOW: z.coerce.number().int().min(0).max(1000).default(15),
  DB_POOL_TIMEOUT: seconds(30),
  DB_CONNECT_TIMEOUT: seconds(3),
  DB_MAX_LIFETIME: seconds(1800),
  DB_STATEMENT_TIMEOUT: seconds(15),
  DB_LOCK_TIMEOUT: seconds(5),
  DB_IDLE_TRANSACTION_TIMEOUT: seconds(10),
  REDIS_URL: z.string().regex(/^rediss?:\/\/\S+$/, 'must be a redis:// URL').optional(),
  DATA_DIR: z.string().min(1).optional(),
  BOOTSTRAP_API_KEY: z
    .string()
    .regex(/^tk_[A-Za-z0-9_-]{32,128}$/, 'must be tk_ followed by 32 to 128 letters, digits, - or _')
    .optional(),
  AUTO_CREATE_USERS: flag.default(true),
  MAX_BODY_BYTES: count(8 * 1024 * 1024, 64 * 1024 * 1024),
  SHUTDOWN_DELAY: z.coerce.number().min(0).max(3600).default(2),
  SHUTDOWN_TIMEOUT: seconds(10),
  JOB_CONCURRENCY: z.coerce.number().int().min(0).max(100).default(4),
  DELETED_RETENTION_DAYS: count(30, 36_500),
  EMBEDDER: z.enum(['none', 'local', 'openai']).default('none'),
  OPENAI_BASE_URL: z
    .string()
    .regex(/^https?:\/\/[^\s@?#]+$/, 'must be an http:// or https:// URL without credentials or a query')
    .default('https://api.openai.com/v1'),
  // What cannot stand in a header is refused here: fetch would put it into its error message.
  OPENAI_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{1,1024}$/, 'must be printable ASCII without spaces')
    .optional(),
  EMBEDDING_MODEL: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/, 'must be the name of a model')
    .default('text-embedding-3-small'),
  MEMORY_GUARD: guard,
  MEMORY_RETENTION: retention,
  MEMORY_INDEX_MB: count(64, 65_536),
  MEMORY_VECTORS_IN_PROCESS: count(20_000, 10_000_000),
  VAULT_KEYS: vaultKeys,
  VAULT_KEYS_FILE: vaultKeysFile,
  EGRESS_ALLOW: allowedTargets,
  MCP_CHECK_TIMEOUT: seconds(10),
  MCP_STDIO_COMMANDS: commands,
});

// `when` makes this a problem among the others: by itself a refinement waits until nothing else is wrong.
export const environmentSchema = settings
  .refine(({ EMBEDDER, OPENAI_API_KEY }) => EMBEDDER !== 'openai' || OPENAI_API_KEY !== undefined, {
    path: ['OPENAI_API_KEY'],
    message: 'is needed with EMBEDDER=openai',
    when: ({ issues }) => !issues.some(({ path }) => path?.[0] === 'OPENAI_API_KEY'),
  })
  .refine(({ VAULT_KEYS, VAULT_KEYS_FILE }) => VAULT_KEYS === undefined || VAULT_KEYS_FILE === undefined, {
    path: ['VAULT_KEYS_FILE'],
    message: 'cannot be set together with VAULT_KEYS',
    when: ({ issues }) => !issues.some(({ path }) => String(path?.[0]).startsWith('VAULT_')),
  })
  .refine((env) => tlsProblem(env, 'DATABASE_URL') === null, tlsRefinement('DATABASE_URL'))
  .refine((env) => tlsProblem(env, 'DATABASE_ADMIN_URL') === null, tlsRefinement('DATABASE_ADMIN_URL'))
  .refine((env) => tlsProblem(env, 'DATABASE_REPLICA_URLS') === null, tlsRefinement('DATABASE_REPLICA_URLS'))
  .refine(({ DATABASE_REPLICA_URLS, DB_TRANSACTION_POOLER }) => DATABASE_REPLICA_URLS.length === 0 || !DB_TRANSACTION_POOLER, {
    path: ['DATABASE_REPLICA_URLS'],
    message: 'cannot be set together with DB_TRANSACTION_POOLER=true',
    when: ({ issues }) => !issues.some(({ path }) => /^D(ATABASE|B)_/.test(String(path?.[0]))),
  });

type Environment = z.infer<typeof environmentSchema>;

/** What the process runs with. Times are in seconds, sizes in bytes. Injected by class: `constructor(private config: Config)`. */
export class Config {
  readonly port: number;
  readonly host: string;
  readonly logLevel: Environment['LOG_LEVEL'];
  /** Where requests are served from, with its TLS as pg reads it; absent means the embedded server, or the admin URL under the runtime role. */
  readonly databaseUrl: string | undefined;
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
  readonly redisUrl: string | undefined;
  readonly dataDir: string | undefined;
  readonly bootstrapApiKey: string | undefined;
  readonly autoCreateUsers: boolean;
  readonly maxBodyBytes: number;
  /** Seconds between saying that it is not ready and taking no more requests. */
  readonly shutdownDelay: number;
  readonly shutdownTimeout: number;
  /** Jobs that run in this process at a time; with 0 it runs none, and leaves them to others. */
  readonly jobConcurrency: number;
  /** Days that deleted rows can be restored. */
  readonly deletedRetentionDays: number;
  /** Who turns memories into vectors; with none, search goes by words. */
  readonly embedder: Environment['EMBEDDER'];
  /** Without a slash at its end. */
  readonly openAiBaseUrl: string;
  readonly openAiApiKey: string | undefined;
  /** Of the OpenAI-compatible service; the local embedder has one model. */
  readonly embeddingModel: string;
  /** What memories are refused for; empty when nothing is looked for. */
  readonly memoryGuard: ReadonlySet<GuardFamily>;
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
  /** Seconds the check of an MCP server may take. */
  readonly mcpCheckTimeout: number;
  /** Commands that the check of an MCP server may start, exactly so. */
  readonly mcpStdioCommands: ReadonlySet<string>;

  constructor(env: Environment) {
    this.port = env.PORT;
    this.host = env.HOST;
    this.logLevel = env.LOG_LEVEL;
    this.databaseUrl = env.DATABASE_URL && tlsUrl(env.DATABASE_URL, env.DB_SSL_CA_FILE);
    this.databaseAdminUrl = env.DATABASE_ADMIN_URL && tlsUrl(env.DATABASE_ADMIN_URL, env.DB_SSL_CA_FILE);
    this.migrationWait = env.DB_MIGRATION_WAIT;
    this.replicaUrls = env.DATABASE_REPLICA_URLS.map((url) => tlsUrl(url, env.DB_SSL_CA_FILE));
    this.transactionPooler = env.DB_TRANSACTION_POOLER;
    this.poolSize = env.DB_POOL_SIZE;
    this.poolOverflow = env.DB_POOL_OVERFLOW;
    this.poolTimeout = env.DB_POOL_TIMEOUT;
    this.connectTimeout = env.DB_CONNECT_TIMEOUT;
    this.maxLifetime = env.DB_MAX_LIFETIME;
    this.statementTimeout = env.DB_STATEMENT_TIMEOUT;
    this.lockTimeout = env.DB_LOCK_TIMEOUT;
    this.idleTransactionTimeout = env.DB_IDLE_TRANSACTION_TIMEOUT;
    this.redisUrl = env.REDIS_URL;
    this.dataDir = env.DATA_DIR;
    this.bootstrapApiKey = env.BOOTSTRAP_API_KEY;
    this.autoCreateUsers = env.AUTO_CREATE_USERS;
    this.maxBodyBytes = env.MAX_BODY_BYTES;
    this.shutdownDelay = env.SHUTDOWN_DELAY;
    this.shutdownTimeout = env.SHUTDOWN_TIMEOUT;
    this.jobConcurrency = env.JOB_CONCURRENCY;
    this.deletedRetentionDays = env.DELETED_RETENTION_DAYS;
    this.embedder = env.EMBEDDER;
    this.openAiBaseUrl = env.OPENAI_BASE_URL.replace(/\/+$/, '');
    this.openAiApiKey = env.OPENAI_API_KEY;
    this.embeddingModel = env.EMBEDDING_MODEL;
    this.memoryGuard = env.MEMORY_GUARD;
    this.memoryRetentionDays = env.MEMORY_RETENTION;
    this.memoryIndexBytes = env.MEMORY_INDEX_MB * 1024 * 1024;
    this.memoryVectorsInProcess = env.MEMORY_VECTORS_IN_PROCESS;
    this.vaultKeys = env.VAULT_KEYS ?? env.VAULT_KEYS_FILE;
    this.egressAllow = env.EGRESS_ALLOW;
    this.mcpCheckTimeout = env.MCP_CHECK_TIMEOUT;
    this.mcpStdioCommands = env.MCP_STDIO_COMMANDS;
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
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''));
  const parsed = environmentSchema.safeParse(present);
  if (parsed.success) return new Config(parsed.data);
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`The environment is not usable:\n${problems.join('\n')}`);
}
