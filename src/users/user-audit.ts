// What is recorded of users: that they came, were renamed and went, and nothing of what they are called.
import { Injectable } from '@nestjs/common';
import { AuditRecords } from '../platform/audit/index.js';

@Injectable()
export class UserAudit {
  constructor(private readonly records: AuditRecords) {}

  /** @param how `automatic`: by the first write for a name */
  created(userId: string, how: { automatic: boolean }): Promise<void> {
    return this.records.write({ action: 'user.created', userId, details: how });
  }

  renamed(userId: string): Promise<void> {
    return this.records.write({ action: 'user.renamed', userId });
  }

  removed(userId: string): Promise<void> {
    return this.records.write({ action: 'user.removed', userId });
  }
}
