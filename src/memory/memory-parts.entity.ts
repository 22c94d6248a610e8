// Tables beside the memories: the head that orders a user's writes, the sources of versions, and
// their vectors.
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../users/index.js';
import { Memory } from './memory.entity.js';

/** One row for each user. Every write of the user's memories locks it until the write commits. */
@Entity({ schema: 'threadkeep', name: 'memory_head' })
@Check('memory_head__embedded_by_length', 'char_length(embedded_by) between 1 and 200')
export class MemoryHead {
  @ForeignKey(() => User, { name: 'memory_head__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'memory_head__pk' })
  userId: string;

  /** Time of the last write. The next write gets a later one. */
  @Column({ type: 'timestamptz', precision: 3 })
  moment: Date;

  @Column('integer')
  revision: number;

  /** Counts purges, which leave no row behind. */
  @Column('integer')
  purged: number;

  /** Counts arrivals of vectors. */
  @Column('integer')
  embedded: number;

  /** All memories up to this revision have a vector of the model in `embeddedBy`. */
  @Column('integer', { name: 'embedded_to' })
  embeddedTo: number;

  @Column('text', { name: 'embedded_by', nullable: true })
  embeddedBy: string | null;
}

@Entity({ schema: 'threadkeep', name: 'memory_source' })
@Check('memory_source__message_known', 'conversation_id is not null')
@Index('memory_source__message', ['userId', 'messageId'])
@ForeignKey(() => Memory, ['userId', 'memoryId', 'version'], ['userId', 'id', 'version'], {
  name: 'memory_source__memory_fk',
  onDelete: 'CASCADE',
})
@Index('memory_source__conversation', ['userId', 'conversationId'])
@Index('memory_source__removed', ['userId', 'memoryId'], { where: 'removed' })
/**
 * A source message of a version. The row outlives the message and its conversation.
 * A trigger refuses messages that the user does not have, and fills in the conversation.
 */
export class MemorySource {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'memory_source__pk' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'memory_id', primaryKeyConstraintName: 'memory_source__pk' })
  memoryId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'memory_source__pk' })
  version: number;

  @PrimaryColumn('uuid', { name: 'message_id', primaryKeyConstraintName: 'memory_source__pk' })
  messageId: string;

  @Column('uuid', { name: 'conversation_id', nullable: true })
  conversationId: string;

  /** True when the message was purged with its conversation. */
  @Column('boolean', { default: false })
  removed: boolean;
}

@Entity({ schema: 'threadkeep', name: 'memory_embedding' })
@Check('memory_embedding__model_length', 'char_length(model) between 1 and 207')
@Check('memory_embedding__vector_size', 'octet_length(vector) between 1 and 4125')
@Index('memory_embedding__arrival', ['userId', 'arrival'])
@Index('memory_embedding__sealed', { synchronize: false })
@ForeignKey(() => Memory, ['userId', 'memoryId', 'version'], ['userId', 'id', 'version'], {
  name: 'memory_embedding__memory_fk',
  onDelete: 'CASCADE',
})
export class MemoryEmbedding {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'memory_embedding__pk' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'memory_id', primaryKeyConstraintName: 'memory_embedding__pk' })
  memoryId: string;

  @Column('integer')
  version: number;

  /** Number of this arrival among all vectors of the user. */
  @Column('integer')
  arrival: number;

  /**
   * The model that made the vector, behind `sealed:` when the vector is sealed. Vectors of different
   * models are never compared.
   */
  @Column('text')
  model: string;

  @Column('bytea')
  vector: Buffer;
}
