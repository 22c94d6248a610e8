// The options of the one DataSource, read alike by the TypeORM CLI (ormconfig.ts) and by the application.
import pg from 'pg';
import type { DataSource, DataSourceOptions, MigrationInterface } from 'typeorm';
import type { ConnectionGate } from './connections/connection-gate.js';
import type { ConnectionMetrics } from './connections/connection-metrics.js';
import type { SetupStep } from './setup/setup-step.js';
import type { GatedClientConfig } from './connections/gated-client.js';
import { SafePool } from './connections/safe-pool.js';

/** Where the migrations that have run are noted; outside the schema, because it must exist before the schema does. */
export const MIGRATIONS_TABLE = 'threadkeep_migrations';

/** The name under which Nest knows the DataSource of the system's login. */
export const SYSTEM_SOURCE = 'system';

export interface Schema {
  entities: (new () => object)[];
  migrations: (new () => MigrationInterface)[];
  /** Run in this order after the migrations. */
  steps: SetupStep[];
}

export interface Connection {
  url: string;
  /** Startup options, such as `-c search_path=bullmq`. A transaction pooler refuses them. */
  options?: string | undefined;
  /** Connections that are kept, and how many more there may be while they are needed. */
  poolSize?: number;
  poolOverflow?: number;
  /** Milliseconds to wait for a free connection. */
  poolTimeout?: number;
  /** Milliseconds to find out that the server cannot be reached. */
  connectTimeout?: number;
  /** Milliseconds after which a connection is replaced. */
  maxLifetime?: number;
  gate?: ConnectionGate;
  metrics?: ConnectionMetrics;
  /** Milliseconds after which the client gives a statement up and destroys the connection: a last resort behind the server's limit. */
  queryTimeout?: number;
}

/** Milliseconds after which a connection of the overflow that nobody needs is closed. */
const OVERFLOW_IDLE = 10_000;

/** Lets several queries be sent before the first is answered; the types of pg do not know it yet. */
const PIPELINE: object = { pipeline: true };

const TIMESTAMPTZ = 1184;

/** `2026-11-22 10:00:00.5+00` as RFC 3339 in UTC with milliseconds; our columns are timestamptz(3). */
export function toRfc3339(text: string): string {
  // As all of ours are written: in UTC, with a year of four digits and up to three of the second, whose last zeros are left out.
  const padding = text.endsWith('+00') && text[10] === ' ' ? PADDING[text.length] : undefined;
  if (padding !== undefined) return `${text.slice(0, 10)}T${text.slice(11, -3)}${padding}`;
  // A session that is not in UTC writes +05 or +05:30.
  return new Date(text.replace(' ', 'T').replace(/[+-]\d\d$/, '$&:00')).toISOString();
}

/** What is missing to milliseconds, by the length of `2026-11-22 10:00:00.5+00`. */
const PADDING: Record<number, string> = { 22: '.000Z', 24: '00Z', 25: '0Z', 26: 'Z' };

function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return oid === TIMESTAMPTZ ? toRfc3339 : pg.types.getTypeParser(oid, format);
}

/** What every connection has, whoever opens it. */
export function clientOptions({
  url,
  options,
  queryTimeout,
  connectTimeout = 5_000,
  gate,
  metrics,
}: Connection): GatedClientConfig {
  return {
    connectionString: url,
    application_name: 'threadkeep',
    keepAlive: true,
    types: { getTypeParser },
    connectTimeout,
    ...PIPELINE,
    ...(gate ? { gate } : {}),
    ...(metrics ? { metrics } : {}),
    ...(options ? { options } : {}),
    ...(queryTimeout ? { query_timeout: queryTimeout } : {}),
  };
}

/** Of the pool: how many connections, and for how long. */
export function poolOptions({
  poolSize = 2,
  poolOverflow = 0,
  maxLifetime = 0,
}: Connection): pg.PoolConfig {
  return {
    min: poolSize,
    max: poolSize + poolOverflow,
    idleTimeoutMillis: OVERFLOW_IDLE,
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

/** The pool that TypeORM made of them. */
export const poolOf = ({ driver }: DataSource): pg.Pool =>
  (driver as unknown as { master: pg.Pool }).master;
