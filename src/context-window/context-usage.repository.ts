// Measures what a user stores in manifests, and in summaries, which count as messages.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ownedStatement } from '../platform/database/index.js';
import { type Amounts, Quotas } from '../platform/quotas/index.js';

const MANIFESTS = ownedStatement<Amounts>(
  'context.manifest_usage',
  `select count(*)::float8 as manifests,
    coalesce(sum(octet_length(body)), 0)::float8 as "manifestBytes" from threadkeep.context_manifest
    where user_id = $1`,
  { slow: true },
);
const SUMMARIES = ownedStatement<Amounts>(
  'summary.usage',
  `select count(*)::float8 as messages,
    coalesce(sum(octet_length(content)), 0)::float8 as "messageBytes" from threadkeep.summary
    where user_id = $1`,
  { slow: true },
);

@Injectable()
export class ContextUsageRepository implements OnModuleInit {
  constructor(private readonly quotas: Quotas) {}

  onModuleInit(): void {
    this.quotas.register({ area: 'manifests', statement: MANIFESTS });
    this.quotas.register({ area: 'conversations', statement: SUMMARIES });
  }
}
