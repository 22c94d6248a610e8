export { Checks } from './checks.js';
export { SoftDeletedTables } from './kept-tables.js';
export { SoftDeletable } from './kept-row.entity.js';
export {
  type Changes,
  type NewRow,
  type OwnedEntity,
  OwnedRepository,
  type OwnedTable,
} from './owned-repository.js';
export { RepositoryModule } from './repository.module.js';
export { RepositoryTools } from './repository-tools.js';
export { retryOnConflict } from './until-done.js';
export { etagOf, versionChanged } from './version.js';
