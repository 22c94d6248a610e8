// The audit log of each user: what was done with the user's secrets, and by which credential.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../context/index.js';
import { ownedStatement, ScopedDatabase } from '../database/index.js';
import { type ListQuery, Lists, type Page } from '../list/index.js';
import './audit.errors.js';
import { auditEventList } from './audit-event.list.js';
import { AuditRecords } from './audit-records.js';
import type { AuditEventDto } from './dto/audit-event.dto.js';

const RECORD = ownedStatement(
  'audit_event.record',
  `insert into threadkeep.audit_event (user_id, id, action, subject, details, actor, request_id,
    client_request_id)
   values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8)`,
);

export interface AuditedAction {
  /** Such as `mcp_secrets.read`. */
  action: string;
  /** The id of what is changed. */
  subject: string;
  /** Names and ids, never a secret. */
  details?: Record<string, unknown>;
}

@Injectable()
export class AuditLog {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly lists: Lists,
    private readonly records: AuditRecords,
  ) {}

  /**
   * Records for the user of the scope, and for the operator. Await it before the action: an action
   * that cannot be recorded must not happen.
   */
  async record({ action, subject, details = {} }: AuditedAction): Promise<void> {
    const { requestId = '', clientRequestId = null } = this.contexts.current() ?? {};
    await this.database.transaction(async () => {
      await this.database.write(RECORD, [
        uuidv7(),
        action,
        subject,
        JSON.stringify(details),
        this.contexts.actor,
        requestId,
        clientRequestId,
      ]);
      await this.records.write({ action, subject, details });
    });
  }

  list(query: ListQuery): Promise<Page<AuditEventDto>> {
    return this.lists.page(auditEventList, query);
  }
}
