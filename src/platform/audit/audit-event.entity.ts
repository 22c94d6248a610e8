import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** Rows are only added. They are deleted with their user. */
@Entity({ schema: 'threadkeep', name: 'audit_event' })
@Check('audit_event__action_length', 'char_length(action) between 1 and 100')
@Check('audit_event__details_size', 'pg_column_size(details) <= 100000')
@Check('audit_event__actor_length', 'char_length(actor) between 1 and 200')
@Check('audit_event__client_request_id_length', 'char_length(client_request_id) <= 200')
@Check('audit_event__request_id_length', 'char_length(request_id) <= 200')
export class AuditEvent {
  /** The foreign key names the entity, because the platform imports no feature. */
  @ForeignKey('User', { name: 'audit_event__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'audit_event__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'audit_event__pk' })
  id: string;

  @Column('text')
  action: string;

  /** The id of what was changed. */
  @Column('uuid', { nullable: true })
  subject: string | null;

  /** Never contains a secret. */
  @Column('jsonb', { default: {} })
  details: Record<string, unknown>;

  @Column('text')
  actor: string;

  @Column('text', { name: 'request_id' })
  requestId: string;

  /** The client's id of the request. */
  @Column('text', { name: 'client_request_id', nullable: true })
  clientRequestId: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;
}
