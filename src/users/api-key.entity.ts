import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { User } from './user.entity.js';

/** A key is stored as the SHA-256 of its 256 random bits: there is nothing to guess, so no slow hash is needed. */
@Entity({ schema: 'threadkeep', name: 'api_key' })
@Check('api_key__name_length', 'char_length(name) <= 200')
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

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'revoked_at', precision: 3, nullable: true })
  revokedAt: Date | null;
}
