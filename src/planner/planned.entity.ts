import { Column } from 'typeorm';
import { SoftDeletable } from '../platform/repository/index.js';

/** What tasks and events have alike. */
export abstract class Planned extends SoftDeletable {
  @Column('text')
  title: string;

  @Column('text', { nullable: true })
  description: string | null;

  /** Where it came up. It stays when the conversation is purged; a trigger refuses one that the user does not have. */
  @Column('uuid', { name: 'conversation_id', nullable: true })
  conversationId: string | null;

  @Column('jsonb', { default: {} })
  metadata: Record<string, unknown>;
}
