import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { type EntityOrRow, IsTime, rfc3339, rfc3339OrNull } from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import { type Task, TASK_STATUSES, type TaskStatus } from '../tasks/task.entity.js';
import { PlannedFields } from './planned.dto.js';

/** In the order of their ranks, which start at 1. */
export const TASK_PRIORITIES = ['low', 'medium', 'high'] as const;
export type TaskPriority = (typeof TASK_PRIORITIES)[number];
export const rankOf = (priority: TaskPriority): number => TASK_PRIORITIES.indexOf(priority) + 1;

class TaskFields extends PlannedFields {
  @ApiProperty({ enum: TASK_STATUSES, required: false, nullable: true, default: 'todo' })
  @IsOptional()
  @IsIn(TASK_STATUSES)
  status?: TaskStatus | null;

  @ApiProperty({ enum: TASK_PRIORITIES, required: false, nullable: true, default: 'medium' })
  @IsOptional()
  @IsIn(TASK_PRIORITIES)
  priority?: TaskPriority | null;

  @ApiProperty({ type: String, format: 'date-time', required: false, nullable: true })
  @IsOptional()
  @IsTime()
  dueAt?: string | null;
}

export class CreateTaskDto extends TaskFields {
  @ApiProperty({ minLength: 1, maxLength: 500 })
  @IsString()
  @Length(1, 500)
  title: string;
}

export class UpdateTaskDto extends TaskFields {
  @ApiProperty({ type: String, required: false, nullable: true, minLength: 1, maxLength: 500 })
  @IsOptional()
  @IsString()
  @Length(1, 500)
  title?: string | null;
}

export class TaskDto {
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty() title: string;
  @ApiProperty({ type: String, nullable: true }) description: string | null;
  @ApiProperty({ enum: TASK_STATUSES }) status: TaskStatus;
  @ApiProperty({ enum: TASK_PRIORITIES }) priority: TaskPriority;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) dueAt: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it became `completed`.',
  })
  completedAt: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) conversationId: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true }) metadata: Record<string, unknown>;
  @ApiProperty({ type: 'integer' }) version: number;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ format: 'date-time' }) updatedAt: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) deletedAt: string | null;
}

export const TaskPageDto = PageOf(TaskDto);

export type TaskState = EntityOrRow<Omit<Task, 'userId'>>;

export const toTaskDto = (row: TaskState): TaskDto => ({
  id: row.id,
  title: row.title,
  description: row.description,
  status: row.status,
  priority: TASK_PRIORITIES[row.priority - 1]!,
  dueAt: rfc3339OrNull(row.dueAt),
  completedAt: rfc3339OrNull(row.completedAt),
  conversationId: row.conversationId,
  metadata: row.metadata,
  version: row.version,
  createdAt: rfc3339(row.createdAt),
  updatedAt: rfc3339(row.updatedAt),
  deletedAt: rfc3339OrNull(row.deletedAt),
});
