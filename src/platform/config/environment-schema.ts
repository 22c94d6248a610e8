// The schema of the environment: each variable, its allowed values and its default.
import { z } from 'zod';
import { canVerify, hasMailServer } from './account-settings.js';
import { bytesSettings } from './bytes-settings.js';
import { tlsProblem, tlsRefinement } from './database-url.js';
import { doorSettings } from './door-settings.js';
import { egressAllow, type EgressAllow } from './egress-allow.js';
import { fairnessSettings } from './fairness-settings.js';
import { memorySettings, wordsOf } from './memory-settings.js';
import { mcpSettings } from './mcp-settings.js';
import { tokenIssuersOf } from './issuer-settings.js';
import { haveBaseUrls, modelSettings, serviceKey, serviceUrl } from './model-settings.js';
import { quotaSettings } from './quota-settings.js';
import { redisProblem, redisRefinement, redisSettings } from './redis-settings.js';
import { retentionSettings } from './retention-settings.js';
import { identitySettings } from './identity-settings.js';
import { count, flag, postgresUrl, seconds } from './setting-kinds.js';
import { tracingSettings } from './tracing-settings.js';
import { vaultKeys, vaultKeysFileSetting } from './vault-keys.js';
import { webhookSettings } from './webhook-settings.js';
import { workerSettings } from './worker-settings.js';

/** `mcp.example.com,10.0.0.5:8080,10.1.0.0/16`. */
const allowedTargets = z
  .string()
  .optional()
  .transform((list, context): EgressAllow => {
    const allow = egressAllow(list === undefined ? [] : wordsOf(list));
    if (!allow) context.addIssue('must be hosts, host:port or CIDR ranges with commas between');
    return allow ?? z.NEVER;
  });

const replicaUrls = z
  .string()
  .optional()
  .transform((list) => (list === undefined ? [] : wordsOf(list)))
  .pipe(z.array(postgresUrl));

const settings = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  ...tracingSettings,
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_SYSTEM_URL: postgresUrl.optional(),
  DATABASE_ADMIN_URL: postgresUrl.optional(),
  DATABASE_REPLICA_URLS: replicaUrls,
  DB_MIGRATION_WAIT: seconds(60),
  DB_SSL_CA_FILE: z.string().min(1).optional(),
  DB_TRANSACTION_POOLER: flag.default(false),
  DB_POOL_SIZE: count(5, 1000),
  DB_POOL_OVERFLOW: z.coerce.number().int().min(0).max(1000).default(15),
  DB_SYSTEM_POOL_SIZE: count(2, 1000),
  DB_SYSTEM_POOL_OVERFLOW: z.coerce.number().int().min(0).max(1000).default(3),
  DB_POOL_TIMEOUT: seconds(30),
  DB_CONNECT_TIMEOUT: seconds(3),
  DB_MAX_LIFETIME: seconds(1800),
  DB_STATEMENT_TIMEOUT: seconds(15),
  DB_LOCK_TIMEOUT: seconds(5),
  DB_IDLE_TRANSACTION_TIMEOUT: seconds(10),
  ...fairnessSettings,
  ...redisSettings,
  DATA_DIR: z.string().min(1).optional(),
  ...identitySettings,
  AUTO_CREATE_USERS: flag.default(true),
  MAX_BODY_BYTES: count(8 * 1024 * 1024, 64 * 1024 * 1024),
  SHUTDOWN_DELAY: z.coerce.number().min(0).max(3600).default(2),
  SHUTDOWN_TIMEOUT: seconds(10),
  TURN_CONCURRENCY: z.coerce.number().int().min(1).max(10_000).default(200),
  MODEL_CALL_CONCURRENCY: z.coerce.number().int().min(0).max(10_000).default(50),
  REPLY_CACHE_TTL: z.coerce.number().int().min(0).max(86_400).default(0),
  JOB_CONCURRENCY: z.coerce.number().int().min(0).max(100).default(4),
  DELETED_RETENTION_DAYS: count(30, 36_500),
  ...retentionSettings,
  EMBEDDER: z.enum(['none', 'local', 'openai']).optional(),
  EMBED_MESSAGES: flag.default(true),
  OPENAI_BASE_URL: serviceUrl.default('https://api.openai.com/v1'),
  OPENAI_API_KEY: serviceKey.optional(),
  EMBEDDING_MODEL: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/, 'must be the name of a model')
    .default('text-embedding-3-small'),
  ...memorySettings,
  ...modelSettings,
  VAULT_KEYS: vaultKeys,
  VAULT_KEYS_FILE: vaultKeysFileSetting,
  EGRESS_ALLOW: allowedTargets,
  ...mcpSettings,
  ...webhookSettings,
  ...doorSettings,
  ...workerSettings,
  ...bytesSettings,
  ...quotaSettings,
});

