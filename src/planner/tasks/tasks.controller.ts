import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CREATE_IF_MISSING, DeletedImports } from '../../conversations/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { TaskErrors } from './tasks.errors.js';
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
  type ValuesOf,
} from '../../platform/input/index.js';
import { type ListQuery, ListQueryPipe } from '../../platform/list/index.js';
import { BodyGuard } from '../../platform/secrets-guard/index.js';
import { UNLESS_DELETED } from '../dto/planned.dto.js';
import { CreateTaskDto, TaskDto, TaskPageDto, toTaskDto, UpdateTaskDto } from '../dto/task.dto.js';
import type { Task } from './task.entity.js';
import { dueTaskList, taskList } from './task.list.js';
import { TasksService } from './tasks.service.js';

const listQuery = new ListQueryPipe(taskList);
const overdueQuery = new ListQueryPipe(dueTaskList);
const upcomingQuery = new ListQueryPipe(dueTaskList, {
  days: withDescription(integer(1, 366, 7), 'How many days to look ahead.'),
});
const createQuery = new QueryShape({
  createIfMissing: CREATE_IF_MISSING,
  unlessDeleted: UNLESS_DELETED,
});
const removeQuery = new QueryShape({
  purge: withDescription(boolean(), 'Deletes it for good.', true),
});

@ApiTags('tasks')
@AccessibleBy('user')
@Controller('v1/tasks')
export class TasksController {
  constructor(
    private readonly tasks: TasksService,
    private readonly deletedImports: DeletedImports,
  ) {}

  @Operation({
    summary: 'Create a task',
    errors: [TaskErrors.conversationNotFound, TaskErrors.deletedImport, RequestErrors.refused],
    headers: ['ETag', 'Location'],
  })
  @IdempotentPost()
  @createQuery.document()
  @ApiCreatedResponse({ type: TaskDto })
  async create(
    @Body(BodyValidationPipe, BodyGuard) values: CreateTaskDto,
    @Query(createQuery) { createIfMissing, unlessDeleted }: ValuesOf<typeof createQuery>,
  ) {
    const faults = unlessDeleted ? await this.deletedImports.faultsOf('task', [values]) : [];
    if (faults.length > 0) throw TaskErrors.deletedImport({ errors: faults });
    const task = await this.tasks.create(values, createIfMissing);
    return created(toTaskDto(task), this.tasks.etag(task), `/v1/tasks/${task.id}`);
  }

  @Operation({ summary: 'List tasks', description: 'Last changed first.' })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: TaskPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.tasks.list(query));
  }

  @Operation({
    summary: 'List overdue tasks',
    description:
      'Tasks that are due and not completed; the one that has been due for the longest first.',
  })
  @Get('overdue')
  @overdueQuery.document()
  @ApiOkResponse({ type: TaskPageDto })
  async overdue(@Query(overdueQuery) query: ListQuery) {
    return paged(await this.tasks.overdue(query));
  }

  @Operation({
    summary: 'List tasks that are due soon',
    description:
      'Tasks that are not completed and due within the next `days`; the most urgent first.',
  })
  @Get('upcoming')
  @upcomingQuery.document()
  @ApiOkResponse({ type: TaskPageDto })
  async upcoming(@Query(upcomingQuery) query: ReturnType<typeof upcomingQuery.transform>) {
    return paged(await this.tasks.upcoming(query, query.days));
  }

  @Operation({ summary: 'Read a task', errors: [TaskErrors.notFound], headers: ['ETag'] })
  @Get(':id')
  @ApiOkResponse({ type: TaskDto })
  async get(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.tasks.get(id));
  }

  @Operation({
    summary: 'Edit a task',
    description:
      'Fields left out stay as they are. With `If-Match`, it fails when others have edited it.',
    errors: [TaskErrors.notFound, TaskErrors.conversationNotFound, RequestErrors.refused],
    headers: ['ETag'],
  })
  @Patch(':id')
  @ApiOkResponse({ type: TaskDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateTaskDto,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(await this.tasks.update(id, changes, expected));
  }

  @Operation({
    summary: 'Delete a task',
    description: 'A deleted task can be restored; with `purge=true` it is gone for good.',
    errors: [TaskErrors.notFound],
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
    return this.tasks.remove(id, purge, expected);
  }

  @Operation({
    summary: 'Restore a deleted task',
    errors: [TaskErrors.notFound],
    headers: ['ETag'],
  })
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
