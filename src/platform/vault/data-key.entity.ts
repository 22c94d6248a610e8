import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** Raw statements read and write it. The entity exists so that TypeORM can compare the schema. */
abstract class StoredKey {
  /** The id of the key that wraps it. */
  @Column('text', { name: 'key_id' })
  keyId: string;

  @Column('bytea')
  wrapped: Buffer;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'rewrapped_at', precision: 3, nullable: true })
  rewrappedAt: Date | null;
}

/**
 * The data key of a user's secrets. Without this row they cannot be decrypted, not even from a
 * backup.
 */
@Entity({ schema: 'threadkeep', name: 'data_key' })
@Check('data_key__key_id_length', 'char_length(key_id) between 1 and 500')
@Check('data_key__wrapped_size', 'octet_length(wrapped) between 1 and 8192')
export class DataKey extends StoredKey {
  /** The foreign key names the entity, because the platform imports no feature. */
  @ForeignKey('User', { name: 'data_key__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'data_key__pk' })
  userId: string;
}

/** The data key of the service; one row, named `service`. */
@Entity({ schema: 'threadkeep', name: 'service_data_key' })
@Check('service_data_key__key_id_length', 'char_length(key_id) between 1 and 500')
@Check('service_data_key__wrapped_size', 'octet_length(wrapped) between 1 and 8192')
export class ServiceDataKey extends StoredKey {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'service_data_key__pk' })
  name: string;
}
