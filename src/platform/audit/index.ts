export { AuditEvent } from './audit-event.entity.js';
export { type AuditedAction, AuditLog } from './audit-log.repository.js';
export { AuditModule } from './audit.module.js';
