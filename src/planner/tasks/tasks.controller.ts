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
} from '../../platform/input/index.js';
import { type ListQuery, ListQueryPipe } from '../../platform/list/index.js';
import { BodyGuard } from '../../platform/secrets-guard/index.js';
import { CreateTaskDto, TaskDto, TaskPageDto, toTaskDto, UpdateTaskDto } from '../dto/task.dto.js';
import type { Task } from './task.entity.js';
import { dueTaskList, taskList } from './task.list.js';
import { TasksService } from './tasks.service.js';

const listQuery = new ListQueryPipe(taskList);
const overdueQuery = new ListQueryPipe(dueTaskList);
const upcomingQuery = new ListQueryPipe(dueTaskList, { days: integer(1, 366, 7) });
const removeQuery = new QueryShape({ purge: boolean() });

@ApiTags('tasks')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/tasks')
export class TasksController {
  constructor(private readonly tasks: TasksService) {}

  @IdempotentPost()
  @ApiCreatedResponse({ type: TaskDto })
  async create(
    @Body(BodyValidationPipe, BodyGuard) values: CreateTaskDto,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const task = await this.tasks.create(values);
    void reply.header('location', `/v1/tasks/${task.id}`);
    return this.tagged(task, request, reply);
  }

  /** Last changed first. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: TaskPageDto })
  async list(
    @Query(listQuery) query: ListQuery,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return linkNext(await this.tasks.list(query), request, reply);
  }

  /** Not completed and due before now, the longest due first. */
  @Get('overdue')
  @overdueQuery.document()
  @ApiOkResponse({ type: TaskPageDto })
  async overdue(
    @Query(overdueQuery) query: ListQuery,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return linkNext(await this.tasks.overdue(query), request, reply);
  }

  /** Not completed and due within the next `days`, the soonest first. */
  @Get('upcoming')
  @upcomingQuery.document()
  @ApiOkResponse({ type: TaskPageDto })
  async upcoming(
    @Query(upcomingQuery) query: ReturnType<typeof upcomingQuery.transform>,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return linkNext(await this.tasks.upcoming(query, query.days), request, reply);
  }

  @Get(':id')
  @ApiOkResponse({ type: TaskDto })
  @ApiNotModified()
  async get(
    @Param('id', IdParameter) id: string,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tagged(await this.tasks.get(id), request, reply);
  }

  /** With `If-Match`, only when nobody else has edited it since. Complete with `{"status": "completed"}`. */
  @Patch(':id')
  @ApiOkResponse({ type: TaskDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateTaskDto,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tagged(
      await this.tasks.update(id, changes, expectedVersion(request)),
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
    return this.tasks.remove(id, purge, expectedVersion(request));
  }

  @IdempotentPost(':id/restore')
  @HttpCode(200)
  @ApiOkResponse({ type: TaskDto })
  async restore(
    @Param('id', IdParameter) id: string,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.tagged(await this.tasks.restore(id), request, reply);
  }

  private tagged(task: Task, request: FastifyRequest, reply: FastifyReply): TaskDto | undefined {
    return withEtag(toTaskDto(task), this.tasks.etag(task), request, reply);
  }
}
