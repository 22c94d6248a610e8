export { AuditErrors } from './audit.errors.js';
export { Admissions } from './admissions.js';
export { AuditEvent } from './audit-event.entity.js';
export { type AuditedAction, AuditLog } from './audit-log.repository.js';
export { AuditRecords, type RecordedAction } from './audit-records.js';
export { AuditModule } from './audit.module.js';
