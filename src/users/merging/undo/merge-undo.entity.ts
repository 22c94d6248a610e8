import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { User } from '../../user.entity.js';

/** A merge that can be undone. Only the system reads it. */
@Entity({ schema: 'threadkeep', name: 'merge_undo' })
export class MergeUndo {
  /** The user who owns now what was merged. A later merge changes it. */
  @ForeignKey(() => User, { name: 'merge_undo__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'merge_undo__pk' })
  userId: string;

  /** The id that the merged user had. */
  @PrimaryColumn('uuid', { name: 'from_id', primaryKeyConstraintName: 'merge_undo__pk' })
  fromId: string;

  /** The user into whom the other was merged. */
  @Column('uuid', { name: 'into_id' })
  intoId: string;

  @Column({
    type: 'timestamptz',
    name: 'merged_at',
    precision: 3,
    default: () => 'clock_timestamp()',
  })
  mergedAt: Date;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt: Date;
}

/** Up to 1,000 entries of what the undo of a merge needs. */
@Entity({ schema: 'threadkeep', name: 'merge_undo_part' })
@Check('merge_undo_part__kind_length', 'char_length(kind) between 1 and 200')
@Check('merge_undo_part__entries_count', 'jsonb_array_length(entries) between 1 and 1000')
@ForeignKey(() => MergeUndo, ['userId', 'fromId'], ['userId', 'fromId'], {
  name: 'merge_undo_part__undo_fk',
  onDelete: 'CASCADE',
})
export class MergeUndoPart {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'merge_undo_part__pk' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'from_id', primaryKeyConstraintName: 'merge_undo_part__pk' })
  fromId: string;

  /** A table with its moved rows, a key with its renamed rows, or a step of the merge. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'merge_undo_part__pk' })
  kind: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'merge_undo_part__pk' })
  number: number;

  @Column('jsonb')
  entries: unknown[];
}
