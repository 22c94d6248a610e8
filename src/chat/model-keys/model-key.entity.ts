import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { User } from '../../users/index.js';

/**
 * A user's own key of a model provider. Raw statements read and write it. The entity exists so that
 * TypeORM can compare the schema.
 */
@Entity({ schema: 'threadkeep', name: 'model_key' })
@Check('model_key__provider_form', "provider ~ '^[a-z][a-z0-9_-]{0,62}$'")
@Check('model_key__sealed_size', 'octet_length(sealed) between 1 and 2048')
export class ModelKey {
  @ForeignKey(() => User, { name: 'model_key__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'model_key__pk' })
  userId: string;

  /** The operator's name of the provider. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'model_key__pk' })
  provider: string;

  @Column('bytea')
  sealed: Buffer;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: Date;
}
