// What the effective configuration of a user depends on, in one look.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase, statement } from '../../platform/database/index.js';

export interface EffectiveStamp {
  /** Null where there is no such configuration for the user. */
  revision: number | null;
  /** Counts what the service's MCP servers go through. */
  serversRevision: number | null;
  /** Of the newest overrides; null when there never were any. */
  overrides: number | null;
  /** The user's own MCP servers, each with its version. */
  servers: string | null;
}

const STAMP = statement<EffectiveStamp>(
  'agent_config.stamp',
  `select coalesce(
            (select c.revision from threadkeep.agent_config c where c.user_id = $1 and c.id = $2),
            (select c.revision from threadkeep.service_agent_config c where c.id = $2 and c.shared)) as revision,
          (select c.servers_revision from threadkeep.service_agent_config c where c.id = $2 and c.shared) as "serversRevision",
          (select max(o.number) from threadkeep.agent_config_override o where o.user_id = $1 and o.config_id = $2) as overrides,
          (select string_agg(s.id || '.' || s.version, ' ' order by s.id::text collate "C") from threadkeep.mcp_server s
            where s.user_id = $1 and (s.config_id is null or s.config_id = $2)) as servers`,
);

@Injectable()
export class EffectiveRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
  ) {}

  async stamp(id: string): Promise<EffectiveStamp> {
    return (await this.database.read(STAMP, () => [this.contexts.userScope().userId, id]))[0]!;
  }
}
