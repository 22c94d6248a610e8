import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** Requests act only for a user who is `active`. `pending`: not yet let in. */
export const USER_STATUSES = ['active', 'pending', 'disabled'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

@Entity({ schema: 'threadkeep', name: 'app_user' })
@Check('app_user__external_id_length', 'char_length(external_id) between 1 and 255')
@Check('app_user__email_length', 'char_length(email) between 3 and 320')
@Check('app_user__name_length', 'char_length(name) <= 200')
@Check('app_user__settings_size', 'pg_column_size(settings) <= 1048576')
@Check('app_user__issuer_length', 'char_length(issuer) between 1 and 500')
@Check('app_user__subject_length', 'char_length(subject) between 1 and 255')
@Check('app_user__username_form', "username ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'")
@Check('app_user__status_known', "status in ('active', 'pending', 'disabled')")
@Check('app_user__issuer_with_subject', '(issuer is null) = (subject is null)')
@Check('app_user__former_id_when_merged', '(merged_into is null) = (former_id is null)')
@Check('app_user__sealed_fields_size', 'octet_length(sealed_fields) between 29 and 1048576')
@Check(
  'app_user__sealed_alone',
  "sealed_fields is null or (email is null and name is null and settings = '{}')",
)
@Check('app_user__email_hmac_size', 'octet_length(email_hmac) = 32')
@Index('app_user__external_id', ['externalId'], { unique: true })
@Index('app_user__email', { synchronize: false })
@Index('app_user__email_hmac', { synchronize: false })
@Index('app_user__sealed', { synchronize: false })
@Index('app_user__subject', { synchronize: false })
@Index('app_user__username', { synchronize: false })
@Index('app_user__status', { synchronize: false })
@Index('app_user__created', { synchronize: false })
@Index('app_user__former_id', { synchronize: false })
@Index('app_user__merged_into', { synchronize: false })
export class User {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'app_user__pk' })
  id: string;

  /** The user's id in the application. */
  @Column('text', { name: 'external_id', nullable: true })
  externalId: string | null;

  /** Unique whatever its capitals. */
  @Column('text', { nullable: true })
  username: string | null;

  @Column('text', { nullable: true })
  email: string | null;

  @Column('text', { nullable: true })
  name: string | null;

  /** The outside issuer that knows the user, and by which subject. Both or neither. */
  @Column('text', { nullable: true })
  issuer: string | null;

  @Column('text', { nullable: true })
  subject: string | null;

  @Column('text', { default: 'active' })
  status: UserStatus;

  @Column('jsonb', { default: {} })
  settings: Record<string, unknown>;

  /**
   * E-mail, name and settings as one sealed JSON object. Their own columns are then empty. See
   * `UserFields`.
   */
  @Column('bytea', { name: 'sealed_fields', nullable: true })
  sealedFields: Buffer | null;

  /** The keyed look-up value of the e-mail. See `AddressIndex`. */
  @Column('bytea', { name: 'email_hmac', nullable: true, select: false })
  emailHmac?: Buffer | null;

  @Column('integer', { default: 1 })
  version: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: Date;

  /**
   * Id of the transaction that last erased data of the user; answers that were built meanwhile are
   * built again. Never selected with the user.
   */
  @Column({
    type: 'bigint',
    name: 'last_erasure',
    nullable: true,
    select: false,
    insert: false,
    update: false,
  })
  lastErasure?: string | null;

  /**
   * Key of the hashes by which the user's deleted imports are known; null until something is deleted.
   * Triggers make it. Never selected with the user.
   */
  @Column({
    type: 'bytea',
    name: 'tombstone_key',
    nullable: true,
    select: false,
    insert: false,
    update: false,
  })
  tombstoneKey?: Buffer | null;

  /**
   * The user into whom this one was merged. Such a row only keeps the names. Its own `id` is new,
   * and means nothing. Merging writes it.
   */
  @ForeignKey(() => User, { name: 'app_user__merged_into_fk', onDelete: 'CASCADE' })
  @Column({ type: 'uuid', name: 'merged_into', nullable: true, select: false, insert: false })
  mergedInto?: string | null;

  /** The id that a merged user had. */
  @Column({ type: 'uuid', name: 'former_id', nullable: true, select: false, insert: false })
  formerId?: string | null;

  /** The tombstone keys of the users who were merged into this one. */
  @Column({
    type: 'bytea',
    name: 'former_tombstone_keys',
    array: true,
    default: [],
    select: false,
    insert: false,
    update: false,
  })
  formerTombstoneKeys?: Buffer[];
}
