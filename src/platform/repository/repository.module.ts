// What the repositories of all features are made from.
import { Global, Module } from '@nestjs/common';
import { ListModule } from '../list/index.js';
import { KeptTables } from './kept-tables.js';
import { RetentionPurge, RetentionSweep } from './retention.jobs.js';
import { RepositoryTools } from './repository-tools.js';

@Global()
@Module({
  imports: [ListModule],
  providers: [KeptTables, RepositoryTools, RetentionPurge, RetentionSweep],
  exports: [KeptTables, RepositoryTools],
})
export class RepositoryModule {}