// `when` reports this together with other problems. By default, a refinement only runs when nothing
// else is wrong.
export const environmentSchema = settings
  .refine(({ EMBEDDER, OPENAI_API_KEY }) => EMBEDDER !== 'openai' || OPENAI_API_KEY !== undefined, {
    path: ['OPENAI_API_KEY'],
    message: 'is needed with EMBEDDER=openai',
    when: ({ issues }) => !issues.some(({ path }) => path?.[0] === 'OPENAI_API_KEY'),
  })
  .refine(
    ({ VAULT_KEYS, VAULT_KEYS_FILE }) => VAULT_KEYS === undefined || VAULT_KEYS_FILE === undefined,
    {
      path: ['VAULT_KEYS_FILE'],
      message: 'cannot be set together with VAULT_KEYS',
      when: ({ issues }) => !issues.some(({ path }) => String(path?.[0]).startsWith('VAULT_')),
    },
  )
  .refine(
    ({ JWT_ISSUERS, JWT_ISSUERS_FILE }) =>
      JWT_ISSUERS === undefined || JWT_ISSUERS_FILE === undefined,
    {
      path: ['JWT_ISSUERS_FILE'],
      message: 'cannot be set together with JWT_ISSUERS',
      when: ({ issues }) => !issues.some(({ path }) => String(path?.[0]).startsWith('JWT_')),
    },
  )
  .refine(hasMailServer, {
    path: ['SMTP_URL'],
    message: 'is needed with MAIL=smtp',
    when: ({ issues }) => !issues.some(({ path }) => /^(?:MAIL|SMTP_URL)$/.test(String(path?.[0]))),
  })
  .refine(canVerify, {
    path: ['EMAIL_VERIFICATION'],
    message: 'needs MAIL',
    when: ({ issues }) => !issues.some(({ path }) => /^(?:MAIL|EMAIL_)/.test(String(path?.[0]))),
  })
  .refine((env) => !tokenIssuersOf(env).has(env.ACCESS_TOKEN_ISSUER), {
    path: ['ACCESS_TOKEN_ISSUER'],
    message: 'is the name of an issuer in JWT_ISSUERS: each issuer needs a name of its own',
    when: ({ issues }) => !issues.some(({ path }) => /^(?:JWT_|ACCESS_)/.test(String(path?.[0]))),
  })
  .refine(haveBaseUrls, {
    path: ['MODEL_PROVIDERS'],
    message: 'must name the "baseUrl" of each provider that is openai-compatible',
    when: ({ issues }) => !issues.some(({ path }) => isOfModels(String(path?.[0]))),
  })
  .refine((env) => tlsProblem(env, 'DATABASE_URL') === null, tlsRefinement('DATABASE_URL'))
  .refine(
    (env) => tlsProblem(env, 'DATABASE_SYSTEM_URL') === null,
    tlsRefinement('DATABASE_SYSTEM_URL'),
  )
  .refine(
    (env) => tlsProblem(env, 'DATABASE_ADMIN_URL') === null,
    tlsRefinement('DATABASE_ADMIN_URL'),
  )
  .refine(
    (env) => tlsProblem(env, 'DATABASE_REPLICA_URLS') === null,
    tlsRefinement('DATABASE_REPLICA_URLS'),
  )
  .refine((env) => redisProblem(env)?.name !== 'REDIS_CA', redisRefinement('REDIS_CA'))
  .refine((env) => redisProblem(env)?.name !== 'REDIS_CERT', redisRefinement('REDIS_CERT'))
  .refine((env) => redisProblem(env)?.name !== 'REDIS_KEY', redisRefinement('REDIS_KEY'))
  .refine(
    ({ DATABASE_REPLICA_URLS, DB_TRANSACTION_POOLER }) =>
      DATABASE_REPLICA_URLS.length === 0 || !DB_TRANSACTION_POOLER,
    {
      path: ['DATABASE_REPLICA_URLS'],
      message: 'cannot be set together with DB_TRANSACTION_POOLER=true',
      when: ({ issues }) => !issues.some(({ path }) => /^D(ATABASE|B)_/.test(String(path?.[0]))),
    },
  );

/** The rule about providers reads these, so it waits until they are usable. */
function isOfModels(name: string): boolean {
  return /^(?:MODEL_PROVIDERS|(?:OPENAI|ANTHROPIC|GOOGLE_GENERATIVE_AI)_)/.test(name);
}

export type Environment = z.infer<typeof environmentSchema>;
