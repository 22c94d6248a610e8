import { Injectable } from '@nestjs/common';
import { ownedStatement, statement } from '../../platform/database/index.js';
import { OwnedRepository, RepositoryTools } from '../../platform/repository/index.js';
import type { EventDto, EventState } from '../dto/event.dto.js';
import { type Span, unknownZone } from './event-span.js';
import { CalendarEvent } from './event.entity.js';
import { eventList } from './event.list.js';
import { EventErrors } from './events.errors.js';

export interface Instants {
  startsAt: string;
  endsAt: string;
}

const INSTANTS = statement<Instants>(
  'event.instants',
  `select ($1::timestamp at time zone $2::text) as "startsAt",
    ($3::timestamp at time zone $4::text) as "endsAt"`,
);
const LOCK = ownedStatement(
  'event.lock',
  `select id from threadkeep.event where user_id = $1 and id = $2 and deleted_at is null
    for update`,
);

/** SQLSTATE invalid_parameter_value: the server does not know the time zone. */
const UNKNOWN_ZONE = '22023';

@Injectable()
export class EventsRepository extends OwnedRepository<CalendarEvent, EventState, EventDto> {
  constructor(tools: RepositoryTools) {
    super(tools, {
      entity: CalendarEvent,
      list: eventList,
      notFound: EventErrors.notFound,
      quota: 'plans',
    });
  }

  /**
   * Reads the row and locks it until the transaction ends.
   * @throws AppError `event.not_found`
   */
  async getLocked(id: string): Promise<CalendarEvent> {
    await this.tools.database.write(LOCK, [id]);
    return this.get(id);
  }

  /**
   * Converts local times to instants. PostgreSQL does it, because it knows the past offsets and
   * summer times of each zone.
   */
  async resolveInstants({ from, to }: Span): Promise<Instants> {
    try {
      const [row] = await this.tools.database.read(INSTANTS, [
        from.local,
        from.zone,
        to.local,
        to.zone,
      ]);
      return row!;
    } catch (error) {
      throw (error as { code?: unknown }).code === UNKNOWN_ZONE ? unknownZone() : error;
    }
  }
}
