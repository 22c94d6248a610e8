// Deletes what a filter keeps: previews, and jobs.
import { Global, Module } from '@nestjs/common';
import { BulkDeletionTools } from './bulk-deletion.js';

@Global()
@Module({ providers: [BulkDeletionTools], exports: [BulkDeletionTools] })
export class BulkDeletionModule {}
