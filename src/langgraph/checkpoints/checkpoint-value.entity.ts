import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { User } from '../../users/index.js';

const KEY = { primaryKeyConstraintName: 'checkpoint_value__pk' };

/** What a channel holds in one version. All checkpoints of a thread that have it share the row. */
@Entity({ schema: 'threadkeep', name: 'checkpoint_value' })
@Check('checkpoint_value__channel_length', 'char_length(channel) between 1 and 120')
@Check('checkpoint_value__version_length', 'char_length(version) between 1 and 64')
@Check('checkpoint_value__data_size', 'octet_length(data) <= 4194304')
export class CheckpointValue {
  @ForeignKey(() => User, { name: 'checkpoint_value__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', ...KEY })
  userId: string;

  @PrimaryColumn('text', { name: 'thread_id', collation: 'C', ...KEY })
  threadId: string;

  @PrimaryColumn('text', { collation: 'C', ...KEY })
  namespace: string;

  @PrimaryColumn('text', { collation: 'C', ...KEY })
  channel: string;

  @PrimaryColumn('text', { collation: 'C', ...KEY })
  version: string;

  /** How the client has written `data`; `empty` for a channel without a value. */
  @Column('text')
  type: string;

  @Column('bytea')
  data: Buffer;
}
