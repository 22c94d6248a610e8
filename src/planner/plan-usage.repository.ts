// Counts a user's tasks and events for the quotas.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ownedStatement } from '../platform/database/index.js';
import { type Amounts, Quotas } from '../platform/quotas/index.js';

const USAGE = ownedStatement<Amounts>(
  'plan.usage',
  `select ((select count(*) from threadkeep.task where user_id = $1)
    + (select count(*) from threadkeep.event where user_id = $1))::float8 as plans`,
  { slow: true },
);

@Injectable()
export class PlanUsageRepository implements OnModuleInit {
  constructor(private readonly quotas: Quotas) {}

  onModuleInit(): void {
    this.quotas.register({ area: 'plans', statement: USAGE });
  }
}
