import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessibleBy, Request } from '../../platform/context/index.js';
import {
  ApiNotModified,
  ApiProblems,
  expectedVersion,
  linkNext,
  withEtag,
} from '../../platform/http/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import {
  BodyValidationPipe,
  boolean,
  IdParameter,
  integer,
  QueryShape,
  time,
} from '../../platform/input/index.js';
import { ListQueryPipe } from '../../platform/list/index.js';
import { BodyGuard } from '../../platform/secrets-guard/index.js';
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
  async create(
    @Body(BodyValidationPipe, BodyGuard) values: CreateEventDto,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const event = await this.events.create(values);
    void reply.header('location', `/v1/events/${event.id}`);
    return this.tagged(event, request, reply);
  }

  /** In the order of their start; with `from` and `to`, those that overlap the time from the one up to the other. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: EventPageDto })
  async list(
    @Query(listQuery) query: ReturnType<typeof listQuery.transform>,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return linkNext(await this.events.list(query, query), request, reply);
  }

  /** Going on now or starting within the next `days`, in the order of their start. */
  @Get('upcoming')
  @upcomingQuery.document()
  @ApiOkResponse({ type: EventPageDto })
  async upcoming(
    @Query(upcomingQuery) query: ReturnType<typeof upcomingQuery.transform>,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return linkNext(await this.events.upcoming(query, query.days), request, reply);
  }

  @Get(':id')
  @ApiOkResponse({ type: EventDto })
  @ApiNotModified()
  async get(
    @Param('id', IdParameter) id: string,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tagged(await this.events.get(id), request, reply);
  }

  /** With `If-Match`, only when nobody else has edited it since. The times must fit together with those that stay. */
  @Patch(':id')
  @ApiOkResponse({ type: EventDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateEventDto,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tagged(
      await this.events.update(id, changes, expectedVersion(request)),
      request,
      reply,
    );
  }

  /** Can be restored; with `purge=true`, not. */
  @Delete(':id')
  @HttpCode(204)
  @removeQuery.document()
  @ApiNoContentResponse()
  remove(
    @Param('id', IdParameter) id: string,
    @Query(removeQuery) { purge }: ReturnType<typeof removeQuery.transform>,
    @Request() request: FastifyRequest,
  ) {
    return this.events.remove(id, purge, expectedVersion(request));
  }

  @IdempotentPost(':id/restore')
  @HttpCode(200)
  @ApiOkResponse({ type: EventDto })
  async restore(
    @Param('id', IdParameter) id: string,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tagged(await this.events.restore(id), request, reply);
  }

  private tagged(
    event: CalendarEvent,
    request: FastifyRequest,
    reply: FastifyReply,
  ): EventDto | undefined {
    return withEtag(toEventDto(event), this.events.etag(event), request, reply);
  }
}
