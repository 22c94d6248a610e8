import { ConversationField } from '../../conversations/index.js';
import { type Condition, field, List } from '../../platform/list/index.js';
import { EventDto, type EventState, toEventDto } from '../dto/event.dto.js';
import { matchesWords } from '../word-search.js';

/** Lists events by start time. Each sort field has an index. */
export const eventList = new List<EventState, EventDto>({
  name: 'event',
  table: 'threadkeep.event',
  owner: 'user_id',
  fields: {
    id: field.uuid('id', { sort: true }),
    title: field.text('title'),
    description: field.shown('description', { large: 'text' }),
    location: field.text('location', { nullable: true }),
    start: field.shown('start_given'),
    end: field.shown('end_given'),
    timeZone: field.text('time_zone', { nullable: true }),
    allDay: field.boolean('all_day'),
    startsAt: field.time('starts_at', { sort: true }),
    endsAt: field.time('ends_at', { sort: true }),
    conversationId: new ConversationField('conversation_id', { nullable: true }),
    metadata: field.object('metadata'),
    version: field.shown('version'),
    createdAt: field.time('created_at'),
    updatedAt: field.time('updated_at', { sort: true }),
    deletedAt: field.time('deleted_at', { nullable: true }),
  },
  sort: 'startsAt',
  deletedAt: 'deletedAt',
  search: (words) =>
    matchesWords(
      `title || ' ' || coalesce(description, '') || ' ' || coalesce(location, '')`,
      words,
    ),
  dto: EventDto,
  item: toEventDto,
});

/** RFC 3339 times; undefined for an open side. */
export interface Between {
  from: string | undefined;
  to: string | undefined;
}

/**
 * Matches events that overlap [from, to). An event without duration must start inside. It uses
 * plain comparisons because range operators are not leakproof, so row-level security would not use
 * the index.
 */
export const overlapping = ({ from, to }: Between): Condition => ({
  name: `overlapping ${from ?? ''}/${to ?? ''}`,
  text: (parameter) => {
    const after = (at: string) => `ends_at >= ${at} and (ends_at > ${at} or starts_at = ${at})`;
    const conditions = [
      ...(from ? [after(parameter(from, 'timestamptz'))] : []),
      ...(to ? [`starts_at < ${parameter(to, 'timestamptz')}`] : []),
    ];
    return conditions.join(' and ');
  },
});

/** Matches events that go on now or start within `days` times 24 hours. */
export const within = (days: number): Condition => ({
  name: `within ${days}`,
  text: (parameter) =>
    `ends_at > now() and starts_at < now() + make_interval(days => ${parameter(days, 'integer')})`,
});
