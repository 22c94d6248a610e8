// Reads in one statement the revisions that a user's effective configuration depends on.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';

export interface EffectiveRevisions {
  /** Null when the user cannot read such a configuration. */
  revision: number | null;
  /** Counts changes of the service's MCP servers. */
  serversRevision: number | null;
  /** Number of the newest overrides; null when there never were any. */
  overrides: number | null;
  /** The user's MCP servers with their versions, as one text. */
  servers: string | null;
}

const REVISIONS = ownedStatement<EffectiveRevisions>(
  'agent_config.stamp',
  `select coalesce(
            (select c.revision from threadkeep.agent_config c where c.user_id = $1 and c.id = $2),
            (select c.revision from threadkeep.service_agent_config c
              where c.id = $2 and c.shared)) as revision,
          (select c.servers_revision from threadkeep.service_agent_config c
            where c.id = $2 and c.shared) as "serversRevision",
          (select max(o.number) from threadkeep.agent_config_override o
            where o.user_id = $1 and o.config_id = $2) as overrides,
          (select string_agg(s.id || '.' || s.version, ' ' order by s.id::text collate "C")
            from threadkeep.mcp_server s
            where s.user_id = $1 and (s.config_id is null or s.config_id = $2)) as servers`,
);

@Injectable()
export class EffectiveRepository {
  constructor(private readonly database: ScopedDatabase) {}

  async revisions(id: string): Promise<EffectiveRevisions> {
    return (await this.database.read(REVISIONS, [id]))[0]!;
  }
}
