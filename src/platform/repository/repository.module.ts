// The parts of the features' repositories, and the jobs that purge soft-deleted rows.
import { Global, Module } from '@nestjs/common';
import { ListModule } from '../list/index.js';
import { SoftDeletedTables } from './soft-deleted-tables.js';
import { RetentionPurge, RetentionSweep } from './retention.jobs.js';
import { RepositoryTools } from './repository-tools.js';

@Global()
@Module({
  imports: [ListModule],
  providers: [SoftDeletedTables, RepositoryTools, RetentionPurge, RetentionSweep],
  exports: [SoftDeletedTables, RepositoryTools],
})
export class RepositoryModule {}
