import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import { AccessibleBy } from '../platform/context/index.js';
import {
  ApiNotModified,
  ApiProblems,
  BodyValidationPipe,
  boolean,
  created,
  IdempotentPost,
  IdParameter,
  IfMatch,
  integer,
  paged,
  QueryShape,
  time,
  withEtag,
} from '../platform/http/index.js';
import { ListQueryPipe } from '../platform/list/index.js';
import { BodyGuard } from '../platform/secrets-guard/index.js';
import {
  CreateEventDto,
  EventDto,
  EventPageDto,
  toEventDto,
  UpdateEventDto,
} from './dto/event.dto.js';
import type { CalendarEvent } from './event.entity.js';
import { eventList } from './event.list.js';
import { EventsService } from './events.service.js';

const listQuery = new ListQueryPipe(eventList, { from: time(), to: time() });
const upcomingQuery = new ListQueryPipe(eventList, { days: integer(1, 366, 7) });
const removeQuery = new QueryShape({ purge: boolean() });

@ApiTags('events')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @IdempotentPost()
  @ApiCreatedResponse({ type: EventDto })
  async create(@Body(BodyValidationPipe, BodyGuard) values: CreateEventDto) {
    const event = await this.events.create(values);
    return created(toEventDto(event), this.events.etag(event), `/v1/events/${event.id}`);
  }

  /** In the order of their start; with `from` and `to`, those that overlap the time from the one up to the other. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: EventPageDto })
  async list(@Query(listQuery) query: ReturnType<typeof listQuery.transform>) {
    return paged(await this.events.list(query, query));
  }

  /** Going on now or starting within the next `days`, in the order of their start. */
  @Get('upcoming')
  @upcomingQuery.document()
  @ApiOkResponse({ type: EventPageDto })
  async upcoming(@Query(upcomingQuery) query: ReturnType<typeof upcomingQuery.transform>) {
    return paged(await this.events.upcoming(query, query.days));
  }

  @Get(':id')
  @ApiOkResponse({ type: EventDto })
  @ApiNotModified()
  async get(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.events.get(id));
  }

  /** With `If-Match`, only when nobody else has edited it since. The times must fit together with those that stay. */
  @Patch(':id')
  @ApiOkResponse({ type: EventDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateEventDto,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(await this.events.update(id, changes, expected));
  }

  /** Can be restored; with `purge=true`, not. */
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
