import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What the service signs with: made once, at the first start, and the same for every process. */
@Entity({ schema: 'threadkeep', name: 'signing_key' })
export class SigningKey {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'signing_key__pk' })
  name: string;

  @Column('bytea')
  secret: Buffer;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;
}
