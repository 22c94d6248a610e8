// Statements on configurations and their versions. Whoever calls is the owner of what is written; users also read what the service shares.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../platform/context/index.js';
import { ScopedDatabase, statement } from '../platform/database/index.js';
import type { Page } from '../platform/http/index.js';
import { type ListQuery, Lists } from '../platform/list/index.js';
import { agentConfigList, agentConfigVersionList, versionsOf, visibleTo } from './agent-config.list.js';
import type { ConfigRow, MoveRow } from './agent-config-row.js';
import { SERVICE } from './agent-config.entity.js';
import type { AgentConfigVersionDto, ListedAgentConfigDto } from './dto/agent-config.dto.js';

/** Of a configuration `c` for the owner `$1`. */
const VISIBLE = `(c.owner = $1 or (c.owner = '${SERVICE}' and c.shared))`;

const columns = `
  c.owner, c.id, c.name, c.description, c.tags, c.shared, c.version, c.revision, c.created_at as "createdAt", c.updated_at as "updatedAt",
  v.version as "shownVersion", v.content, v.digest, v.author, v.message, v.created_at as "savedAt"`;

/** `$3` is a version, or null for the newest. */
const FIND = statement<ConfigRow>(
  'agent_config.find',
  `select ${columns} from threadkeep.agent_config c
     join threadkeep.agent_config_version v on v.owner = c.owner and v.config_id = c.id and v.version = coalesce($3::integer, c.version)
    where c.id = $2 and ${VISIBLE}`,
);

const HEAD = statement<{ owner: string; revision: number }>('agent_config.head', `select c.owner, c.revision from threadkeep.agent_config c where c.id = $2 and ${VISIBLE}`);

const CREATE = statement(
  'agent_config.create',
  `with head as (
     insert into threadkeep.agent_config (owner, id, user_id, name, description, tags, version) values ($1, $2, nullif($1::uuid, '${SERVICE}'), $3, $4, $5, 1) returning owner, id)
   insert into threadkeep.agent_config_version (owner, config_id, version, content, digest, author, message) select owner, id, 1, $6, $7, $8, $9 from head`,
);

/** Nothing when version `$10` is no longer the newest. */
const SAVE = statement<{ version: number }>(
  'agent_config.save',
  `with head as (
     update threadkeep.agent_config set name = $3, description = $4, tags = $5, version = version + 1, revision = revision + 1, updated_at = clock_timestamp()
      where owner = $1 and id = $2 and version = $10 returning owner, id, version)
   insert into threadkeep.agent_config_version (owner, config_id, version, content, digest, author, message)
   select owner, id, version, $6, $7, $8, $9 from head returning version`,
);

const REMOVE = statement<{ id: string }>('agent_config.remove', `delete from threadkeep.agent_config where owner = $1 and id = $2 returning id`);

const SHARE = statement<{ id: string }>(
  'agent_config.share',
  `update threadkeep.agent_config set shared = $3, revision = revision + 1, updated_at = clock_timestamp() where owner = $1 and id = $2 returning id`,
);

/** Also the lock that orders the moves of all its aliases. */
const TOUCH = statement<{ version: number }>(
  'agent_config.touch',
  `update threadkeep.agent_config set revision = revision + 1, updated_at = clock_timestamp() where owner = $1 and id = $2 returning version`,
);

const move = `m.alias, m.number, m.targets, m.previous, m.author, m.created_at as "movedAt"`;
const ALIASES = statement<MoveRow>(
  'agent_config.aliases',
  `select distinct on (m.alias) ${move} from threadkeep.agent_config_move m where m.owner = $1 and m.config_id = $2 order by m.alias, m.number desc`,
);
const MOVES = statement<MoveRow>(
  'agent_config.moves',
  `select ${move} from threadkeep.agent_config_move m where m.owner = $1 and m.config_id = $2 and m.alias = $3 order by m.number desc limit $4`,
);
const MOVE = statement<MoveRow>('agent_config.move', `select ${move} from threadkeep.agent_config_move m where m.owner = $1 and m.config_id = $2 and m.alias = $3 and m.number = $4`);
const ADD_MOVE = statement(
  'agent_config.add_move',
  `insert into threadkeep.agent_config_move (owner, config_id, alias, number, targets, previous, author) values ($1, $2, $3, $4, $5::jsonb, $6, $7)`,
);
const DROP_ALIAS = statement<{ number: number }>('agent_config.drop_alias', `delete from threadkeep.agent_config_move where owner = $1 and config_id = $2 and alias = $3 returning number`);

