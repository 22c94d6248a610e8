import { field, List } from '../list/index.js';
import { AuditEventDto, type AuditEventRow, toAuditEventDto } from './dto/audit-event.dto.js';

/** Newest first (ids are UUIDv7). */
export const auditEventList = new List<AuditEventRow, AuditEventDto>({
  name: 'audit_event',
  table: 'threadkeep.audit_event',
  owner: 'user_id',
  fields: {
    id: field.uuid('id', { sort: true }),
    action: field.text('action'),
    subject: field.uuid('subject', { nullable: true }),
    details: field.object('details'),
    actor: field.shown('actor'),
    requestId: field.text('request_id'),
    clientRequestId: field.text('client_request_id', { nullable: true }),
    createdAt: field.time('created_at'),
  },
  sort: '-id',
  dto: AuditEventDto,
  item: toAuditEventDto,
});
