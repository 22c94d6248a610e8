// Keeps the answers of finished requests: beside the user's rows, or in a table of the service for
// a service key.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RequestContexts } from '../context/index.js';
import { ownedStatement, ScopedDatabase, statement } from '../database/index.js';
import { ExpiringRows } from '../jobs/expiring-rows.js';
import { type Amounts, Quotas } from '../quotas/index.js';

export interface RememberedAnswer {
  requestHash: Buffer;
  status: number;
  headers: Record<string, string>;
  body: string;
  /** False when the ids in the answer are unknown. */
  named: boolean;
}

/** An answer to keep. */
export interface NewAnswer extends Omit<RememberedAnswer, 'named'> {
  /**
   * The ids that the answer contains: deleting one deletes the answer. Null when there are too
   * many: any removal by the user then deletes it.
   */
  subjects: string[] | null;
}

/** The state of a key when a request begins. */
export interface Known {
  answer: RememberedAnswer | null;
  /**
   * The user's last erasure. An answer is kept only if no other erasure happened while it was made.
   */
  lastErasure: string | null;
}

/** The status of a kept answer whose content was erased. */
export const ERASED = 410;

/** An answer can be replayed for this time. */
export const REPLAY_HOURS = 24;

/**
 * Something was erased while the answer was being made. Its code makes the transaction run again,
 * on what is left.
 */
export class AnswerOutdatedError extends Error {
  override readonly name = 'AnswerOutdatedError';
  readonly code = '40001';
}

type Row = Omit<RememberedAnswer, 'status'> & { status: number | null; lastErasure: string | null };

const LOCK = statement<{ locked: boolean }>(
  'idempotency.lock',
  `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked`,
);

const answer = `k.request_hash as "requestHash", k.status, k.headers, k.body, k.named`;
const fresh = `created_at > now() - interval '${REPLAY_HOURS} hours'`;

const FIND = ownedStatement<Row>(
  'idempotency.find',
  `select u.last_erasure as "lastErasure", ${answer} from threadkeep.app_user u
     left join threadkeep.idempotency_key k on k.user_id = $1 and k.key = $2 and k.${fresh}
    where u.id = $1`,
);
const FIND_SERVICE = statement<Row>(
  'idempotency.find_service',
  `select null as "lastErasure", ${answer} from threadkeep.service_idempotency_key k
    where k.key = $1 and k.${fresh}`,
);

/**
 * Stores an answer, unless the user has erased something since the key was looked up. Locks the
 * user's row until the commit. An erasure locks the same row, so that one waits for the other. Each
 * new key deletes up to 20 expired keys, so that the table does not grow without limit.
 */
const SAVE = ownedStatement<{ saved: number }>(
  'idempotency.save',
  `with owner as (
     select id from threadkeep.app_user where id = $1
       and (last_erasure is not distinct from $8::bigint
         or last_erasure = pg_current_xact_id()::text::bigint) for share
   ), expired as (
     delete from threadkeep.idempotency_key where user_id = $1 and key in (
       select key from threadkeep.idempotency_key where user_id = $1 and key <> $2 and not ${fresh}
         order by created_at limit 20)
   ), saved as (
     insert into threadkeep.idempotency_key (user_id, key, request_hash, status, headers, body,
       named)
     select id, $2, $3, $4::smallint, $5::jsonb, $6, $7::uuid[] is not null from owner
     on conflict (user_id, key) do update
       set request_hash = excluded.request_hash, status = excluded.status,
       headers = excluded.headers, body = excluded.body, named = excluded.named, created_at = now()
     returning key
   ), subjects as (
     insert into threadkeep.idempotency_subject (user_id, subject, key)
     select $1, s, saved.key from saved, unnest($7::uuid[]) s on conflict do nothing)
   select count(*)::integer as saved from saved`,
);
const SAVE_SERVICE = statement(
  'idempotency.save_service',
  `with expired as (
     delete from threadkeep.service_idempotency_key where key in (
       select key from threadkeep.service_idempotency_key where key <> $1 and not ${fresh}
         order by created_at limit 20)
   ), saved as (
     insert into threadkeep.service_idempotency_key (key, request_hash, status, headers, body,
       named) values ($1, $2, $3, $4, $5, $6::uuid[] is not null)
     on conflict (key) do update set request_hash = excluded.request_hash, status = excluded.status,
       headers = excluded.headers, body = excluded.body, named = excluded.named, created_at = now()
     returning key)
   insert into threadkeep.service_idempotency_subject (key, subject, person)
   select saved.key, s, u.id from saved cross join unnest($6::uuid[]) s
     left join threadkeep.app_user u on u.id = s on conflict do nothing`,
);

/** Bytes of a row beside its body: key, hash, headers and indexes. */
const ROW_BYTES = 500;

const USAGE = ownedStatement<Amounts>(
  'idempotency.usage',
  `select coalesce(sum(octet_length(body) + ${ROW_BYTES}), 0)::float8 as "answerBytes"
    from threadkeep.idempotency_key where user_id = $1`,
  { slow: true },
);

const expire = (table: 'idempotency_key' | 'service_idempotency_key') =>
  statement<{ count: number }>(
    `${table}.expire`,
    `with gone as (delete from threadkeep.${table}
      where ctid = any (array(select ctid from threadkeep.${table} where not ${fresh} limit $1))
      returning 1)
     select count(*)::integer as count from gone`,
    { slow: true },
  );
const EXPIRE = expire('idempotency_key');
const EXPIRE_SERVICE = expire('service_idempotency_key');

@Injectable()
export class IdempotencyRepository implements OnModuleInit {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly quotas: Quotas,
    private readonly expiring: ExpiringRows,
  ) {}

  onModuleInit(): void {
    this.quotas.register({ area: 'answers', statement: USAGE });
    for (const statement of [EXPIRE, EXPIRE_SERVICE])
      this.expiring.add(async (limit) => (await this.database.write(statement, [limit]))[0]!.count);
  }

  /** Locks the key until the transaction ends. @returns false when another request has it */
  async lock(key: string): Promise<boolean> {
    const [row] = await this.database.write(LOCK, [`${this.contexts.owner} ${key}`]);
    return row?.locked === true;
  }

  async find(key: string): Promise<Known> {
    const query = this.database.byScope({ user: FIND, system: FIND_SERVICE });
    const [row] = await this.database.read(query, [key]);
    if (!row) return { answer: null, lastErasure: null };
    const { lastErasure, status, ...rest } = row;
    return { answer: status === null ? null : { ...rest, status }, lastErasure };
  }

  /**
   * @param lastErasure the value that `find` gave
   * @throws AnswerOutdatedError when the user has erased something since; AppError `quota.reached`
   */
  async save(
    key: string,
    { requestHash, status, headers, body, subjects }: NewAnswer,
    lastErasure: string | null,
  ): Promise<void> {
    const values = [key, requestHash, status, JSON.stringify(headers), body, subjects];
    if (this.contexts.scope().kind === 'system')
      return void (await this.database.write(SAVE_SERVICE, values));
    const adding = { answerBytes: Buffer.byteLength(body) + ROW_BYTES };
    const [row] = await this.quotas.within(adding, () =>
      this.database.write(SAVE, [...values, lastErasure]),
    );
    if (row!.saved === 0)
      throw new AnswerOutdatedError('something was erased while the answer was being made');
  }
}
