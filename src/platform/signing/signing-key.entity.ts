import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The service's signing keys. The first start makes them; all processes share them. */
@Entity({ schema: 'threadkeep', name: 'signing_key' })
export class SigningKey {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'signing_key__pk' })
  name: string;

  @Column('bytea')
  secret: Buffer;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;
}
