import { text } from '../platform/http/index.js';
import { field, List } from '../platform/list/index.js';
import type { ListedConfig } from './agent-config-row.js';
import { ListedAgentConfigDto, toListedDto } from './dto/agent-config.dto.js';

const tag = text(100, true);

/** Last changed first. */
export const agentConfigList = new List<ListedConfig, ListedAgentConfigDto>({
  name: 'agent_config',
  table: 'threadkeep.agent_config',
  owner: 'user_id',
  fields: {
    id: field.uuid('id', { sort: true }),
    name: field.text('name', { sort: true }),
    description: field.shown('description'),
    tags: field.texts('tags'),
    version: field.integer('version'),
    createdAt: field.time('created_at', { sort: true }),
    updatedAt: field.time('updated_at', { sort: true }),
  },
  sort: '-updatedAt',
  search: (words) => `strpos(lower(name), lower(${words})) > 0`,
  shorthands: { tag: { schema: tag.schema, means: (value) => ({ field: 'tags', operator: 'contains', text: tag.read(value) }) } },
  dto: ListedAgentConfigDto,
  item: toListedDto,
});
