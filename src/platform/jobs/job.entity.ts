import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

export const JOB_STATUSES = ['queued', 'running', 'completed', 'failed'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Raw statements read and write it. The entity exists so that TypeORM can compare the schema. */
@Entity({ schema: 'threadkeep', name: 'job' })
@Check('job__name_length', 'char_length(name) between 1 and 100')
@Check('job__key_length', 'char_length(key) between 1 and 255')
@Check('job__payload_size', 'pg_column_size(payload) <= 1048576')
@Check('job__status_known', "status in ('queued', 'running', 'completed', 'failed')")
@Check('job__error_length', 'char_length(error) <= 1000')
@Index('job__user', { synchronize: false })
@Index('job__wake', { synchronize: false })
@Index('job__due', { synchronize: false })
@Index('job__finished', { synchronize: false })
@Index('job__active_of_user', { synchronize: false })
@Index('job__active_of_system', { synchronize: false })
export class Job {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'job__pk' })
  id: string;

  /**
   * Null for a job of the system. Deleting a user deletes their jobs. The foreign key names the
   * entity because the platform imports no feature.
   */
  @ForeignKey('User', { name: 'job__user_fk', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'user_id', nullable: true })
  userId: string | null;

  @Column('text')
  name: string;

  /** At most one job of the same owner, name and key is queued or running. */
  @Column('text', { nullable: true })
  key: string | null;

  @Column('jsonb', { default: {} })
  payload: Record<string, unknown>;

  @Column('text', { default: 'queued' })
  status: JobStatus;

  @Column('integer', { default: 0 })
  done: number;

  /** Null until the job knows it. */
  @Column('integer', { nullable: true })
  total: number | null;

  /** Grows with each run and never shrinks: it identifies the run. */
  @Column('integer', { default: 0 })
  attempts: number;

  @Column('integer', { name: 'max_attempts' })
  maxAttempts: number;

  /** Why the last attempt failed. */
  @Column('text', { nullable: true })
  error: string | null;

  @Column({ type: 'timestamptz', name: 'due_at', precision: 3, default: () => 'now()' })
  dueAt: Date;

  /**
   * When the relay looks at the job next: when it is due, when it was not claimed in time, or when
   * its lease runs out.
   */
  @Column({ type: 'timestamptz', name: 'wake_at', precision: 3, default: () => 'now()' })
  wakeAt: Date;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'started_at', precision: 3, nullable: true })
  startedAt: Date | null;

  @Column({ type: 'timestamptz', name: 'finished_at', precision: 3, nullable: true })
  finishedAt: Date | null;
}
