export { Checks } from './checks.js';
export { SoftDeletedTables } from './soft-deleted-tables.js';
export { SoftDeletable } from './soft-deletable.entity.js';
export {
  type Changes,
  type NewRow,
  type OwnedEntity,
  OwnedRepository,
  type OwnedTableMapping,
} from './owned-repository.js';
export { RepositoryModule } from './repository.module.js';
export { RepositoryTools } from './repository-tools.js';
export { retryOnConflict } from './retry-on-conflict.js';
export { etagOf, versionChanged } from './version.js';
