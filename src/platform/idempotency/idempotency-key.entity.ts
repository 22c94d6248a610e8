import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** Raw statements read and write it. The entity exists so that TypeORM can compare the schema. */
abstract class RememberedRequest {
  @Column('bytea', { name: 'request_hash' })
  requestHash: Buffer;

  @Column('smallint')
  status: number;

  @Column('jsonb')
  headers: Record<string, string>;

  /** The JSON text of the answer, or of the reference that it is rebuilt from. */
  @Column('text')
  body: string;

  /**
   * True when all ids in the answer are known. Otherwise any removal by the user deletes the
   * answer.
   */
  @Column('boolean', { default: false })
  named: boolean;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;
}

@Entity({ schema: 'threadkeep', name: 'idempotency_key' })
@Check('idempotency_key__key_length', 'char_length(key) between 1 and 255')
@Index('idempotency_key__age', ['userId', 'createdAt'])
@Index('idempotency_key__unnamed', ['userId'], { where: 'NOT named' })
export class IdempotencyKey extends RememberedRequest {
  /** The foreign key names the entity, because the platform imports no feature. */
  @ForeignKey('User', { name: 'idempotency_key__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'idempotency_key__pk' })
  userId: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_key__pk' })
  key: string;
}

/** Answers to service keys that act for no user. */
@Entity({ schema: 'threadkeep', name: 'service_idempotency_key' })
@Check('service_idempotency_key__key_length', 'char_length(key) between 1 and 255')
@Index('service_idempotency_key__age', ['createdAt'])
export class ServiceIdempotencyKey extends RememberedRequest {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'service_idempotency_key__pk' })
  key: string;
}

/** The id of a row that an answer shows. Deleting the row deletes the answer. */
@Entity({ schema: 'threadkeep', name: 'idempotency_subject' })
@Index('idempotency_subject__key', ['userId', 'key'])
@ForeignKey(() => IdempotencyKey, ['userId', 'key'], ['userId', 'key'], {
  name: 'idempotency_subject__key_fk',
  onDelete: 'CASCADE',
})
export class IdempotencySubject {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'idempotency_subject__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'idempotency_subject__pk' })
  subject: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'idempotency_subject__pk' })
  key: string;
}

/** As IdempotencySubject, for answers to service keys. */
@Entity({ schema: 'threadkeep', name: 'service_idempotency_subject' })
@Index('service_idempotency_subject__subject', ['subject'])
@Index('service_idempotency_subject__person', ['person'], { where: 'person is not null' })
export class ServiceIdempotencySubject {
  @ForeignKey(() => ServiceIdempotencyKey, {
    name: 'service_idempotency_subject__key_fk',
    onDelete: 'CASCADE',
  })
  @PrimaryColumn('text', { primaryKeyConstraintName: 'service_idempotency_subject__pk' })
  key: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'service_idempotency_subject__pk' })
  subject: string;

  /**
   * The subject, if it is a user. A foreign key deletes this row even when the deleting user may
   * not touch the table.
   */
  @ForeignKey('User', { name: 'service_idempotency_subject__person_fk', onDelete: 'CASCADE' })
  @Column('uuid', { nullable: true })
  person: string | null;
}
