import { Column } from 'typeorm';

/**
 * The columns of rows that can be edited, soft-deleted and restored. An entity extends it, and
 * declares its own keys.
 */
export abstract class SoftDeletable {
  /** Counts edits. */
  @Column('integer', { default: 1 })
  version: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  /** Time of the last edit, or of other activity. */
  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: Date;

  @Column({ type: 'timestamptz', name: 'deleted_at', precision: 3, nullable: true })
  deletedAt: Date | null;
}
