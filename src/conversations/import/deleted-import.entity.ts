import { Check, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { User } from '../../users/index.js';

/**
 * A conversation or memory that was deleted for good: a hash of its import key, or of its id, under a
 * key of the user. Triggers add the rows. Nothing else of what was deleted is kept.
 */
@Entity({ schema: 'threadkeep', name: 'deleted_import' })
@Check('deleted_import__digest_size', 'octet_length(digest) = 32')
export class DeletedImport {
  @ForeignKey(() => User, { name: 'deleted_import__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'deleted_import__pk' })
  userId: string;

  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'deleted_import__pk' })
  digest: Buffer;
}
