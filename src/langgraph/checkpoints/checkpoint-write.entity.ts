import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { User } from '../../users/index.js';

const KEY = { primaryKeyConstraintName: 'checkpoint_write__pk' };

/** What a task has written after a checkpoint. It may be there before its checkpoint. */
@Entity({ schema: 'threadkeep', name: 'checkpoint_write' })
@Check('checkpoint_write__task_id_length', 'char_length(task_id) between 1 and 64')
@Check('checkpoint_write__task_path_length', 'char_length(task_path) <= 1024')
@Check('checkpoint_write__data_size', 'octet_length(data) <= 4194304')
export class CheckpointWrite {
  @ForeignKey(() => User, { name: 'checkpoint_write__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', ...KEY })
  userId: string;

  @PrimaryColumn('text', { name: 'thread_id', collation: 'C', ...KEY })
  threadId: string;

  @PrimaryColumn('text', { collation: 'C', ...KEY })
  namespace: string;

  @PrimaryColumn('text', { name: 'checkpoint_id', collation: 'C', ...KEY })
  checkpointId: string;

  @PrimaryColumn('text', { name: 'task_id', collation: 'C', ...KEY })
  taskId: string;

  /** Its place among the writes of the task. Below 0 are LangGraph's own channels. */
  @PrimaryColumn('integer', KEY)
  position: number;

  @Column({ type: 'text', name: 'task_path', collation: 'C' })
  taskPath: string;

  @Column('text')
  channel: string;

  @Column('text')
  type: string;

  @Column('bytea')
  data: Buffer;
}
