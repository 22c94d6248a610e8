import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { commonFields } from '../../platform/http/index.js';
import {
  BodyField,
  type EntityOrRow,
  IsTime,
  rfc3339,
  rfc3339OrNull,
} from '../../platform/input/index.js';
import { PageOf } from '../../platform/list/index.js';
import { type Task, TASK_STATUSES, type TaskStatus } from '../tasks/task.entity.js';
import { PlannedFields } from './planned.dto.js';

/** In the order of their ranks, which start at 1. */
export const TASK_PRIORITIES = ['low', 'medium', 'high'] as const;
export type TaskPriority = (typeof TASK_PRIORITIES)[number];
export const rankOf = (priority: TaskPriority): number => TASK_PRIORITIES.indexOf(priority) + 1;

class TaskFields extends PlannedFields {
  @BodyField({ default: 'todo', description: '`completed` also sets `completedAt`.' })
  @IsOptional()
  @IsIn(TASK_STATUSES)
  status?: TaskStatus | null;

  @BodyField({ default: 'medium', description: 'How urgent it is.', example: 'high' })
  @IsOptional()
  @IsIn(TASK_PRIORITIES)
  priority?: TaskPriority | null;

  @BodyField({
    description: 'Time by which it must be done (RFC 3339 with a time zone).',
    example: '2026-03-20T17:00:00Z',
  })
  @IsOptional()
  @IsTime()
  dueAt?: string | null;
}

export class CreateTaskDto extends TaskFields {
  @BodyField({ description: 'What is to be done.', example: 'Book a table' })
  @IsString()
  @Length(1, 500)
  title: string;
}

export class UpdateTaskDto extends TaskFields {
  @BodyField({ description: 'What is to be done.', example: 'Book a table for two' })
  @IsOptional()
  @IsString()
  @Length(1, 500)
  title?: string | null;
}

export class TaskDto {
  @ApiProperty(commonFields.id) id: string;
  @ApiProperty({ description: 'What is to be done.', example: 'Book a table' }) title: string;
  @ApiProperty({ type: String, nullable: true, description: 'Details, or null.' }) description:
    string | null;
  @ApiProperty({ enum: TASK_STATUSES, description: 'How far it is.' }) status: TaskStatus;
  @ApiProperty({ enum: TASK_PRIORITIES, description: 'How urgent it is.', example: 'high' })
  priority: TaskPriority;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time by which it must be done, or null.',
    example: '2026-03-20T17:00:00.000Z',
  })
  dueAt: string | null;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Time at which the status became `completed`, or null.',
  })
  completedAt: string | null;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Id of the conversation that it came up in, or null.',
  })
  conversationId: string | null;
  @ApiProperty(commonFields.metadata) metadata: Record<string, unknown>;
  @ApiProperty(commonFields.version) version: number;
  @ApiProperty(commonFields.createdAt) createdAt: string;
  @ApiProperty(commonFields.updatedAt) updatedAt: string;
  @ApiProperty(commonFields.deletedAt) deletedAt: string | null;
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