/** A content as it is stored. */
export interface StoredVersion {
  name: string;
  description: string | null;
  tags: string[];
  content: string;
  digest: string;
  author: string;
  message: string | null;
}

const valuesOf = ({ name, description, tags, content, digest, author, message }: StoredVersion): unknown[] => [name, description, tags, content, digest, author, message];

@Injectable()
export class AgentConfigsRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly lists: Lists,
  ) {}

  /** Whose configurations are written: the user's, or, for a service key that acts for nobody, the service's. */
  get owner(): string {
    const scope = this.contexts.scope();
    return scope.kind === 'user' ? scope.userId : SERVICE;
  }

  list(query: ListQuery): Promise<Page<ListedAgentConfigDto>> {
    return this.lists.page(agentConfigList, query, [visibleTo(this.owner)]);
  }

  versions({ owner, id }: Pick<ConfigRow, 'owner' | 'id'>, query: ListQuery): Promise<Page<AgentConfigVersionDto>> {
    return this.lists.page(agentConfigVersionList, query, [versionsOf(owner, id)]);
  }

  /** The newest version, or that one; null when there is no such configuration, or version of it. */
  async find(id: string, version: number | null = null): Promise<ConfigRow | null> {
    return (await this.database.read(FIND, () => [this.owner, id, version]))[0] ?? null;
  }

  /** Whose it is, and a number that another one has once anything of it has changed. */
  async head(id: string): Promise<{ owner: string; revision: number } | null> {
    return (await this.database.read(HEAD, () => [this.owner, id]))[0] ?? null;
  }

  async create(id: string, version: StoredVersion): Promise<void> {
    await this.database.write(CREATE, () => [this.owner, id, ...valuesOf(version)]);
  }

  /** @returns the number of the new version, or null when `expected` is no longer the newest. */
  async save(id: string, version: StoredVersion, expected: number): Promise<number | null> {
    return (await this.database.write(SAVE, () => [this.owner, id, ...valuesOf(version), expected]))[0]?.version ?? null;
  }

  async remove(id: string): Promise<boolean> {
    return (await this.database.write(REMOVE, () => [this.owner, id])).length > 0;
  }

  async share(id: string, shared: boolean): Promise<boolean> {
    return (await this.database.write(SHARE, () => [this.owner, id, shared])).length > 0;
  }

  /** Within a transaction: until its end nobody else moves an alias of it. @returns the newest version, or null where there is no such configuration of one's own. */
  async lock(id: string): Promise<number | null> {
    return (await this.database.write(TOUCH, () => [this.owner, id]))[0]?.version ?? null;
  }

  /** Where each alias points. */
  aliases({ owner, id }: { owner: string; id: string }): Promise<MoveRow[]> {
    return this.database.read(ALIASES, () => [owner, id]);
  }

  /** Newest first. */
  moves({ owner, id }: { owner: string; id: string }, alias: string, limit: number): Promise<MoveRow[]> {
    return this.database.read(MOVES, () => [owner, id, alias, limit]);
  }

  async move(id: string, alias: string, number: number): Promise<MoveRow | null> {
    return (await this.database.read(MOVE, () => [this.owner, id, alias, number]))[0] ?? null;
  }

  async addMove(id: string, { alias, number, targets, previous, author }: Omit<MoveRow, 'movedAt'>): Promise<void> {
    await this.database.write(ADD_MOVE, () => [this.owner, id, alias, number, JSON.stringify(targets), previous, author]);
  }

  async dropAlias(id: string, alias: string): Promise<boolean> {
    return (await this.database.write(DROP_ALIAS, () => [this.owner, id, alias])).length > 0;
  }
}
