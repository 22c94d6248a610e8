import { Column } from 'typeorm';

/** The columns of rows that are edited, removed and restored; an entity extends it and names its own keys. */
export abstract class SoftDeletable {
  /** Counts edits. */
  @Column('integer', { default: 1 })
  version: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  /** The last edit, or what else is activity of the row. */
  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: Date;

  @Column({ type: 'timestamptz', name: 'deleted_at', precision: 3, nullable: true })
  deletedAt: Date | null;
}
