// The operator's audit records. Each is written in the transaction of its action, and contains ids
// and numbers, never content. It stays when its user is deleted.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Config } from '../config/config.js';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase, statement } from '../database/index.js';
import { type ListQuery, Lists, type Page } from '../list/index.js';
import { ExpiringRows } from '../jobs/expiring-rows.js';
import { auditRecordList } from './audit-record.list.js';
import type { AuditRecordDto } from './dto/audit-record.dto.js';

const WRITE = statement(
  'audit_record.write',
  `insert into threadkeep.audit_record (id, action, key_id, about_user_id, subject, details,
    request_id, client_request_id)
   values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)`,
);

const WRITE_REFUSALS = statement(
  'audit_record.write_refusals',
  `insert into threadkeep.audit_record (id, action, key_id, address, details)
   select r.id, 'access.refused', r."keyId", r.address, r.details
     from jsonb_to_recordset($1::jsonb) as r (id uuid, "keyId" uuid, address text, details jsonb)`,
);

const IS_USER_ID = statement<{ found: boolean }>(
  'audit_record.is_user_id',
  `select exists (select from threadkeep.app_user where id = $1 or former_id = $1)
       or exists (select from threadkeep.audit_record where about_user_id = $1) as found`,
);

/** Deletes at most `$2` rows, so that the transaction is short. */
const EXPIRE = statement<{ count: number }>(
  'audit_record.expire',
  `with gone as (
     delete from threadkeep.audit_record where ctid = any (array(
       select ctid from threadkeep.audit_record where
         created_at < now() - make_interval(days => $1) limit $2)) returning 1)
   select count(*)::integer as count from gone`,
  { slow: true },
);

export interface RecordedAction {
  /** Such as `api_key.created`. */
  action: string;
  /** The user whom it concerns; by default the user of the scope, if there is one. */
  userId?: string | null;
  /** The id of what is changed. */
  subject?: string | null;
  /** Only names of ours, ids and numbers. */
  details?: Record<string, unknown>;
}

export interface Refusals {
  keyId: string | null;
  /** The network that asked. */
  address: string;
  details: { reason: string; count: number; from: string; to: string };
}

@Injectable()
export class AuditRecords {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly lists: Lists,
    config: Config,
    expiring: ExpiringRows,
  ) {
    const days = config.identity.auditRetentionDays;
    expiring.add(async (limit) => (await this.database.write(EXPIRE, [days, limit]))[0]!.count);
  }

  /**
   * Call it in the transaction of the action: a user whom that creates has an id only there. In the
   * scope of a user, it can only concern that user.
   */
  async write({ action, userId, subject = null, details = {} }: RecordedAction): Promise<void> {
    const { requestId, clientRequestId, principal } = this.contexts.current() ?? {};
    await this.database.write(WRITE, [
      uuidv7(),
      action,
      principal?.credentialId ?? null,
      userId === undefined ? this.ownId : userId,
      subject,
      JSON.stringify(details),
      requestId === 'background' ? null : requestId,
      clientRequestId ?? null,
    ]);
  }

  /**
   * Records how many rows of a kind were deleted for good.
   * @param why such as `purge`, `forget`, `expire` or `retention`
   */
  async writeErasure(what: string, count: number, why: string): Promise<void> {
    if (count > 0) await this.write({ action: 'data.erased', details: { what, count, why } });
  }

  /** As the system. */
  async writeRefusals(refusals: Refusals[]): Promise<void> {
    await this.database.write(WRITE_REFUSALS, [
      JSON.stringify(refusals.map((one) => ({ id: uuidv7(), ...one }))),
    ]);
  }

  /** As the system: whether a user has this id, or a deleted user had it. */
  async isUserId(userId: string): Promise<boolean> {
    return (await this.database.read(IS_USER_ID, [userId]))[0]!.found;
  }

  list(query: ListQuery): Promise<Page<AuditRecordDto>> {
    return this.lists.page(auditRecordList, query);
  }

  private get ownId(): string | null {
    const scope = this.contexts.scope();
    return scope.kind === 'user' ? scope.userId : null;
  }
}
