// Counts a user's versions, alias revisions and overrides for the quotas.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ownedStatement } from '../../platform/database/index.js';
import { type Amounts, Quotas } from '../../platform/quotas/index.js';

const count = (table: string) => `(select count(*) from threadkeep.${table} where user_id = $1)`;

const USAGE = ownedStatement<Amounts>(
  'agent_config.usage',
  `select (${['agent_config_version', 'agent_config_move', 'agent_config_override'].map(count).join(' + ')})::float8 as "configVersions"`,
  { slow: true },
);

@Injectable()
export class ConfigUsageRepository implements OnModuleInit {
  constructor(private readonly quotas: Quotas) {}

  onModuleInit(): void {
    this.quotas.register({ area: 'configs', statement: USAGE });
  }
}
