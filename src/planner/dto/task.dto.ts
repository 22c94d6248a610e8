import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { IsId, IsOpaqueObject, IsTime, rfc3339 } from '../../platform/http/index.js';
import { PageOf } from '../../platform/list/index.js';
import { type Task, TASK_STATUSES, type TaskStatus } from '../task.entity.js';

/** In the order of their ranks, which begin with 1. */
export const TASK_PRIORITIES = ['low', 'medium', 'high'] as const;
export type TaskPriority = (typeof TASK_PRIORITIES)[number];
export const rankOf = (priority: TaskPriority): number => TASK_PRIORITIES.indexOf(priority) + 1;

class TaskFields {
  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 10_000 })
  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  description?: string | null;

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

  @ApiProperty({ type: String, format: 'uuid', required: false, nullable: true, description: 'Where it came up. Null again when that conversation is purged.' })
  @IsOptional()
  @IsId()
  conversationId?: string | null;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true, description: 'Replaced as a whole; null leaves it as it is.' })
  @IsOptional()
  @IsOpaqueObject()
  metadata?: Record<string, unknown> | null;
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
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When it became `completed`.' }) completedAt: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) conversationId: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true }) metadata: Record<string, unknown>;
  @ApiProperty({ type: 'integer' }) version: number;
  @ApiProperty({ format: 'date-time' }) createdAt: string;
  @ApiProperty({ format: 'date-time' }) updatedAt: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) deletedAt: string | null;
}

export const TaskPageDto = PageOf(TaskDto);

type Times = 'dueAt' | 'completedAt' | 'createdAt' | 'updatedAt' | 'deletedAt';
/** A row of the list statement, or an entity: times are RFC 3339 texts in the one, dates in the other. */
export type TaskState = Omit<Task, 'userId' | Times> & { [time in Times]: string | Task[time] };

const orNull = (time: string | Date | null): string | null => (time === null ? null : rfc3339(time));

export const toTaskDto = (row: TaskState): TaskDto => ({
  id: row.id,
  title: row.title,
  description: row.description,
  status: row.status,
  priority: TASK_PRIORITIES[row.priority - 1]!,
  dueAt: orNull(row.dueAt),
  completedAt: orNull(row.completedAt),
  conversationId: row.conversationId,
  metadata: row.metadata,
  version: row.version,
  createdAt: rfc3339(row.createdAt),
  updatedAt: rfc3339(row.updatedAt),
  deletedAt: orNull(row.deletedAt),
});
