// Records in the audit log that users were created, renamed, enabled, disabled and deleted, never
// their names.
import { Injectable } from '@nestjs/common';
import { AuditRecords } from '../platform/audit/index.js';
import type { UserStatus } from './user.entity.js';

@Injectable()
export class UserAudit {
  constructor(private readonly records: AuditRecords) {}

  /** @param how `automatic`: created by the first write under a new name */
  created(userId: string, how: { automatic: boolean }): Promise<void> {
    return this.records.write({ action: 'user.created', userId, details: how });
  }

  renamed(userId: string): Promise<void> {
    return this.records.write({ action: 'user.renamed', userId });
  }

  statusChanged(userId: string, status: UserStatus): Promise<void> {
    return this.records.write({ action: 'user.status_changed', userId, details: { status } });
  }

  removed(userId: string): Promise<void> {
    return this.records.write({ action: 'user.removed', userId });
  }
}
