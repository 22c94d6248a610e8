import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { KeyScope } from '../../platform/context/index.js';
import { User } from '../user.entity.js';

/**
 * A key is stored as the SHA-256 of its 256 random bits. It cannot be guessed, so a slow hash is
 * not needed.
 */
@Entity({ schema: 'threadkeep', name: 'api_key' })
@Check('api_key__name_length', 'char_length(name) <= 200')
@Check('api_key__scopes_known', 'cardinality(scopes) between 1 and 7')
@Check('api_key__expires_later', 'expires_at > created_at')
@Unique('api_key__hash', ['hash'])
@Index('api_key__user', ['userId'])
export class ApiKey {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'api_key__pk' })
  id: string;

  /** Null for a service key. */
  @ForeignKey(() => User, { name: 'api_key__user_fk', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'user_id', nullable: true })
  userId: string | null;

  @Column('text', { nullable: true })
  name: string | null;

  @Column('bytea')
  hash: Buffer;

  /** The last four characters, to tell keys apart. */
  @Column('text')
  hint: string;

  @Column('boolean', { name: 'read_only', default: false })
  readOnly: boolean;

  /** Null for a key from before scopes existed, which has all scopes of its kind. */
  @Column('text', { array: true, nullable: true })
  scopes: KeyScope[] | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'revoked_at', precision: 3, nullable: true })
  revokedAt: Date | null;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt: Date | null;

  /** Updated at most once a minute. */
  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 3, nullable: true })
  lastUsedAt: Date | null;
}
