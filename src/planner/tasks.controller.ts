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
  withEtag,
} from '../platform/http/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { BodyGuard } from '../platform/secrets-guard/index.js';
import { CreateTaskDto, TaskDto, TaskPageDto, toTaskDto, UpdateTaskDto } from './dto/task.dto.js';
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
  async create(@Body(BodyValidationPipe, BodyGuard) values: CreateTaskDto) {
    const task = await this.tasks.create(values);
    return created(toTaskDto(task), this.tasks.etag(task), `/v1/tasks/${task.id}`);
  }

  /** Last changed first. */
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: TaskPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.tasks.list(query));
  }

  /** Not completed and due before now, the longest due first. */
  @Get('overdue')
  @overdueQuery.document()
  @ApiOkResponse({ type: TaskPageDto })
  async overdue(@Query(overdueQuery) query: ListQuery) {
    return paged(await this.tasks.overdue(query));
  }

  /** Not completed and due within the next `days`, the soonest first. */
  @Get('upcoming')
  @upcomingQuery.document()
  @ApiOkResponse({ type: TaskPageDto })
  async upcoming(@Query(upcomingQuery) query: ReturnType<typeof upcomingQuery.transform>) {
    return paged(await this.tasks.upcoming(query, query.days));
  }

  @Get(':id')
  @ApiOkResponse({ type: TaskDto })
  @ApiNotModified()
  async get(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.tasks.get(id));
  }

  /** With `If-Match`, only when nobody else has edited it since. Complete with `{"status": "completed"}`. */
  @Patch(':id')
  @ApiOkResponse({ type: TaskDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateTaskDto,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(await this.tasks.update(id, changes, expected));
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
    return this.tasks.remove(id, purge, expected);
  }

  @IdempotentPost(':id/restore')
  @HttpCode(200)
  @ApiOkResponse({ type: TaskDto })
  async restore(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.tasks.restore(id));
  }

  private tagged(task: Task) {
    return withEtag(toTaskDto(task), this.tasks.etag(task));
  }
}
