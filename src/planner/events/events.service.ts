import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ConversationNames } from '../../conversations/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import type { ListQuery, Page } from '../../platform/list/index.js';
import { sent } from '../../platform/input/index.js';
import type { CreateEventDto, EventDto, UpdateEventDto } from '../dto/event.dto.js';
import { type GivenTimes, refused, parseSpan } from './event-span.js';
import type { CalendarEvent } from './event.entity.js';
import { type Between, overlapping, within } from './event.list.js';
import { noSuchConversation } from './events.errors.js';
import { EventsRepository } from './events.repository.js';

/** Returns the sent fields other than times. */
const detailsOf = ({ title, description, location, conversationId, metadata }: UpdateEventDto) =>
  sent({ title, description, location, conversationId, metadata }, [
    'description',
    'location',
    'conversationId',
  ]);

@Injectable()
export class EventsService {
  constructor(
    private readonly events: EventsRepository,
    private readonly database: ScopedDatabase,
    private readonly conversations: ConversationNames,
  ) {}

  /**
   * Creates an event.
   * @throws AppError `event.invalid_times` when start, end and time zone do not fit together
   * @throws AppError `event.conversation_not_found` unless it is to be made
   */
  async create(values: CreateEventDto, createIfMissing: boolean): Promise<CalendarEvent> {
    const { start, end = null, timeZone = null } = values;
    const times = await this.resolveTimes({ start, end, timeZone });
    return this.conversations.inBody(
      values,
      { createIfMissing, notFound: noSuchConversation },
      (named) => this.events.create({ id: uuidv7(), ...detailsOf(named), ...times }),
    );
  }

  get(id: string): Promise<CalendarEvent> {
    return this.events.get(id);
  }

  /**
   * Lists events that overlap [from, to); an open side has no limit.
   * @throws AppError `request.invalid_query` when `to` is not after `from`
   */
  async list(query: ListQuery, between: Between): Promise<Page<EventDto>> {
    const { from, to } = between;
    if (from && to && to <= from)
      throw RequestErrors.invalidQuery({
        errors: [{ pointer: '?to', message: 'must be after from' }],
      });
    return this.events.list(query, from || to ? [overlapping(between)] : []);
  }

  /** Lists events that go on now or start within `days` times 24 hours. */
  upcoming(query: ListQuery, days: number): Promise<Page<EventDto>> {
    return this.events.list(query, [within(days)]);
  }

  /**
   * Changes the fields that were sent.
   * @throws AppError 412 with the current version when `version` is given and is not the current
   *   one
   * @throws AppError `event.invalid_times` when the new times do not fit to those that stay
   */
  update(id: string, changes: UpdateEventDto, version?: number): Promise<CalendarEvent> {
    return this.conversations.inBody(
      changes,
      { createIfMissing: false, notFound: noSuchConversation },
      (named) => this.updateNamed(id, named, version),
    );
  }

  private updateNamed(
    id: string,
    changes: UpdateEventDto,
    version?: number,
  ): Promise<CalendarEvent> {
    const times = sent({ start: changes.start, end: changes.end, timeZone: changes.timeZone }, [
      'end',
      'timeZone',
    ]);
    if (Object.keys(times).length === 0) return this.events.update(id, detailsOf(changes), version);
    // Lock the row: when two requests change start and end at once, both changes are kept and
    // checked together.
    return this.database.transaction(async () => {
      const { start, end, timeZone } = await this.events.getLocked(id);
      return this.events.update(
        id,
        { ...detailsOf(changes), ...(await this.resolveTimes({ start, end, timeZone, ...times })) },
        version,
      );
    });
  }

  remove(id: string, purge: boolean, version?: number): Promise<void> {
    return this.events.remove(id, { purge, version });
  }

  restore(id: string): Promise<CalendarEvent> {
    return this.events.restore(id);
  }

  etag(event: CalendarEvent): string {
    return this.events.etag(event);
  }

  private async resolveTimes(given: GivenTimes) {
    const span = parseSpan(given);
    const { startsAt, endsAt } = await this.events.resolveInstants(span);
    if (endsAt < startsAt) throw refused('/end', 'must not be before start');
    return {
      ...given,
      allDay: span.allDay,
      startsAt: new Date(startsAt),
      endsAt: new Date(endsAt),
    };
  }
}
