import { containsText } from '../../platform/database/index.js';
import { integer, MAX_INTEGER, oneOf } from '../../platform/input/index.js';
import { type Condition, field, List } from '../../platform/list/index.js';
import { MessageDto, toMessageDto } from '../dto/message.dto.js';
import { MESSAGE_ROLES, RATINGS } from './message.entity.js';
import type { MessageRow } from './messages.repository.js';

/** Row with the id of its conversation. */
type ListedMessage = MessageRow & { conversationId: string };

const order = oneOf(['asc', 'desc'], undefined);
const seq = integer(0, MAX_INTEGER, undefined);

/**
 * Lists the messages of one conversation, newest first. `q` finds an exact piece of text; the
 * search route finds words.
 */
export const messageList = new List<ListedMessage, MessageDto>({
  name: 'message',
  table: 'threadkeep.message',
  owner: 'user_id',
  fields: {
    id: field.uuid('id'),
    conversationId: field.shown('conversation_id'),
    seq: field.integer('seq', { sort: true }),
    role: field.oneOf('role', MESSAGE_ROLES),
    content: field.shown('content', { large: 'text' }),
    contentIsJson: field.shown('content_is_json'),
    metadata: field.object('metadata', { nullable: true }),
    tokenCount: field.integer('token_count'),
    parentSeq: field.shown('parent_seq'),
    createdAt: field.time('created_at'),
    erased: field.shown('erased'),
    status: field.shown('status'),
    key: field.shown('key'),
    feedback: field.shown('feedback'),
    rating: field.oneOf("(feedback ->> 'rating')", RATINGS, { nullable: true }),
  },
  sort: '-seq',
  unique: 'seq',
  search: (text) => containsText('content', text),
  shorthands: {
    order: {
      schema: { ...order.schema, default: 'desc' },
      description: '`desc` for newest first, `asc` for oldest first.',
      means: (value) => ({ sort: order.read(value) === 'asc' ? 'seq' : '-seq' }),
    },
    rating: {
      schema: oneOf(RATINGS, undefined).schema,
      description: 'Keeps messages with feedback of this rating.',
      means: (text) => ({ field: 'rating', operator: 'eq', text }),
    },
    afterSeq: {
      schema: seq.schema,
      description: 'Keeps messages with a greater `seq`.',
      means: (value) => ({ field: 'seq', operator: 'gt', text: String(seq.read(value)) }),
    },
    beforeSeq: {
      schema: seq.schema,
      description: 'Keeps messages with a smaller `seq`.',
      means: (value) => ({ field: 'seq', operator: 'lt', text: String(seq.read(value)) }),
    },
  },
  dto: MessageDto,
  item: (row) => toMessageDto(row.conversationId, row),
});

export const inConversation = (id: string): Condition => ({
  name: id,
  text: (parameter) => `conversation_id = ${parameter(id, 'uuid')}`,
});
