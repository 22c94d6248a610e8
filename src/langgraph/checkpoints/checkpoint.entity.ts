import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../../users/index.js';

/** The state of a run of an agent, without the values of its channels. Raw statements use it. */
@Entity({ schema: 'threadkeep', name: 'checkpoint' })
@Check('checkpoint__thread_id_length', 'char_length(thread_id) between 1 and 255')
@Check('checkpoint__namespace_size', 'octet_length(namespace) <= 768')
@Check('checkpoint__checkpoint_id_length', 'char_length(checkpoint_id) between 1 and 64')
@Check('checkpoint__parent_id_length', 'char_length(parent_id) between 1 and 64')
@Check('checkpoint__data_size', 'octet_length(data) <= 4194304')
@Check('checkpoint__metadata_size', 'octet_length(metadata_data) <= 4194304')
@Check('checkpoint__labels_size', 'pg_column_size(labels) <= 1048576')
@Check('checkpoint__channels_size', 'pg_column_size(channels) <= 1048576')
@Index('checkpoint__newest', ['userId', 'checkpointId'])
@Index('checkpoint__newest_of_thread', ['userId', 'threadId', 'checkpointId'])
export class Checkpoint {
  @ForeignKey(() => User, { name: 'checkpoint__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'checkpoint__pk' })
  userId: string;

  @PrimaryColumn('text', {
    name: 'thread_id',
    collation: 'C',
    primaryKeyConstraintName: 'checkpoint__pk',
  })
  threadId: string;

  /** Empty for the graph itself, and not for a graph inside of it. */
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'checkpoint__pk' })
  namespace: string;

  /** Later ones are greater, as texts. */
  @PrimaryColumn('text', {
    name: 'checkpoint_id',
    collation: 'C',
    primaryKeyConstraintName: 'checkpoint__pk',
  })
  checkpointId: string;

  /** It may have been pruned. */
  @Column('text', { name: 'parent_id', nullable: true })
  parentId: string | null;

  /** How the client has written `data`. */
  @Column('text')
  type: string;

  @Column('bytea')
  data: Buffer;

  @Column('text', { name: 'metadata_type' })
  metadataType: string;

  @Column('bytea', { name: 'metadata_data' })
  metadataData: Buffer;

  /** What of the metadata can be filtered by. */
  @Column('jsonb', { default: {} })
  labels: Record<string, unknown>;

  /** The version of each channel, which names its value. */
  @Column('jsonb', { default: {} })
  channels: Record<string, string>;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;
}
