import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { OwnedEntity } from '../../platform/repository/index.js';
import { User } from '../../users/index.js';
import { Planned } from '../planned.entity.js';

export const TASK_STATUSES = ['todo', 'in_progress', 'completed'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

@Entity({ schema: 'threadkeep', name: 'task' })
@Check('task__title_length', 'char_length(title) between 1 and 500')
@Check('task__description_length', 'char_length(description) <= 10000')
@Check('task__status_known', "status in ('todo', 'in_progress', 'completed')")
@Check('task__priority_known', 'priority between 1 and 3')
@Check('task__completed_at_when_completed', "(status = 'completed') = (completed_at is not null)")
@Check('task__metadata_size', 'pg_column_size(metadata) <= 1048576')
@Index('task__updated', { synchronize: false })
@Index('task__deleted', { synchronize: false })
@Index('task__created', { synchronize: false })
@Index('task__due', { synchronize: false })
@Index('task__priority', { synchronize: false })
@Index('task__conversation', ['userId', 'conversationId'], { where: 'conversation_id is not null' })
export class Task extends Planned implements OwnedEntity {
  @ForeignKey(() => User, { name: 'task__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'task__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'task__pk' })
  id: string;

  @Column('text', { default: 'todo' })
  status: TaskStatus;

  /** 1 (low) to 3 (high), so that sorting by the number sorts by meaning. */
  @Column('smallint', { default: 2 })
  priority: number;

  @Column({ type: 'timestamptz', name: 'due_at', precision: 3, nullable: true })
  dueAt: Date | null;

  @Column({ type: 'timestamptz', name: 'completed_at', precision: 3, nullable: true })
  completedAt: Date | null;
}
