import { Injectable } from '@nestjs/common';
import {
  type Changes,
  type NewRow,
  OwnedRepository,
  RepositoryTools,
} from '../../platform/repository/index.js';
import type { TaskDto, TaskState } from '../dto/task.dto.js';
import { Task } from './task.entity.js';
import { taskList } from './task.list.js';
import { TaskErrors } from './tasks.errors.js';

@Injectable()
export class TasksRepository extends OwnedRepository<Task, TaskState, TaskDto> {
  constructor(tools: RepositoryTools) {
    super(tools, { entity: Task, list: taskList, notFound: TaskErrors.notFound, quota: 'plans' });
  }

  /** Sets `completed_at` by the database's clock when the task is created as completed. */
  override create(values: NewRow<Task>): Promise<Task> {
    if (values.status !== 'completed') return super.create(values);
    return super.create({ ...values, completedAt: () => 'now()' } as unknown as NewRow<Task>);
  }

  /**
   * Keeps `completed_at` of a task that is already completed. The statement compares the row
   * itself, so two racing edits cannot separate status and time.
   */
  override update(id: string, changes: Changes<Task>, version?: number): Promise<Task> {
    if (changes.status === undefined) return super.update(id, changes, version);
    const completedAt =
      changes.status === 'completed' ? () => 'coalesce(completed_at, clock_timestamp())' : null;
    return super.update(id, { ...changes, completedAt } as unknown as Changes<Task>, version);
  }
}
