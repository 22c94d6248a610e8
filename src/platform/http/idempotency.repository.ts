// Where finished requests are remembered: beside the user's rows, or, for a service key, in a table of the service.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase, statement } from '../database/index.js';

export interface RememberedAnswer {
  requestHash: Buffer;
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** The status of an answer that named something which has been erased since. */
export const ERASED = 410;

/** How long an answer can be replayed. */
export const REPLAY_HOURS = 24;

const LOCK = statement<{ locked: boolean }>(
  'idempotency.lock',
  `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked`,
);

const answer = `request_hash as "requestHash", status, headers, body`;
const fresh = `created_at > now() - interval '${REPLAY_HOURS} hours'`;

const FIND = statement<RememberedAnswer>(
  'idempotency.find',
  `select ${answer} from threadkeep.idempotency_key where user_id = $1 and key = $2 and ${fresh}`,
);
const FIND_SERVICE = statement<RememberedAnswer>(
  'idempotency.find_service',
  `select ${answer} from threadkeep.service_idempotency_key where key = $1 and ${fresh}`,
);

/** Each new key sweeps out a few that have expired, so that the table does not grow without end. */
const SAVE = statement(
  'idempotency.save',
  `with expired as (
     delete from threadkeep.idempotency_key where user_id = $1 and key in (
       select key from threadkeep.idempotency_key where user_id = $1 and key <> $2 and not ${fresh} order by created_at limit 20))
   insert into threadkeep.idempotency_key (user_id, key, request_hash, status, headers, body) values ($1, $2, $3, $4, $5, $6)
   on conflict (user_id, key) do update set request_hash = excluded.request_hash, status = excluded.status,
     headers = excluded.headers, body = excluded.body, created_at = now()`,
);
const SAVE_SERVICE = statement(
  'idempotency.save_service',
  `with expired as (
     delete from threadkeep.service_idempotency_key where key in (
       select key from threadkeep.service_idempotency_key where key <> $1 and not ${fresh} order by created_at limit 20))
   insert into threadkeep.service_idempotency_key (key, request_hash, status, headers, body) values ($1, $2, $3, $4, $5)
   on conflict (key) do update set request_hash = excluded.request_hash, status = excluded.status,
     headers = excluded.headers, body = excluded.body, created_at = now()`,
);

/** What an answer said may not outlive what it said it about. The key stays used, so that a late retry does not do it again. */
const ERASE = statement(
  'idempotency.erase',
  `update threadkeep.idempotency_key set status = ${ERASED}, headers = '{}', body = 'null' where user_id = $1 and strpos(body, $2) > 0`,
);

const expire = (table: 'idempotency_key' | 'service_idempotency_key') =>
  statement<{ count: number }>(
    `${table}.expire`,
    `with gone as (delete from threadkeep.${table} where ctid = any (array(select ctid from threadkeep.${table} where not ${fresh} limit $1)) returning 1)
     select count(*)::integer as count from gone`,
    { slow: true },
  );
const EXPIRE = expire('idempotency_key');
const EXPIRE_SERVICE = expire('service_idempotency_key');

@Injectable()
export class IdempotencyRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
  ) {}

  /** Holds the key until the transaction ends. @returns false when another request holds it. */
  async lock(key: string): Promise<boolean> {
    const owner = this.ownerId() ?? 'service';
    const [row] = await this.database.write(LOCK, [`${owner} ${key}`]);
    return row?.locked === true;
  }

  async find(key: string): Promise<RememberedAnswer | null> {
    const owner = this.ownerId();
    const [row] = owner ? await this.database.read(FIND, [owner, key]) : await this.database.read(FIND_SERVICE, [key]);
    return row ?? null;
  }

  async save(key: string, { requestHash, status, headers, body }: RememberedAnswer): Promise<void> {
    const owner = this.ownerId();
    const values = [key, requestHash, status, JSON.stringify(headers), body];
    await (owner ? this.database.write(SAVE, [owner, ...values]) : this.database.write(SAVE_SERVICE, values));
  }

  /** Erases the remembered answers of the user in which `mention` stands. */
  async erase(mention: string): Promise<void> {
    await this.database.write(ERASE, () => [this.ownerId(), mention]);
  }

  /** As the system: removes answers of all users that can no longer be replayed. @returns how many. */
  async expire(limit: number): Promise<number> {
    return (await this.database.write(EXPIRE, [limit]))[0]!.count;
  }

  /** The same of service keys that act for nobody. */
  async expireOfService(limit: number): Promise<number> {
    return (await this.database.write(EXPIRE_SERVICE, [limit]))[0]!.count;
  }

  private ownerId(): string | null {
    const scope = this.contexts.scope();
    return scope.kind === 'user' ? scope.userId : null;
  }
}
