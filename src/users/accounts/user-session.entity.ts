import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { User } from '../user.entity.js';

/** One sign-in of a user. `opaque-tokens.ts` says what its refresh token is made of. */
@Entity({ schema: 'threadkeep', name: 'user_session' })
@Check('user_session__client_length', 'char_length(client) between 1 and 200')
@Unique('user_session__hash', ['userId', 'hash'])
export class UserSession {
  @ForeignKey(() => User, { name: 'user_session__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'user_session__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'user_session__pk' })
  id: string;

  /** SHA-256 of the part of the refresh token that stays. */
  @Column('bytea')
  hash: Buffer;

  /** SHA-256 of the part that changes. */
  @Column('bytea')
  turn: Buffer;

  /** The same of the token before. */
  @Column('bytea', { name: 'last_turn', nullable: true })
  lastTurn: Buffer | null;

  /** The next token is made with this key. */
  @Column('bytea', { name: 'turn_key' })
  turnKey: Buffer;

  /** What the client said it is: its `User-Agent`. */
  @Column('text', { nullable: true })
  client: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'turned_at', precision: 3, default: () => 'now()' })
  turnedAt: Date;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt: Date;

  @Column({ type: 'timestamptz', name: 'ended_at', precision: 3, nullable: true })
  endedAt: Date | null;
}
