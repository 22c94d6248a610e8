// Repositories with statements of their own, as the contract of repositories asks them: each by what it can do.
import { createHash, randomBytes } from 'node:crypto';
import type { INestApplication } from '@nestjs/common';
import { AgentConfigsRepository } from '../../src/agent-config/agent-configs.repository.js';
import { McpServersRepository } from '../../src/agent-config/mcp-servers/mcp-servers.repository.js';
import { MemoriesRepository } from '../../src/memory/memories.repository.js';
import { computeFingerprint } from '../../src/memory/writes/fingerprint.js';
import {
  MemoryWritesRepository,
  type NewVersion,
} from '../../src/memory/writes/memory-writes.repository.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import type { ListQuery } from '../../src/platform/list/index.js';
import { ApiKeysRepository } from '../../src/users/api-keys/api-keys.repository.js';
import { UsersRepository } from '../../src/users/users.repository.js';

export interface Rows {
  create(id: string): Promise<unknown>;
  /** Null when it is not there, or was removed. */
  find(id: string): Promise<object | null>;
  /** The ids of a list in which the row is, if it is there. */
  list(id: string): Promise<string[]>;
  /** Edits the given version. False when it is not the newest. Missing where rows have no versions. */
  edit?: (id: string, version: number) => Promise<boolean>;
  /** False when it is not there. */
  remove(id: string): Promise<boolean>;
}

/** A scope; `itself` is that of the user whose row it is. */
export type Who = 'ada' | 'bob' | 'system' | 'itself';

export interface RepositoryCase {
  table: string;
  rows: (app: INestApplication) => Rows;
  creator: Who;
  /** Whose the row is then; by default the creator's. */
  owner?: Who;
  /** Who else might ask for it. */
  strangers: Who[];
  /** True when another user may have a row under the same id. */
  idsOfOwner: boolean;
  /** True when `edit` is there. */
  hasVersions: boolean;
}

export const byId = (id: string): ListQuery => ({
  limit: 10,
  cursor: undefined,
  offset: 0,
  sort: [{ field: 'id', descending: false }],
  filters: [{ field: 'id', operator: 'eq', value: id }],
  q: undefined,
  count: false,
  fields: undefined,
});

const idsOf = async (page: Promise<{ data: { id: string }[] }>): Promise<string[]> =>
  (await page).data.map(({ id }) => id);

function agentConfigs(app: INestApplication): Rows {
  const configs = app.get(AgentConfigsRepository);
  const version = (id: string, text: string) => ({
    name: `config ${id}`,
    description: null,
    tags: [],
    content: '{}',
    digest: createHash('sha256').update(text).digest('hex'),
    author: 'test',
    message: null,
  });
  return {
    create: (id) => configs.create(id, version(id, 'first')),
    find: (id) => configs.find(id),
    list: (id) => idsOf(configs.list(byId(id))),
    edit: async (id, expected) => (await configs.save(id, version(id, 'next'), expected)) !== null,
    remove: (id) => configs.remove(id),
  };
}

function mcpServers(app: INestApplication): Rows {
  const [database, servers] = [app.get(ScopedDatabase), app.get(McpServersRepository)];
  const server = (id: string, enabled: boolean) => ({
    name: `server-${id}`,
    transport: 'http' as const,
    enabled,
    url: 'https://mcp.example/',
    command: null,
    args: [],
    overridable: database.byScope({ user: null, system: true }),
    agentConfigId: null,
    secretNames: {},
    secrets: null,
  });
  return {
    create: (id) => servers.create(id, null, server(id, true)),
    find: (id) => servers.find(id),
    list: (id) => idsOf(servers.list(byId(id))),
    edit: async (id, expected) => (await servers.update(id, expected, server(id, false))) !== null,
    remove: (id) => servers.remove(id, null),
  };
}

function memoryBlocks(app: INestApplication): Rows {
  const [database, memories, writes] = [
    app.get(ScopedDatabase),
    app.get(MemoriesRepository),
    app.get(MemoryWritesRepository),
  ];
  const block = (id: string, content: string): NewVersion => {
    const values = {
      kind: 'block' as const,
      label: `label-${id}`,
      content,
      tags: [],
      importance: 0.5,
      metadata: null,
      agentId: null,
      conversationId: null,
      validFrom: null,
      validTo: null,
      expiresAt: null,
    };
    const fingerprint = computeFingerprint(values);
    const links = { supersedes: [], supersededBy: null, nearFingerprint: null };
    return {
      ...values,
      ...links,
      id,
      fingerprint,
      sourceMessageIds: [],
      actor: 'test',
      reason: null,
    };
  };
  return {
    create: (id) => writes.createOne(block(id, 'first')),
    find: (id) => memories.block(`label-${id}`, null, null),
    list: async () => (await memories.blocks(1_000, null)).map(({ id }) => id),
    edit: async (id, expected) => {
      const how = { expected, action: 'update' as const, strength: 1, hadSources: false };
      return (await writes.replace(block(id, `after ${expected}`), how)) !== null;
    },
    remove: (id) =>
      database.transaction(async () =>
        writes.erase(id, await writes.nextRevision(), 'forget', 'test', null),
      ),
  };
}

function users(app: INestApplication): Rows {
  const repository = app.get(UsersRepository);
  return {
    create: (id) => repository.create(id, { name: 'first' }),
    find: (id) => repository.find({ id }),
    list: (id) => idsOf(repository.list(byId(id))),
    edit: (id, version) => repository.update(id, { name: 'next' }, version),
    remove: (id) => repository.remove(id),
  };
}

function apiKeys(app: INestApplication): Rows {
  const keys = app.get(ApiKeysRepository);
  return {
    create: (id) =>
      keys.create({
        id,
        userId: null,
        name: 'first',
        hash: randomBytes(32),
        hint: 'hint',
        readOnly: false,
        scopes: null,
        expiresAt: null,
      }),
    find: async (id) => {
      const key = await keys.find(id);
      return key?.revokedAt ? null : key;
    },
    list: (id) => idsOf(keys.list(byId(id))),
    remove: (id) => keys.revoke(id),
  };
}

const OF_USER = {
  creator: 'ada',
  strangers: ['bob', 'system'],
  idsOfOwner: true,
  hasVersions: true,
} satisfies Partial<RepositoryCase>;
const OF_SERVICE = {
  creator: 'system',
  strangers: ['bob'],
  idsOfOwner: false,
  hasVersions: true,
} satisfies Partial<RepositoryCase>;

/** Under the titles of their tests. */
export const STATEMENT_REPOSITORIES: Record<string, RepositoryCase> = {
  'agent configurations': { ...OF_USER, table: 'agent_config', rows: agentConfigs },
  'agent configurations of the service': {
    ...OF_SERVICE,
    table: 'service_agent_config',
    rows: agentConfigs,
  },
  'MCP servers': { ...OF_USER, table: 'mcp_server', rows: mcpServers },
  'MCP servers of the service': {
    ...OF_SERVICE,
    table: 'service_mcp_server',
    rows: mcpServers,
  },
  'memory blocks': { ...OF_USER, table: 'memory', rows: memoryBlocks },
  users: { ...OF_SERVICE, owner: 'itself', table: 'app_user', rows: users },
  'API keys': { ...OF_SERVICE, hasVersions: false, table: 'api_key', rows: apiKeys },
};
