// SQL of MCP servers, of the user of the scope or of the service.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, serviceStatement } from '../../platform/database/index.js';
import { type ListQuery, Lists, type Page } from '../../platform/list/index.js';
import type { McpServerDto } from './dto/mcp-server.dto.js';
import type { McpServerShape } from './mcp-server-input.js';
import { mcpServerList, serviceMcpServerList } from './mcp-server.list.js';
import type { SealedMcpServerRow, SecretNames } from './mcp-server-row.js';

const columns = (isService: boolean) => `
  ${isService ? 's.overridable' : 'null::boolean as overridable'}, s.id,
  s.config_id as "agentConfigId", s.name, s.transport, s.enabled, s.url, s.command, s.args,
  s.secret_names as "secretNames", s.secrets, s.version,
  s.created_at as "createdAt", s.updated_at as "updatedAt"`;

interface Table {
  name: string;
  /** Column with the owner of a row. */
  owner: string;
  isService: boolean;
}

/**
 * Builds the statements; `$1` is the owner.
 * @param also a further CTE that runs with each write; the written rows are `s`
 */
const statementsOf = ({ name: table, owner, isService }: Table, also = '') => {
  const declare = isService ? serviceStatement : ownedStatement;
  const shown = columns(isService);
  const answering = (text: string) =>
    `with s as (${text} returning s.*) ${also} select ${shown} from s`;
  const [column, created, updated] = isService
    ? [', overridable', ', $12', ', overridable = $12']
    : ['', '', ''];
  return {
    create: declare<SealedMcpServerRow>(
      `${table}.create`,
      answering(`
        insert into threadkeep.${table} as s (${owner}, id, config_id, name, transport, enabled,
          url, command, args, secret_names, secrets${column})
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text[], $10::jsonb, $11${created})`),
    ),
    count: declare<{ count: number }>(
      `${table}.count`,
      `select count(*)::integer as count from threadkeep.${table} s where s.${owner} = $1`,
    ),
    listFor: declare<SealedMcpServerRow>(
      `${table}.list_for`,
      `select ${shown} from threadkeep.${table} s where s.${owner} = $1
        and (s.config_id is null or s.config_id = $2)
        order by s.config_id nulls first, s.name collate "C"`,
    ),
    find: declare<SealedMcpServerRow>(
      `${table}.find`,
      `select ${shown} from threadkeep.${table} s where s.${owner} = $1 and s.id = $2`,
    ),
    /** Returns no row when version `$3` is no longer the newest. */
    update: declare<SealedMcpServerRow>(
      `${table}.update`,
      answering(`
        update threadkeep.${table} s set name = $4, transport = $5, enabled = $6, url = $7,
          command = $8, args = $9::text[], secret_names = $10::jsonb, secrets = $11${updated},
               version = version + 1, updated_at = clock_timestamp()
         where s.${owner} = $1 and s.id = $2 and s.version = $3`),
    ),
    remove: declare<SealedMcpServerRow>(
      `${table}.remove`,
      answering(
        `delete from threadkeep.${table} s where s.${owner} = $1 and s.id = $2
          and ($3::integer is null or s.version = $3)`,
      ),
    ),
  };
};

/**
 * Counts up `servers_revision`. Users cannot read the service's servers, and notice changes by this
 * number.
 */
const COUNT_SERVERS_REVISION = `, touched as (
  update threadkeep.service_agent_config c set servers_revision = c.servers_revision + 1
    from s where s.config_id is null or c.id = s.config_id)`;

const TABLES = {
  user: { name: 'mcp_server', owner: 'user_id', isService: false },
  system: { name: 'service_mcp_server', owner: 'owner', isService: true },
};
const LISTS = { user: mcpServerList, system: serviceMcpServerList };
const STATEMENTS = {
  user: statementsOf(TABLES.user),
  system: statementsOf(TABLES.system, COUNT_SERVERS_REVISION),
};

/** A server in the form in which it is written. */
export interface StoredServer extends McpServerShape {
  secretNames: SecretNames;
  secrets: Buffer | null;
}

const valuesOf = ({
  name,
  transport,
  enabled,
  url,
  command,
  args,
  secretNames,
  secrets,
  overridable,
}: StoredServer): unknown[] => {
  const values = [
    name,
    transport,
    enabled,
    url,
    command,
    args,
    JSON.stringify(secretNames),
    secrets,
  ];
  return overridable === null ? values : [...values, overridable];
};

@Injectable()
export class McpServersRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly lists: Lists,
  ) {}

  /** Name of the table, which the vault binds secrets to. */
  get table(): string {
    return this.database.byScope(TABLES).name;
  }

  list(query: ListQuery): Promise<Page<McpServerDto>> {
    return this.lists.page(this.database.byScope(LISTS), query);
  }

  async find(id: string): Promise<SealedMcpServerRow | null> {
    return (await this.database.read(this.statements.find, [id]))[0] ?? null;
  }

  async count(): Promise<number> {
    return (await this.database.read(this.statements.count, []))[0]!.count;
  }

  /**
   * Lists the servers for all configurations and for this one, also disabled ones. Of two with one
   * name, the one that applies comes last.
   */
  listFor(agentConfigId: string): Promise<SealedMcpServerRow[]> {
    return this.database.read(this.statements.listFor, [agentConfigId]);
  }

  async create(
    id: string,
    agentConfigId: string | null,
    server: StoredServer,
  ): Promise<SealedMcpServerRow> {
    return (
      await this.database.write(this.statements.create, [id, agentConfigId, ...valuesOf(server)])
    )[0]!;
  }

  /** Updates a server. Returns null when `expected` is no longer the newest version. */
  async update(
    id: string,
    expected: number,
    server: StoredServer,
  ): Promise<SealedMcpServerRow | null> {
    return (
      (await this.database.write(this.statements.update, [id, expected, ...valuesOf(server)]))[0] ??
      null
    );
  }

  async remove(id: string, expected: number | null): Promise<boolean> {
    return (await this.database.write(this.statements.remove, [id, expected])).length > 0;
  }

  private get statements() {
    return this.database.byScope(STATEMENTS);
  }
}
