// SQL of API keys. They belong to the service: read and write them as the system.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import type { KeyScope } from '../../platform/context/index.js';
import { ScopedDatabase, statement } from '../../platform/database/index.js';
import { type ListQuery, Lists, type Page } from '../../platform/list/index.js';
import { type Amounts, Quotas } from '../../platform/quotas/index.js';
import { ApiKey } from './api-key.entity.js';
import { apiKeyList } from './api-key.list.js';
import type { ApiKeyDto } from '../dto/api-key.dto.js';

export interface KeyRow {
  id: string;
  hash: Buffer;
  userId: string | null;
  readOnly: boolean;
  /** Null for a key from before scopes existed. */
  scopes: KeyScope[] | null;
  /** Milliseconds left by the database's clock; null for a key that does not expire. */
  expiresInMs: number | null;
  /** Slot and value of the counter that counts changes of the key. */
  slot: number;
  number: number;
}

export type NewApiKey = Pick<
  ApiKey,
  'id' | 'userId' | 'name' | 'hash' | 'hint' | 'readOnly' | 'scopes' | 'expiresAt'
>;

/** A stored key, and whether it is still valid. */
export type FoundKey = Pick<ApiKey, 'id' | 'userId' | 'name' | 'readOnly' | 'scopes'> & {
  isLive: boolean;
  /** Expiry of a key created now with the same lifetime. */
  nextExpiry: string | null;
};

const LIVE = `revoked_at is null and (expires_at is null or expires_at > clock_timestamp())`;

const FIND_LIVE = statement<KeyRow>(
  'api_key.find_live',
  // A key of a user who is not active is no key.
  `select k.id, k.hash, k.user_id as "userId", k.read_only as "readOnly", k.scopes, e.slot,
    e.number,
          (extract(epoch from k.expires_at - clock_timestamp()) * 1000)::float8 as "expiresInMs"
     from threadkeep.api_key k join threadkeep.identity_epoch e
       on e.slot = threadkeep.identity_slot(coalesce(k.user_id, k.id))
    where k.hash = any ($1::bytea[]) and ${LIVE}
      and (k.user_id is null or exists (select from threadkeep.app_user u
            where u.id = k.user_id and u.status = 'active'))`,
);
const FIND_BY_HASH = statement<{ isLive: boolean }>(
  'api_key.find_by_hash',
  `select ${LIVE} as "isLive" from threadkeep.api_key where hash = $1`,
);
const LOCK_FIRST_KEY = statement('api_key.lock_first', `select pg_advisory_xact_lock(7411902336)`);
const ANY_SERVICE_KEY = statement<{ found: boolean }>(
  'api_key.any_service',
  `select exists (select from threadkeep.api_key where user_id is null and ${LIVE}) as found`,
);
const LOCK = statement<FoundKey>(
  'api_key.lock',
  `select id, user_id as "userId", name, read_only as "readOnly", scopes, ${LIVE} as "isLive",
          now() + (expires_at - created_at) as "nextExpiry"
     from threadkeep.api_key where id = $1 for update`,
);
/** Revokes at once when the overlap is 0. Never extends the expiry. */
const END = statement(
  'api_key.end',
  `update threadkeep.api_key set revoked_at = case when $2::integer = 0 then now() end,
          expires_at = case when $2::integer = 0 then expires_at
            else least(expires_at, now() + make_interval(secs => $2)) end where id = $1`,
);

/**
 * Locks in the order of ids and skips locked rows, so that two processes do not wait for each
 * other.
 */
const NOTE_USES = statement(
  'api_key.note_uses',
  `update threadkeep.api_key set last_used_at = now() where id in (
     select id from threadkeep.api_key
      where id = any ($1::uuid[])
        and (last_used_at is null or last_used_at < now() - interval '1 minute')
      order by id for update skip locked)`,
);

const SWEEP = statement<{ count: number }>(
  'api_key.sweep',
  `with gone as (
     delete from threadkeep.api_key where id in (
       select id from threadkeep.api_key
         where least(revoked_at, expires_at) < now() - make_interval(days => $1) limit $2)
         returning 1)
   select count(*)::integer as count from gone`,
  { slow: true },
);

