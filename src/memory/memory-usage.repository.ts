// Measures what a user stores in memories and blocks, for quotas.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ownedStatement, textBytes } from '../platform/database/index.js';
import { type Amounts, Quotas } from '../platform/quotas/index.js';
import type { NewVersion } from './writes/memory-writes.repository.js';

/** Metadata counts in its compressed size, so that nothing is decompressed for the measure. */
const USAGE = ownedStatement<Amounts>(
  'memory.usage',
  `select count(*) filter (where superseded_at is null and content is not null)::float8 as memories,
    count(*)::float8 as "memoryVersions",
          coalesce(sum(${textBytes('content')} + coalesce(pg_column_size(metadata), 0)), 0)
            ::float8 as "memoryBytes"
     from threadkeep.memory where user_id = $1`,
  { slow: true },
);

@Injectable()
export class MemoryUsageRepository implements OnModuleInit {
  constructor(private readonly quotas: Quotas) {}

  onModuleInit(): void {
    this.quotas.register({ area: 'memories', statement: USAGE });
  }
}

const countBytes = ({ content, metadata }: NewVersion): number =>
  Buffer.byteLength(content) +
  (metadata === null ? 0 : Buffer.byteLength(JSON.stringify(metadata)));

/** Returns the rows and bytes that these versions add to the user's usage. */
export const versionsAsUsage = (versions: NewVersion[]) => ({
  memoryVersions: versions.length,
  memoryBytes: versions.reduce((sum, version) => sum + countBytes(version), 0),
});
