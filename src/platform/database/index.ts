export { type Connection, dataSourceOptions, type Schema } from './data-source.js';
export { DatabaseModule } from './database.module.js';
export { migrate } from './migrate.js';
export { PREPARED_DATABASE, prepareDatabase, type PreparedDatabase } from './prepare-database.js';
export { ScopedDatabase } from './scoped-database.js';
export { DatabaseSetupError } from './setup-error.js';
export { anonymous, type Statement, statement } from './statement.js';
