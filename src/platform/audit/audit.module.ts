// The audit logs: one of each user's secrets, shown to the user; and one of the whole service, for
// its operator.
import { Global, Module } from '@nestjs/common';
import { AdmissionLog } from '../context/index.js';
import { AdminAuditLogController } from './admin-audit-log.controller.js';
import { Admissions } from './admissions.js';
import { AuditLogController } from './audit-log.controller.js';
import { AuditRecords } from './audit-records.js';
import { AuditLog } from './audit-log.repository.js';

@Global()
@Module({
  controllers: [AuditLogController, AdminAuditLogController],
  providers: [
    AuditLog,
    AuditRecords,
    Admissions,
    { provide: AdmissionLog, useExisting: Admissions },
  ],
  exports: [AuditLog, AuditRecords, Admissions, AdmissionLog],
})
export class AuditModule {}
