import { field, List } from '../platform/list/index.js';
import { text, Unreadable } from '../platform/http/index.js';
import { ConversationDto, type ConversationState, CONVERSATION_STATUSES, toConversationDto } from './dto/conversation.dto.js';

const tag = text(100, true);

/** Newest activity first. What is sorted by has its index; filters look at the user's own rows alone. */
export const conversationList = new List<ConversationState, ConversationDto>({
  name: 'conversation',
  table: 'threadkeep.conversation',
  owner: 'user_id',
  fields: {
    id: field.uuid('id', { sort: true }),
    title: field.text('title', { nullable: true, sort: `''` }),
    status: field.oneOf('status', CONVERSATION_STATUSES),
    tags: field.texts('tags'),
    metadata: field.object('metadata'),
    lastSeq: field.integer('last_seq'),
    version: field.shown('version'),
    forkedFromId: field.uuid('forked_from_id', { nullable: true }),
    forkedFromSeq: field.shown('forked_from_seq'),
    createdAt: field.time('created_at', { sort: true }),
    updatedAt: field.time('updated_at', { sort: true }),
    deletedAt: field.time('deleted_at', { nullable: true }),
  },
  sort: '-updatedAt',
  deletedAt: 'deletedAt',
  search: (words) => `strpos(lower(title), lower(${words})) > 0`,
  shorthands: {
    status: {
      schema: { type: 'string', enum: [...CONVERSATION_STATUSES, 'deleted'], description: 'Deleted ones are listed by `deleted` only.' },
      means: (value) => {
        if (value === 'deleted') return { field: 'deletedAt', operator: 'exists', text: 'true' };
        if (!(CONVERSATION_STATUSES as readonly string[]).includes(value)) throw new Unreadable(`must be one of ${CONVERSATION_STATUSES.join(', ')}, deleted`);
        return { field: 'status', operator: 'eq', text: value };
      },
    },
    tag: { schema: tag.schema, means: (value) => ({ field: 'tags', operator: 'contains', text: tag.read(value) }) },
  },
  dto: ConversationDto,
  item: toConversationDto,
});
