import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** Written and read by raw statements only; here so that the schema is known to TypeORM. */
abstract class StoredKey {
  /** The key of the custody that it is wrapped with. */
  @Column('text', { name: 'key_id' })
  keyId: string;

  @Column('bytea')
  wrapped: Buffer;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'rewrapped_at', precision: 3, nullable: true })
  rewrappedAt: Date | null;
}

/** What the secrets of a user are sealed with. Without this row they are noise, in every backup that lacks it. */
@Entity({ schema: 'threadkeep', name: 'data_key' })
@Check('data_key__key_id_length', 'char_length(key_id) between 1 and 500')
@Check('data_key__wrapped_size', 'octet_length(wrapped) between 1 and 8192')
export class DataKey extends StoredKey {
  /** By name: the platform imports no feature. */
  @ForeignKey('User', { name: 'data_key__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'data_key__pk' })
  userId: string;
}

/** Of the service itself; there is one, named `service`. */
@Entity({ schema: 'threadkeep', name: 'service_data_key' })
@Check('service_data_key__key_id_length', 'char_length(key_id) between 1 and 500')
@Check('service_data_key__wrapped_size', 'octet_length(wrapped) between 1 and 8192')
export class ServiceDataKey extends StoredKey {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'service_data_key__pk' })
  name: string;
}
