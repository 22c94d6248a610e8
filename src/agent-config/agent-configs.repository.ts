// Statements on the user's configurations, their versions, and the moves of their aliases.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../platform/context/index.js';
import { ScopedDatabase, statement } from '../platform/database/index.js';
import type { Page } from '../platform/http/index.js';
import { type ListQuery, Lists } from '../platform/list/index.js';
import { agentConfigList } from './agent-config.list.js';
import type { ConfigRow, MoveRow, SavedVersion } from './agent-config-row.js';
import type { ListedAgentConfigDto } from './dto/agent-config.dto.js';

const columns = `
  c.id, c.name, c.description, c.tags, c.version, c.revision, c.created_at as "createdAt", c.updated_at as "updatedAt",
  v.version as "shownVersion", v.content, v.digest, v.author, v.message, v.created_at as "savedAt"`;

/** `$3` is a version, or null for the newest. */
const FIND = statement<ConfigRow>(
  'agent_config.find',
  `select ${columns} from threadkeep.agent_config c
     join threadkeep.agent_config_version v on v.user_id = $1 and v.config_id = c.id and v.version = coalesce($3::integer, c.version)
    where c.user_id = $1 and c.id = $2`,
);

const HEAD = statement<{ revision: number }>('agent_config.head', `select revision from threadkeep.agent_config where user_id = $1 and id = $2`);

const CREATE = statement(
  'agent_config.create',
  `with head as (
     insert into threadkeep.agent_config (user_id, id, name, description, tags, version) values ($1, $2, $3, $4, $5, 1) returning id)
   insert into threadkeep.agent_config_version (user_id, config_id, version, content, digest, author, message) select $1, id, 1, $6, $7, $8, $9 from head`,
);

/** Nothing when version `$10` is no longer the newest. */
const SAVE = statement<{ version: number }>(
  'agent_config.save',
  `with head as (
     update threadkeep.agent_config set name = $3, description = $4, tags = $5, version = version + 1, revision = revision + 1, updated_at = clock_timestamp()
      where user_id = $1 and id = $2 and version = $10 returning id, version)
   insert into threadkeep.agent_config_version (user_id, config_id, version, content, digest, author, message)
   select $1, id, version, $6, $7, $8, $9 from head returning version`,
);

const VERSIONS = statement<SavedVersion>(
  'agent_config.versions',
  `select version, digest, author, message, created_at as "savedAt" from threadkeep.agent_config_version
    where user_id = $1 and config_id = $2 and version < $3 order by version desc limit $4`,
);

/** Until the end of the transaction nobody begins to use it. */
const HOLD = statement('agent_config.hold', `select id from threadkeep.agent_config where user_id = $1 and id = $2 for update`);

const REMOVE = statement<{ id: string }>('agent_config.remove', `delete from threadkeep.agent_config where user_id = $1 and id = $2 returning id`);

/** Also the lock that orders the moves of all its aliases. */
const TOUCH = statement<{ version: number }>(
  'agent_config.touch',
  `update threadkeep.agent_config set revision = revision + 1, updated_at = clock_timestamp() where user_id = $1 and id = $2 returning version`,
);

const move = `m.alias, m.number, m.targets, m.previous, m.author, m.created_at as "movedAt"`;
const ALIASES = statement<MoveRow>(
  'agent_config.aliases',
  `select distinct on (m.alias) ${move} from threadkeep.agent_config_move m where m.user_id = $1 and m.config_id = $2 order by m.alias, m.number desc`,
);
const MOVES = statement<MoveRow>(
  'agent_config.moves',
  `select ${move} from threadkeep.agent_config_move m where m.user_id = $1 and m.config_id = $2 and m.alias = $3 order by m.number desc limit $4`,
);
const MOVE = statement<MoveRow>('agent_config.move', `select ${move} from threadkeep.agent_config_move m where m.user_id = $1 and m.config_id = $2 and m.alias = $3 and m.number = $4`);
const ADD_MOVE = statement(
  'agent_config.add_move',
  `insert into threadkeep.agent_config_move (user_id, config_id, alias, number, targets, previous, author) values ($1, $2, $3, $4, $5::jsonb, $6, $7)`,
);
const DROP_ALIAS = statement<{ number: number }>('agent_config.drop_alias', `delete from threadkeep.agent_config_move where user_id = $1 and config_id = $2 and alias = $3 returning number`);

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

  list(query: ListQuery): Promise<Page<ListedAgentConfigDto>> {
    return this.lists.page(agentConfigList, query);
  }

  /** Newest first, those before `before`. */
  versions(id: string, before: number, limit: number): Promise<SavedVersion[]> {
    return this.database.read(VERSIONS, () => [this.userId, id, before, limit]);
  }

  /** The newest version, or that one; null when there is no such configuration, or version of it. */
  async find(id: string, version: number | null = null): Promise<ConfigRow | null> {
    return (await this.database.read(FIND, () => [this.userId, id, version]))[0] ?? null;
  }

  /** A number that another one has once anything of it has changed; null where there is no such configuration. */
  async revision(id: string): Promise<number | null> {
    return (await this.database.read(HEAD, () => [this.userId, id]))[0]?.revision ?? null;
  }

  async create(id: string, version: StoredVersion): Promise<void> {
    await this.database.write(CREATE, () => [this.userId, id, ...valuesOf(version)]);
  }

  /** @returns the number of the new version, or null when `expected` is no longer the newest. */
  async save(id: string, version: StoredVersion, expected: number): Promise<number | null> {
    return (await this.database.write(SAVE, () => [this.userId, id, ...valuesOf(version), expected]))[0]?.version ?? null;
  }

  /** Within a transaction: until its end nobody begins to use it. */
  async hold(id: string): Promise<void> {
    await this.database.write(HOLD, () => [this.userId, id]);
  }

  async remove(id: string): Promise<boolean> {
    return (await this.database.write(REMOVE, () => [this.userId, id])).length > 0;
  }

  /** Within a transaction: until its end nobody else moves an alias of it. @returns the newest version, or null where there is no such configuration. */
  async lock(id: string): Promise<number | null> {
    return (await this.database.write(TOUCH, () => [this.userId, id]))[0]?.version ?? null;
  }

  /** Where each alias points. */
  aliases(id: string): Promise<MoveRow[]> {
    return this.database.read(ALIASES, () => [this.userId, id]);
  }

  /** Newest first. */
  moves(id: string, alias: string, limit: number): Promise<MoveRow[]> {
    return this.database.read(MOVES, () => [this.userId, id, alias, limit]);
  }

  async move(id: string, alias: string, number: number): Promise<MoveRow | null> {
    return (await this.database.read(MOVE, () => [this.userId, id, alias, number]))[0] ?? null;
  }

  async addMove(id: string, { alias, number, targets, previous, author }: Omit<MoveRow, 'movedAt'>): Promise<void> {
    await this.database.write(ADD_MOVE, () => [this.userId, id, alias, number, JSON.stringify(targets), previous, author]);
  }

  async dropAlias(id: string, alias: string): Promise<boolean> {
    return (await this.database.write(DROP_ALIAS, () => [this.userId, id, alias])).length > 0;
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}
