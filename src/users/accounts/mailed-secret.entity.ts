import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { User } from '../user.entity.js';

/** `change`: proves that the user reads a new address. */
export const MAILED_PURPOSES = ['verify', 'reset', 'change'] as const;
export type MailedPurpose = (typeof MAILED_PURPOSES)[number];

/** A secret that was mailed to a user. A newer one of the same purpose replaces it. */
@Entity({ schema: 'threadkeep', name: 'mailed_secret' })
@Check('mailed_secret__purpose_known', "purpose in ('verify', 'reset', 'change')")
@Check('mailed_secret__email_length', 'char_length(email) between 3 and 320')
@Check('mailed_secret__sealed_email_size', 'octet_length(sealed_email) between 29 and 2048')
@Check('mailed_secret__one_email', '(email is null) <> (sealed_email is null)')
export class MailedSecret {
  @ForeignKey(() => User, { name: 'mailed_secret__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'mailed_secret__pk' })
  userId: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'mailed_secret__pk' })
  purpose: MailedPurpose;

  /** The address that it is for. */
  @Column('text', { nullable: true })
  email: string | null;

  /** The same, sealed, in place of it, while fields of users are sealed. */
  @Column('bytea', { name: 'sealed_email', nullable: true })
  sealedEmail: Buffer | null;

  /** SHA-256 of the secret; null until the mail is about to be sent. */
  @Column('bytea', { nullable: true })
  hash: Buffer | null;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt: Date;
}
