import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { User } from '../../users/index.js';

/** A JSON value of an agent, under a namespace and a key. Raw statements read and write it. */
@Entity({ schema: 'threadkeep', name: 'store_item' })
@Check('store_item__path_size', 'octet_length(path) between 2 and 1024')
@Check('store_item__key_length', 'char_length(key) between 1 and 255')
@Check('store_item__value_size', 'pg_column_size(value) <= 1048576')
@Check('store_item__search_text_length', 'char_length(search_text) <= 8192')
@Check('store_item__ttl_positive', 'ttl_minutes > 0')
@Unique('store_item__key', ['userId', 'path', 'key'])
@Index('store_item__expires', ['userId', 'expiresAt'], { where: 'expires_at is not null' })
export class StoreItem {
  @ForeignKey(() => User, { name: 'store_item__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'store_item__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'store_item__pk' })
  id: string;

  /** The labels of the namespace, each with U+0001 behind it: see `store-paths.ts`. */
  @Column({ type: 'text', collation: 'C' })
  path: string;

  @Column({ type: 'text', collation: 'C' })
  key: string;

  @Column('jsonb')
  value: unknown;

  /** What a search by words looks at; null when it is not to be searched. */
  @Column('text', { name: 'search_text', nullable: true })
  searchText: string | null;

  /** Minutes after the last write, or the last read that refreshes, at which it expires. */
  @Column('double precision', { name: 'ttl_minutes', nullable: true })
  ttlMinutes: number | null;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt: Date | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: Date;
}
