import { containsText } from '../platform/database/index.js';
import { field, List } from '../platform/list/index.js';
import { ConversationField } from './keys/conversation-field.js';
import { oneOf, text } from '../platform/input/index.js';
import {
  type ConversationDto,
  type ConversationState,
  CONVERSATION_STATUSES,
  toConversationDto,
} from './dto/conversation.dto.js';
import { ListedConversationDto } from './dto/reading.dto.js';

const tag = text(100, true);
const status = oneOf([...CONVERSATION_STATUSES, 'deleted'], undefined);

/** Lists conversations by last activity, newest first. Each sort field has an index. */
export const conversationList = new List<ConversationState, ConversationDto>({
  name: 'conversation',
  table: 'threadkeep.conversation',
  owner: 'user_id',
  fields: {
    id: field.uuid('id', { sort: true }),
    key: field.text('key', { nullable: true }),
    title: field.text('title', { nullable: true, sort: `''` }),
    titleSource: field.shown('title_source'),
    status: field.oneOf('status', CONVERSATION_STATUSES),
    tags: field.texts('tags'),
    metadata: field.object('metadata'),
    lastSeq: field.integer('last_seq'),
    headSeq: field.shown('head_seq'),
    readUpTo: field.shown('read_up_to'),
    version: field.shown('version'),
    forkedFromId: new ConversationField('forked_from_id', { nullable: true }),
    forkedFromSeq: field.shown('forked_from_seq'),
    forkedFromRemoved: field.shown('forked_from_removed'),
    agentConfigId: field.uuid('agent_config_id', {
      nullable: true,
      also: 'shared_agent_config_id',
    }),
    agentConfigVersion: field.shown('agent_config_version'),
    agentConfigAlias: field.shown('agent_config_alias'),
    createdAt: field.time('created_at', { sort: true }),
    updatedAt: field.time('updated_at', { sort: true }),
    deletedAt: field.time('deleted_at', { nullable: true }),
  },
  sort: '-updatedAt',
  deletedAt: 'deletedAt',
  search: (words) => containsText('title', words),
  shorthands: {
    status: {
      schema: status.schema,
      description: 'Keeps those with this status. Deleted ones are listed with `deleted` only.',
      means: (value) =>
        status.read(value) === 'deleted'
          ? { field: 'deletedAt', operator: 'exists', text: 'true' }
          : { field: 'status', operator: 'eq', text: value },
    },
    tag: {
      schema: tag.schema,
      description: 'Keeps those that have this tag.',
      means: (value) => ({ field: 'tags', operator: 'contains', text: tag.read(value) }),
    },
  },
  dto: ListedConversationDto,
  item: toConversationDto,
});
