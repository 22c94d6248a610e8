import { text } from '../platform/input/index.js';
import { containsText } from '../platform/database/index.js';
import { field, List } from '../platform/list/index.js';
import type { ListedConfig } from './agent-config-row.js';
import { ListedAgentConfigDto, toListedDto } from './dto/agent-config.dto.js';

const tag = text(100, true);

const fields = {
  id: field.uuid('id', { sort: true }),
  name: field.text('name', { sort: true }),
  description: field.shown('description'),
  tags: field.texts('tags'),
  version: field.integer('version'),
  createdAt: field.time('created_at', { sort: true }),
  updatedAt: field.time('updated_at', { sort: true }),
};

/** Lists a user's own configurations, last changed first. */
const declared = {
  fields,
  sort: '-updatedAt',
  search: (words: string) => containsText('name', words),
  shorthands: {
    tag: {
      schema: tag.schema,
      description: 'Keeps those that have this tag.',
      means: (value: string) => ({
        field: 'tags',
        operator: 'contains' as const,
        text: tag.read(value),
      }),
    },
  },
  dto: ListedAgentConfigDto,
  item: toListedDto,
};

export const agentConfigList = new List<ListedConfig, ListedAgentConfigDto>({
  ...declared,
  name: 'agent_config',
  table: 'threadkeep.agent_config',
  owner: 'user_id',
});

const ofService = {
  ...declared,
  table: 'threadkeep.service_agent_config',
  owner: null,
  fields: { ...fields, shared: field.boolean('shared') },
};

/** Lists all configurations of the service, for service keys. */
export const serviceAgentConfigList = new List<ListedConfig, ListedAgentConfigDto>({
  ...ofService,
  name: 'service_agent_config',
});

/** Lists the shared configurations of the service, for users. */
export const sharedAgentConfigList = new List<ListedConfig, ListedAgentConfigDto>({
  ...ofService,
  name: 'shared_agent_config',
});
