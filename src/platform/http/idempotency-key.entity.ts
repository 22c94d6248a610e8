import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** Written and read by raw statements only; here so that the schema is known to TypeORM. */
abstract class RememberedRequest {
  @Column('bytea', { name: 'request_hash' })
  requestHash: Buffer;

  @Column('smallint')
  status: number;

  @Column('jsonb')
  headers: Record<string, string>;

  /** The JSON text of the answer. */
  @Column('text')
  body: string;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;
}

@Entity({ schema: 'threadkeep', name: 'idempotency_key' })
@Check('idempotency_key__key_length', 'char_length(key) between 1 and 255')
@Index('idempotency_key__age', ['userId', 'createdAt'])
export class IdempotencyKey extends RememberedRequest {
  /** By name: the platform imports no feature. */
  @ForeignKey('User', { name: 'idempotency_key__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'idempotency_key__pk' })
  userId: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_key__pk' })
  key: string;
}

/** Of service keys acting for the system. */
@Entity({ schema: 'threadkeep', name: 'service_idempotency_key' })
@Check('service_idempotency_key__key_length', 'char_length(key) between 1 and 255')
@Index('service_idempotency_key__age', ['createdAt'])
export class ServiceIdempotencyKey extends RememberedRequest {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'service_idempotency_key__pk' })
  key: string;
}
