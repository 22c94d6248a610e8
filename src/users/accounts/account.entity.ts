import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { User } from '../user.entity.js';

/** The password of a user who signs in here. A user without an account has no row. */
@Entity({ schema: 'threadkeep', name: 'account' })
@Check('account__password_form', "password like '$argon2id$%' and char_length(password) <= 255")
@Check('account__verified_email_length', 'char_length(verified_email) between 3 and 320')
@Check('account__verified_hmac_size', 'octet_length(verified_hmac) = 32')
export class Account {
  @ForeignKey(() => User, { name: 'account__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'account__pk' })
  userId: string;

  /** Argon2id, in the PHC format, which names its own parameters. */
  @Column('text')
  password: string;

  @Column({ type: 'timestamptz', name: 'changed_at', precision: 3, default: () => 'now()' })
  changedAt: Date;

  /** True for a user who registered and is `pending` until the address is proved. */
  @Column('boolean', { name: 'awaits_proof', default: false })
  awaitsProof: boolean;

  /** The address that the user has proved to read. It counts only while it is the user's address. */
  @Column('text', { name: 'verified_email', nullable: true })
  verifiedEmail: string | null;

  /** Its look-up value, in place of it, while fields of users are sealed. */
  @Column('bytea', { name: 'verified_hmac', nullable: true })
  verifiedHmac: Buffer | null;
}
