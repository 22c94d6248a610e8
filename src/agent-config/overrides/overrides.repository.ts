// SQL of overrides.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, statement } from '../../platform/database/index.js';
import { Quotas } from '../../platform/quotas/index.js';

export interface OverridesRow {
  number: number;
  /** Overrides as JSON; null when they were removed. */
  changes: string | null;
  author: string;
  createdAt: string;
}

const columns = `number, changes, author, created_at as "createdAt"`;

const NEWEST = ownedStatement<OverridesRow>(
  'agent_config_override.newest',
  `select ${columns} from threadkeep.agent_config_override where user_id = $1 and config_id = $2
    order by number desc limit 1`,
);
const AT = ownedStatement<OverridesRow>(
  'agent_config_override.at',
  `select ${columns} from threadkeep.agent_config_override where user_id = $1 and config_id = $2
    and number = $3`,
);
/**
 * Stored revisions. Older ones are deleted; contexts that were built with them cannot be replayed.
 */
const MAX_STORED_OVERRIDES = 1_000;

/** Returns no row when `$3` is no longer the newest, or when the configuration does not exist. */
const ADD = ownedStatement<OverridesRow>(
  'agent_config_override.add',
  `with known as (
     select from threadkeep.agent_config where user_id = $1 and id = $2
     union all select from threadkeep.service_agent_config where id = $2 and shared),
   outdated as (
     delete from threadkeep.agent_config_override where user_id = $1 and config_id = $2
       and number <= $3 + 1 - ${MAX_STORED_OVERRIDES})
   insert into threadkeep.agent_config_override (user_id, config_id, number, changes, author)
     select $1, $2, $3 + 1, $4, $5 where exists (select from known)
   on conflict (user_id, config_id, number) do nothing returning ${columns}`,
);
const REMOVE = {
  user: ownedStatement(
    'agent_config_override.remove',
    `delete from threadkeep.agent_config_override where config_id = $2 and user_id = $1`,
  ),
  /** Deletes the overrides of all users; any may have some. */
  system: statement(
    'agent_config_override.remove_all',
    `delete from threadkeep.agent_config_override where config_id = $1`,
    { slow: true },
  ),
};

@Injectable()
export class OverridesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly quotas: Quotas,
  ) {}

  async newest(configId: string): Promise<OverridesRow | null> {
    return (await this.database.read(NEWEST, [configId]))[0] ?? null;
  }

  async at(configId: string, number: number): Promise<OverridesRow | null> {
    return (await this.database.read(AT, [configId, number]))[0] ?? null;
  }

  /** Adds overrides. Returns null when `after` is no longer the newest. */
  async add(
    configId: string,
    after: number,
    changes: string | null,
    author: string,
  ): Promise<OverridesRow | null> {
    const add = () => this.database.write(ADD, [configId, after, changes, author]);
    // Removing overrides is allowed over the quota, too.
    const rows = await (changes === null ? add() : this.quotas.within({ configVersions: 1 }, add));
    return rows[0] ?? null;
  }

  /** Deletes all overrides and their history: of the user, or, as the system, of all users. */
  async removeAll(configId: string): Promise<void> {
    await this.database.write(this.database.byScope(REMOVE), [configId]);
  }
}
