import { type Condition, field, List } from '../../platform/list/index.js';
import { EventDto, type EventState, toEventDto } from '../dto/event.dto.js';

/** What starts first before the rest. What is sorted by has its index. */
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
    conversationId: field.uuid('conversation_id', { nullable: true }),
    metadata: field.object('metadata'),
    version: field.shown('version'),
    createdAt: field.time('created_at'),
    updatedAt: field.time('updated_at', { sort: true }),
    deletedAt: field.time('deleted_at', { nullable: true }),
  },
  sort: 'startsAt',
  deletedAt: 'deletedAt',
  search: (words) =>
    `to_tsvector('english', title || ' ' || coalesce(description, '') || ' ' || coalesce(location, '')) @@ websearch_to_tsquery('english', ${words})`,
  dto: EventDto,
  item: toEventDto,
});

/** Instants; undefined where it is open. */
export interface Between {
  from: string | undefined;
  to: string | undefined;
}

/**
 * Events that share a moment with [from, to); one without length must lie in it. Plain comparisons, because row-level security keeps
 * the operators of ranges away from an index: they are not leakproof.
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

/** Going on now, or starting soon. */
export const within = (days: number): Condition => ({
  name: `within ${days}`,
  text: (parameter) =>
    `ends_at > now() and starts_at < now() + make_interval(days => ${parameter(days, 'integer')})`,
});
