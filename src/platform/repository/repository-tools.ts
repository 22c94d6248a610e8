// What a repository depends on, as one parameter of its constructor.
import { Injectable } from '@nestjs/common';
import { AuditRecords } from '../audit/index.js';
import { ScopedDatabase } from '../database/index.js';
import { Lists } from '../list/index.js';
import { Quotas } from '../quotas/index.js';
import { SoftDeletedTables } from './soft-deleted-tables.js';

@Injectable()
export class RepositoryTools {
  constructor(
    readonly database: ScopedDatabase,
    readonly lists: Lists,
    readonly deleted: SoftDeletedTables,
    readonly records: AuditRecords,
    readonly quotas: Quotas,
  ) {}
}
