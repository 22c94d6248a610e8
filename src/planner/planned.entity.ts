import { Column } from 'typeorm';
import { SoftDeletable } from '../platform/repository/index.js';

/** Columns that tasks and events share. */
export abstract class Planned extends SoftDeletable {
  @Column('text')
  title: string;

  @Column('text', { nullable: true })
  description: string | null;

  /**
   * Id of the conversation that it came from. It stays when the conversation is purged. A trigger
   * refuses a conversation of another user.
   */
  @Column('uuid', { name: 'conversation_id', nullable: true })
  conversationId: string | null;

  @Column('jsonb', { default: {} })
  metadata: Record<string, unknown>;
}
