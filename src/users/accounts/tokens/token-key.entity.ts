import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { JWK } from 'jose';

/** A key that access tokens are signed with. */
@Entity({ schema: 'threadkeep', name: 'token_key' })
@Check('token_key__id_length', 'char_length(id) between 1 and 64')
export class TokenKey {
  /** The `kid` of tokens. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'token_key__pk' })
  id: string;

  @Column('jsonb', { name: 'public_key' })
  publicKey: JWK;

  /** The private key as a JWK, sealed by the vault for the service. */
  @Column('bytea')
  sealed: Buffer;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;
}
