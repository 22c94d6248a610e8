// Vectors of messages, and how far each conversation has them.
import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Conversation, Message } from '../../../conversations/index.js';

/** Triggers delete the row when its message is removed, redacted or sealed. */
@Entity({ schema: 'threadkeep', name: 'message_embedding' })
@Check('message_embedding__model_length', 'char_length(model) between 1 and 200')
@Check('message_embedding__vector_size', 'octet_length(vector) between 1 and 4096')
@ForeignKey(() => Message, ['userId', 'messageId'], ['userId', 'id'], {
  name: 'message_embedding__message_fk',
  onDelete: 'CASCADE',
})
export class MessageEmbedding {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'message_embedding__pk' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'message_id', primaryKeyConstraintName: 'message_embedding__pk' })
  messageId: string;

  /** The model that made the vector. Vectors of different models are never compared. */
  @Column('text')
  model: string;

  /** A signed byte for each dimension. */
  @Column('bytea')
  vector: Buffer;
}

@Entity({ schema: 'threadkeep', name: 'message_embedding_head' })
@Check('message_embedding_head__model_length', 'char_length(model) between 1 and 200')
@Check('message_embedding_head__up_to_positive', 'up_to > 0')
@ForeignKey(() => Conversation, ['userId', 'conversationId'], ['userId', 'id'], {
  name: 'message_embedding_head__conversation_fk',
  onDelete: 'CASCADE',
})
export class MessageEmbeddingHead {
  @PrimaryColumn('uuid', {
    name: 'user_id',
    primaryKeyConstraintName: 'message_embedding_head__pk',
  })
  userId: string;

  @PrimaryColumn('uuid', {
    name: 'conversation_id',
    primaryKeyConstraintName: 'message_embedding_head__pk',
  })
  conversationId: string;

  @Column('text')
  model: string;

  /** `seq` of the last message that was looked through. What may have a vector up to it has one. */
  @Column('integer', { name: 'up_to' })
  upTo: number;
}
