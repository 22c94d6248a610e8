// Statements on what users lay over configurations.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase, statement } from '../../platform/database/index.js';

export interface OverridesRow {
  number: number;
  /** JSON; null when there are none by then. */
  changes: string | null;
  author: string;
  createdAt: string;
}

const columns = `number, changes, author, created_at as "createdAt"`;

const NEWEST = statement<OverridesRow>(
  'agent_config_override.newest',
  `select ${columns} from threadkeep.agent_config_override where user_id = $1 and config_id = $2 order by number desc limit 1`,
);
const AT = statement<OverridesRow>('agent_config_override.at', `select ${columns} from threadkeep.agent_config_override where user_id = $1 and config_id = $2 and number = $3`);
/** Nothing when another has been added since `$3` was the newest. */
const ADD = statement<OverridesRow>(
  'agent_config_override.add',
  `insert into threadkeep.agent_config_override (user_id, config_id, number, changes, author) values ($1, $2, $3 + 1, $4, $5)
   on conflict (user_id, config_id, number) do nothing returning ${columns}`,
);
const REMOVE = statement('agent_config_override.remove', `delete from threadkeep.agent_config_override where user_id = $1 and config_id = $2`);

@Injectable()
export class OverridesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
  ) {}

  async newest(configId: string): Promise<OverridesRow | null> {
    return (await this.database.read(NEWEST, () => [this.userId, configId]))[0] ?? null;
  }

  async at(configId: string, number: number): Promise<OverridesRow | null> {
    return (await this.database.read(AT, () => [this.userId, configId, number]))[0] ?? null;
  }

  /** Null when `after` is no longer the newest. */
  async add(configId: string, after: number, changes: string | null): Promise<OverridesRow | null> {
    return (await this.database.write(ADD, () => [this.userId, configId, after, changes, this.contexts.actor]))[0] ?? null;
  }

  /** With what they once were. */
  async removeAll(configId: string): Promise<void> {
    await this.database.write(REMOVE, () => [this.userId, configId]);
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}
