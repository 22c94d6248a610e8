import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CREATE_IF_MISSING, DeletedImports } from '../../conversations/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { EventErrors } from './events.errors.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { created, IfMatch, Operation, paged, withEtag } from '../../platform/http/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import {
  BodyValidationPipe,
  boolean,
  withDescription,
  IdParameter,
  integer,
  QueryShape,
  timeOrDay,
  type ValuesOf,
} from '../../platform/input/index.js';
import { ListQueryPipe } from '../../platform/list/index.js';
import { BodyGuard } from '../../platform/secrets-guard/index.js';
import { UNLESS_DELETED } from '../dto/planned.dto.js';
import {
  CreateEventDto,
  EventDto,
  EventPageDto,
  toEventDto,
  UpdateEventDto,
} from '../dto/event.dto.js';
import type { CalendarEvent } from './event.entity.js';
import { eventList } from './event.list.js';
import { EventsService } from './events.service.js';

const listQuery = new ListQueryPipe(eventList, {
  from: withDescription(timeOrDay(), 'Keeps events that end after this time.'),
  to: withDescription(
    timeOrDay(),
    'Keeps events that start before this time. It must be after `from`.',
  ),
});
const upcomingQuery = new ListQueryPipe(eventList, {
  days: withDescription(integer(1, 366, 7), 'How many days to look ahead.'),
});
const createQuery = new QueryShape({
  createIfMissing: CREATE_IF_MISSING,
  unlessDeleted: UNLESS_DELETED,
});
const removeQuery = new QueryShape({
  purge: withDescription(boolean(), 'Deletes it for good.', true),
});

@ApiTags('events')
@AccessibleBy('user')
@Controller('v1/events')
export class EventsController {
  constructor(
    private readonly events: EventsService,
    private readonly deletedImports: DeletedImports,
  ) {}

  @Operation({
    summary: 'Create an event',
    description:
      '`start` gives the form: a time, a day for all-day events, or a local time with `timeZone`.',
    errors: [
      EventErrors.invalidTimes,
      EventErrors.conversationNotFound,
      EventErrors.deletedImport,
      RequestErrors.refused,
    ],
    headers: ['ETag', 'Location'],
  })
  @IdempotentPost()
  @createQuery.document()
  @ApiCreatedResponse({ type: EventDto })
  async create(
    @Body(BodyValidationPipe, BodyGuard) values: CreateEventDto,
    @Query(createQuery) { createIfMissing, unlessDeleted }: ValuesOf<typeof createQuery>,
  ) {
    const faults = unlessDeleted ? await this.deletedImports.faultsOf('event', [values]) : [];
    if (faults.length > 0) throw EventErrors.deletedImport({ errors: faults });
    const event = await this.events.create(values, createIfMissing);
    return created(toEventDto(event), this.events.etag(event), `/v1/events/${event.id}`);
  }

  @Operation({
    summary: 'List events',
    description: 'In the order of their start. `from` and `to` keep events that overlap that time.',
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: EventPageDto })
  async list(@Query(listQuery) query: ReturnType<typeof listQuery.transform>) {
    return paged(await this.events.list(query, query));
  }

  @Operation({
    summary: 'List events that start soon',
    description:
      'Events that are going on, or start within the next `days`, in the order of their start.',
  })
  @Get('upcoming')
  @upcomingQuery.document()
  @ApiOkResponse({ type: EventPageDto })
  async upcoming(@Query(upcomingQuery) query: ReturnType<typeof upcomingQuery.transform>) {
    return paged(await this.events.upcoming(query, query.days));
  }

  @Operation({ summary: 'Read an event', errors: [EventErrors.notFound], headers: ['ETag'] })
  @Get(':id')
  @ApiOkResponse({ type: EventDto })
  async get(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.events.get(id));
  }

  @Operation({
    summary: 'Edit an event',
    description:
      'Fields that are left out stay as they are; the times must still fit together. With `If-Match`, the edit only succeeds while nobody else has edited it.',
    errors: [
      EventErrors.notFound,
      EventErrors.invalidTimes,
      EventErrors.conversationNotFound,
      RequestErrors.refused,
    ],
    headers: ['ETag'],
  })
  @Patch(':id')
  @ApiOkResponse({ type: EventDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateEventDto,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(await this.events.update(id, changes, expected));
  }

  @Operation({
    summary: 'Delete an event',
    description: 'A deleted event can be restored; with `purge=true` it is gone for good.',
    errors: [EventErrors.notFound],
  })
  @Delete(':id')
  @HttpCode(204)
  @removeQuery.document()
  @ApiNoContentResponse()
  remove(
    @Param('id', IdParameter) id: string,
    @Query(removeQuery) { purge }: ReturnType<typeof removeQuery.transform>,
    @IfMatch() expected: number | undefined,
  ) {
    return this.events.remove(id, purge, expected);
  }

  @Operation({
    summary: 'Restore a deleted event',
    errors: [EventErrors.notFound],
    headers: ['ETag'],
  })
  @IdempotentPost(':id/restore')
  @HttpCode(200)
  @ApiOkResponse({ type: EventDto })
  async restore(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.events.restore(id));
  }

  private tagged(event: CalendarEvent) {
    return withEtag(toEventDto(event), this.events.etag(event));
  }
}
