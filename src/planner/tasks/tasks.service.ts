import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ConversationNames } from '../../conversations/index.js';
import type { ListQuery, Page } from '../../platform/list/index.js';
import { parseTime, sent } from '../../platform/input/index.js';
import {
  type CreateTaskDto,
  priorityRank,
  type TaskDto,
  type UpdateTaskDto,
} from '../dto/task.dto.js';
import type { Task } from './task.entity.js';
import { dueWithin, overdue } from './task.list.js';
import { noSuchConversation } from './tasks.errors.js';
import { TasksRepository } from './tasks.repository.js';

/** Maps the fields of a request to columns; fields that were not sent are absent. */
function columnsOf({ priority, dueAt, ...values }: UpdateTaskDto) {
  return {
    ...sent(values, ['description', 'conversationId']),
    ...(priority ? { priority: priorityRank(priority) } : {}),
    ...(dueAt === undefined ? {} : { dueAt: dueAt === null ? null : new Date(parseTime(dueAt)!) }),
  };
}

@Injectable()
export class TasksService {
  constructor(
    private readonly tasks: TasksRepository,
    private readonly conversations: ConversationNames,
  ) {}

  /** @throws AppError `task.conversation_not_found` unless it is to be made */
  create(values: CreateTaskDto, createIfMissing: boolean): Promise<Task> {
    return this.conversations.inBody(
      values,
      { createIfMissing, notFound: noSuchConversation },
      (named) => this.tasks.create({ id: uuidv7(), ...columnsOf(named) }),
    );
  }

  get(id: string): Promise<Task> {
    return this.tasks.get(id);
  }

  list(query: ListQuery): Promise<Page<TaskDto>> {
    return this.tasks.list(query);
  }

  /** Lists tasks that are not completed and were due before now. */
  overdue(query: ListQuery): Promise<Page<TaskDto>> {
    return this.tasks.list(query, [overdue]);
  }

  /** Lists tasks that are not completed and are due within `days` times 24 hours. */
  upcoming(query: ListQuery, days: number): Promise<Page<TaskDto>> {
    return this.tasks.list(query, [dueWithin(days)]);
  }

  /**
   * Changes the fields that were sent.
   * @throws AppError 412 with the current version when `version` is given and is not the current
   *   one
   */
  update(id: string, changes: UpdateTaskDto, version?: number): Promise<Task> {
    return this.conversations.inBody(
      changes,
      { createIfMissing: false, notFound: noSuchConversation },
      (named) => this.tasks.update(id, columnsOf(named), version),
    );
  }

  remove(id: string, purge: boolean, version?: number): Promise<void> {
    return this.tasks.remove(id, { purge, version });
  }

  restore(id: string): Promise<Task> {
    return this.tasks.restore(id);
  }

  etag(task: Task): string {
    return this.tasks.etag(task);
  }
}
