export { packedBytes, textBytes, withinBytes } from './bytes.js';
export { containsText, foldCase } from './fold-case.js';
export { Notifications } from './connections/notifications.js';
export { plainWords } from './plain-words.js';
export { type Connection, dataSourceOptions, type Schema } from './data-source.js';
export { DatabaseClock } from './database-clock.js';
export { DatabaseMetrics } from './database-metrics.js';
export { DatabaseModule } from './database.module.js';
export type { DatabaseRoles } from './setup/database-roles.js';
export type { SetupStep } from './setup/setup-step.js';
export { dryRun, migrate } from './setup/migrate.js';
export { OwnerDataSource } from './setup/migrations-table.js';
export { explainSetup } from './setup/setup-error.js';
export {
  PREPARED_DATABASE,
  prepareDatabase,
  type PreparedDatabase,
} from './setup/prepare-database.js';
export {
  CONNECT_TIMED_OUT,
  elapsed,
  QUERY_TIMED_OUT,
  withSilenceTimeout,
} from './connections/silence-timeout.js';
export { ScopedDatabase, type TransactionOptions } from './scoped-database.js';
export { DatabaseSetupError, DataDirectoryInUseError } from './setup/setup-error.js';
export { backupDataDirectory, restoreDataDirectory } from './setup/embedded/cold-copy.js';
export {
  anonymous,
  ownedAnonymous,
  ownedStatement,
  type Read,
  serviceStatement,
  type Statement,
  statement,
} from './connections/statement.js';
export { EmbeddedPostgres } from './setup/embedded/embedded-postgres.js';
export { locateDataDirectory } from './setup/embedded/data-directory.js';
export { type DatabaseReport, inspectDatabase } from './setup/inspect-database.js';
export type { LoginFacts } from './setup/runtime-role.js';
