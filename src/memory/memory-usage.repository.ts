// What a user keeps in memories and blocks.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { statement, textBytes } from '../platform/database/index.js';
import { type Amounts, Quotas } from '../platform/quotas/index.js';
import type { NewVersion } from './writes/memory-writes.repository.js';

/** Metadata as it is packed: nothing is unpacked to be measured. */
const USAGE = statement<Amounts>(
  'memory.usage',
  `select count(*) filter (where superseded_at is null and content is not null)::float8 as memories, count(*)::float8 as "memoryVersions",
          coalesce(sum(${textBytes('content')} + coalesce(pg_column_size(metadata), 0)), 0)::float8 as "memoryBytes"
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

const bytesOf = ({ content, metadata }: NewVersion): number =>
  Buffer.byteLength(content) +
  (metadata === null ? 0 : Buffer.byteLength(JSON.stringify(metadata)));

/** Rows and bytes that writing these versions adds to what the user keeps. */
export const versionsAsUsage = (versions: NewVersion[]) => ({
  memoryVersions: versions.length,
  memoryBytes: versions.reduce((sum, version) => sum + bytesOf(version), 0),
});
