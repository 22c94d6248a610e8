// What stands beside the memories: the order of a user's writes, where a version comes from, and its vector.
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../users/index.js';
import { Memory } from './memory.entity.js';

/** Locked by every write of the user's memories until it commits. */
@Entity({ schema: 'threadkeep', name: 'memory_head' })
@Check('memory_head__embedded_by_length', 'char_length(embedded_by) between 1 and 200')
export class MemoryHead {
  @ForeignKey(() => User, { name: 'memory_head__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'memory_head__pk' })
  userId: string;

  /** Of the last write; that of the next one is later. */
  @Column({ type: 'timestamptz', precision: 3 })
  moment: Date;

  @Column('integer')
  revision: number;

  /** Counts what went without leaving a row. */
  @Column('integer')
  purged: number;

  /** Counts arrivals of vectors. */
  @Column('integer')
  embedded: number;

  /** Everything up to this revision has its vector, of the model beside it. */
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
/** It outlives the message, and the conversation of that. A trigger refuses a message that the user does not have, and names its conversation. */
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

  /** Whether the message has been purged, with its conversation. */
  @Column('boolean', { default: false })
  removed: boolean;
}

@Entity({ schema: 'threadkeep', name: 'memory_embedding' })
@Check('memory_embedding__model_length', 'char_length(model) between 1 and 200')
@Check('memory_embedding__vector_size', 'octet_length(vector) between 1 and 4096')
@Index('memory_embedding__arrival', ['userId', 'arrival'])
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

  /** The number of the arrival among all of the user's. */
  @Column('integer')
  arrival: number;

  /** Vectors of one model only are compared. */
  @Column('text')
  model: string;

  @Column('bytea')
  vector: Buffer;
}
