import { field, List } from '../list/index.js';
import { AuditRecordDto, type AuditRecordRow, toAuditRecordDto } from './dto/audit-record.dto.js';

/** Newest first (ids are UUIDv7). Only for service keys. */
export const auditRecordList = new List<AuditRecordRow, AuditRecordDto>({
  name: 'audit_record',
  table: 'threadkeep.audit_record',
  owner: null,
  fields: {
    id: field.uuid('id', { sort: true }),
    action: field.text('action'),
    keyId: field.uuid('key_id', { nullable: true }),
    userId: field.uuid('about_user_id', { nullable: true }),
    subject: field.uuid('subject', { nullable: true }),
    details: field.object('details'),
    address: field.text('address', { nullable: true }),
    requestId: field.uuid('request_id', { nullable: true }),
    clientRequestId: field.text('client_request_id', { nullable: true }),
    createdAt: field.time('created_at'),
  },
  sort: '-id',
  dto: AuditRecordDto,
  item: toAuditRecordDto,
});
