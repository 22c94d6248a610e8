// The DataSource of the TypeORM CLI: the schema and options of the application, on the owner's connection.
import 'reflect-metadata';
import { loadConfig } from './src/platform/config/config.js';
import { dataSourceOptions } from './src/platform/database/data-source.js';
import { OwnerDataSource } from './src/platform/database/setup/migrations-table.js';
import { schema } from './src/schema.js';

const { databaseAdminUrl, databaseUrl } = loadConfig();
const url = databaseAdminUrl ?? databaseUrl;
if (!url) throw new Error('Set DATABASE_ADMIN_URL to the connection of the owner of the schema.');

export default new OwnerDataSource(dataSourceOptions(schema, { url }));