const USAGE = statement<Amounts>(
  'api_key.usage',
  `select count(*)::float8 as keys from threadkeep.api_key where user_id = $1 and ${LIVE}`,
);

/**
 * New addresses of a key that are recorded in a day. Without a bound, a key that is used from
 * everywhere would fill the table.
 */
const MAX_NEW_ADDRESSES_PER_DAY = 100;

const RECORD_FIRST_USE = statement(
  'audit_record.write_first_use',
  `insert into threadkeep.audit_record (id, action, key_id, about_user_id, address, details)
   select $1, 'api_key.used_from_new_address', k.id, k.user_id, $3,
     jsonb_build_object('address', $4::text) from threadkeep.api_key k
    where k.id = $2 and ${MAX_NEW_ADDRESSES_PER_DAY} > (
      select count(*) from threadkeep.audit_record r
       where r.key_id = k.id and r.action = 'api_key.used_from_new_address'
         and r.created_at > now() - interval '1 day')
   on conflict (key_id, address) where action = 'api_key.used_from_new_address' do nothing`,
);

@Injectable()
export class ApiKeysRepository implements OnModuleInit {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly lists: Lists,
    private readonly quotas: Quotas,
  ) {}

  onModuleInit(): void {
    this.quotas.register({ area: 'keys', statement: USAGE });
  }

  /** Finds the valid keys with these hashes. */
  findLive(hashes: Buffer[]): Promise<KeyRow[]> {
    return this.database.read(FIND_LIVE, [hashes]);
  }

  /** Finds a key by hash, also when it is no longer valid. */
  async findByHash(hash: Buffer): Promise<{ isLive: boolean } | null> {
    return (await this.database.read(FIND_BY_HASH, [hash]))[0] ?? null;
  }

  create(key: NewApiKey): Promise<ApiKey> {
    return this.database.transaction(async () => {
      const { manager } = this.database;
      await manager.insert(ApiKey, key);
      return manager.findOneByOrFail(ApiKey, { id: key.id });
    });
  }

  list(query: ListQuery): Promise<Page<ApiKeyDto>> {
    return this.lists.page(apiKeyList, query);
  }

  /**
   * Revokes a key.
   * @returns false when it does not exist or was revoked before
   */
  revoke(id: string): Promise<boolean> {
    return this.database.transaction(async () => {
      const result = await this.database.manager.update(
        ApiKey,
        { id, revokedAt: IsNull() },
        { revokedAt: () => 'now()' },
      );
      return (result.affected ?? 0) > 0;
    });
  }

  find(id: string): Promise<ApiKey | null> {
    return this.database.transaction(() => this.database.manager.findOneBy(ApiKey, { id }), {
      readOnly: true,
    });
  }

  /** Reads the key and locks it until the transaction ends. */
  async lock(id: string): Promise<FoundKey | null> {
    return (await this.database.write(LOCK, [id]))[0] ?? null;
  }

  /** Ends the key after `seconds`. */
  async endIn(id: string, seconds: number): Promise<void> {
    await this.database.write(END, [id, seconds]);
  }

  /** Records that the keys were just used, at most once a minute for each key in all processes. */
  async noteUses(ids: string[]): Promise<void> {
    await this.database.write(NOTE_USES, [ids]);
  }

  /** Adds an audit record when a key is used from a network for the first time. */
  async recordFirstUse(keyId: string, network: string, address: string): Promise<void> {
    await this.database.write(RECORD_FIRST_USE, [uuidv7(), keyId, network, address]);
  }

  /**
   * Deletes at most `limit` keys that have been invalid for more than `days`.
   * @returns how many
   */
  async sweep(days: number, limit: number): Promise<number> {
    return (await this.database.write(SWEEP, [days, limit]))[0]!.count;
  }

  /**
   * Tells whether a service key exists. It takes an advisory lock until the transaction ends, so
   * that only one process creates the first key.
   */
  async hasServiceKey(): Promise<boolean> {
    await this.database.write(LOCK_FIRST_KEY, []);
    return (await this.database.write(ANY_SERVICE_KEY, []))[0]?.found === true;
  }
}
