import { field, List } from '../../platform/list/index.js';
import { SummaryDto, type SummaryState, toSummaryDto } from '../dto/summary.dto.js';

/** The summaries of one conversation, those of the newest messages first. */
export const summaryList = new List<SummaryState, SummaryDto>({
  name: 'summary',
  table: 'threadkeep.summary',
  owner: 'user_id',
  fields: {
    id: field.uuid('id', { sort: true }),
    conversationId: field.shown('conversation_id'),
    fromSeq: field.integer('from_seq'),
    toSeq: field.integer('to_seq', { sort: true }),
    content: field.shown('content', { large: 'text' }),
    tokenCount: field.integer('token_count'),
    compact: field.shown('compact'),
    stale: field.shown('stale'),
    source: field.shown('source'),
    createdAt: field.time('created_at'),
  },
  sort: '-toSeq',
  dto: SummaryDto,
  item: toSummaryDto,
});
