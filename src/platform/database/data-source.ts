// The options of the DataSource, for both the application and the TypeORM CLI (ormconfig.ts).
import pg from 'pg';
import type { DataSource, DataSourceOptions, MigrationInterface } from 'typeorm';
import type { ConnectionBreaker } from './connections/connection-breaker.js';
import type { ConnectionMetrics } from './connections/connection-metrics.js';
import type { SetupStep } from './setup/setup-step.js';
import type { CheckedClientConfig } from './connections/checked-client.js';
import { SafePool } from './connections/safe-pool.js';
import { withMicroseconds } from '../input/time.js';
import { MIGRATIONS_TABLE } from './setup/migrations-table.js';

/** Nest's name for the DataSource of the system's login. */
export const SYSTEM_SOURCE = 'system';

export interface Schema {
  entities: (new () => object)[];
  migrations: (new () => MigrationInterface)[];
  /** Run in this order after the migrations. */
  steps: SetupStep[];
}

export interface Connection {
  url: string;
  /** Startup options such as `-c search_path=...`. A transaction pooler refuses them. */
  options?: string | undefined;
  /** Connections that the pool keeps. */
  poolSize?: number;
  /** Further connections that the pool may open under load. */
  poolOverflow?: number;
  /** Milliseconds to wait for a free connection. */
  poolTimeout?: number;
  /** Milliseconds of silence after which the server counts as unreachable. */
  connectTimeout?: number;
  /** Milliseconds after which a connection is replaced. */
  maxLifetime?: number;
  breaker?: ConnectionBreaker;
  metrics?: ConnectionMetrics;
  /**
   * Milliseconds after which the client gives up a statement and destroys the connection. Longer
   * than the server's own limit.
   */
  queryTimeout?: number;
}

/** An unused connection of the overflow is closed after this time. */
const OVERFLOW_IDLE_MS = 10_000;

/** Lets pg send several queries before the first is answered. Its types lack the option. */
const PIPELINE: object = { pipeline: true };

const TIMESTAMPTZ = 1184;

/**
 * Converts PostgreSQL's `2026-11-22 10:00:00.5+00` to RFC 3339 in UTC: with milliseconds, or with
 * microseconds where the time has any. Most columns are timestamptz(3); messages have six digits.
 */
export function toRfc3339(text: string): string {
  // The fast path: UTC, a year of four digits, and decimals without trailing zeros.
  const padding = text.endsWith('+00') && text[10] === ' ' ? PADDING[text.length] : undefined;
  if (padding !== undefined) return `${text.slice(0, 10)}T${text.slice(11, -3)}${padding}`;
  // A session that is not in UTC writes +05 or +05:30.
  const time = text.replace(' ', 'T').replace(/[+-]\d\d$/, '$&:00');
  return withMicroseconds(new Date(time).toISOString(), time);
}

/** The rest up to milliseconds or microseconds, by the length of PostgreSQL's text. */
const PADDING: Record<number, string> = {
  22: '.000Z',
  24: '00Z',
  25: '0Z',
  26: 'Z',
  27: '00Z',
  28: '0Z',
  29: 'Z',
};

function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return oid === TIMESTAMPTZ ? toRfc3339 : pg.types.getTypeParser(oid, format);
}

/** The options of every connection. */
export function clientOptions({
  url,
  options,
  queryTimeout,
  connectTimeout = 5_000,
  breaker,
  metrics,
}: Connection): CheckedClientConfig {
  return {
    connectionString: url,
    application_name: 'threadkeep',
    keepAlive: true,
    types: { getTypeParser },
    connectTimeout,
    ...PIPELINE,
    ...(breaker ? { breaker } : {}),
    ...(metrics ? { metrics } : {}),
    ...(options ? { options } : {}),
    ...(queryTimeout ? { query_timeout: queryTimeout } : {}),
  };
}

/** The options of a pool: how many connections it keeps, and how long. */
export function poolOptions({
  poolSize = 2,
  poolOverflow = 0,
  maxLifetime = 0,
}: Connection): pg.PoolConfig {
  return {
    min: poolSize,
    max: poolSize + poolOverflow,
    idleTimeoutMillis: OVERFLOW_IDLE_MS,
    maxLifetimeSeconds: maxLifetime / 1000,
  };
}

export function dataSourceOptions(
  schema: Pick<Schema, 'entities' | 'migrations'>,
  connection: Connection,
): DataSourceOptions {
  return {
    type: 'postgres',
    url: connection.url,
    driver: { ...pg, Pool: SafePool },
    entities: schema.entities,
    migrations: schema.migrations,
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    installExtensions: false,
    connectTimeoutMS: connection.poolTimeout ?? 5_000,
    extra: { ...clientOptions(connection), ...poolOptions(connection) },
  };
}

/** The pool that TypeORM made. */
export const poolOf = ({ driver }: DataSource): pg.Pool =>
  (driver as unknown as { master: pg.Pool }).master;
