import { text } from '../platform/http/index.js';
import { type Condition, field, List } from '../platform/list/index.js';
import type { ListedConfig, ListedVersion } from './agent-config-row.js';
import { SERVICE } from './agent-config.entity.js';
import { AgentConfigVersionDto, ListedAgentConfigDto, toListedDto, toVersionDto } from './dto/agent-config.dto.js';

const tag = text(100, true);

/** Last changed first. Whose they are is a condition of the repository: a user's own, and those that the service shares. */
export const agentConfigList = new List<ListedConfig, ListedAgentConfigDto>({
  name: 'agent_config',
  table: 'threadkeep.agent_config',
  owner: null,
  fields: {
    id: field.uuid('id', { sort: true }),
    owner: field.shown('owner'),
    name: field.text('name', { sort: true }),
    description: field.shown('description'),
    tags: field.texts('tags'),
    shared: field.boolean('shared'),
    version: field.integer('version'),
    createdAt: field.time('created_at', { sort: true }),
    updatedAt: field.time('updated_at', { sort: true }),
  },
  sort: '-updatedAt',
  search: (words) => `strpos(lower(name || ' ' || coalesce(description, '')), lower(${words})) > 0`,
  shorthands: { tag: { schema: tag.schema, means: (value) => ({ field: 'tags', operator: 'contains', text: tag.read(value) }) } },
  dto: ListedAgentConfigDto,
  item: toListedDto,
});

/** Newest first. */
export const agentConfigVersionList = new List<ListedVersion, AgentConfigVersionDto>({
  name: 'agent_config_version',
  table: 'threadkeep.agent_config_version',
  owner: null,
  fields: {
    version: field.integer('version', { sort: true }),
    digest: field.text('digest'),
    author: field.text('author'),
    message: field.shown('message'),
    savedAt: field.time('created_at'),
  },
  sort: '-version',
  unique: 'version',
  dto: AgentConfigVersionDto,
  item: toVersionDto,
});

export const visibleTo = (owner: string): Condition => ({
  name: 'visible',
  text: (parameter) => `(owner = ${parameter(owner, 'uuid')} or (owner = '${SERVICE}' and shared))`,
});

export const versionsOf = (owner: string, id: string): Condition => ({
  name: `versions of ${id}`,
  text: (parameter) => `owner = ${parameter(owner, 'uuid')} and config_id = ${parameter(id, 'uuid')}`,
});
