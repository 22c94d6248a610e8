// The SQL of sealing users. All of it runs as the system.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase, statement } from '../../platform/database/index.js';
import type { Fields } from './fields.js';

/** A user whose fields are converted. */
export interface ConvertedUser extends Fields {
  id: string;
  version: number;
  /** Whose data key seals the fields: the user, or the one with whom the user was merged. */
  owner: string;
  /** The id in the place of the sealed fields. */
  row: string;
  isMerged: boolean;
  sealedFields: Buffer | null;
  hasHmac: boolean;
}

export interface VerifiedAddress {
  userId: string;
  verifiedEmail: string | null;
  verifiedHmac: Buffer | null;
  /** The user's address, when it is not sealed. */
  email: string | null;
}

export interface MailedAddress {
  userId: string;
  purpose: string;
  email: string | null;
  sealedEmail: Buffer | null;
}

export interface SealedUser {
  id: string;
  version: number;
  sealed: Buffer;
  hmac: Buffer | null;
}

export interface UnsealedUser extends Fields {
  id: string;
  version: number;
}

/** A row as it was read, and what it gets. */
export interface ConvertedVerified {
  read: VerifiedAddress;
  email: string | null;
  hmac: Buffer | null;
}

export interface ConvertedMailed {
  read: MailedAddress;
  email: string | null;
  sealed: Buffer | null;
}

const SLOW = { slow: true };

const HAS_SEALED = statement<{ found: boolean }>(
  'user.has_sealed',
  `select exists (select from threadkeep.app_user where sealed_fields is not null) as found`,
);

const IS_TAKEN_PLAIN = statement<{ found: boolean }>(
  'user.email_is_taken_plain',
  `select exists (select from threadkeep.app_user
     where threadkeep.fold_case(email) = threadkeep.fold_case($1) and email_hmac is null
       and id <> $2) as found`,
);

const CONVERTED = `id, version, email, name, settings, sealed_fields as "sealedFields",
  coalesce(merged_into, id) as owner, coalesce(former_id, id) as row,
  merged_into is not null as "isMerged", email_hmac is not null as "hasHmac"`;

const PLAIN = statement<ConvertedUser>(
  'user.list_plain',
  `select ${CONVERTED} from threadkeep.app_user
    where id > $1 and sealed_fields is null
      and (email is not null or name is not null or settings <> '{}')
    order by id limit $2`,
  SLOW,
);
const SEALED = statement<ConvertedUser>(
  'user.list_sealed',
  `select ${CONVERTED} from threadkeep.app_user
    where id > $1 and sealed_fields is not null order by id limit $2`,
  SLOW,
);

/**
 * Seals users whose version is as it was read. Of legacy users with the same address in other
 * capitals, the first one is found by it.
 */
const SEAL = statement<{ id: string }>(
  'user.seal',
  `with given as (
     select * from unnest($1::uuid[], $2::integer[], $3::bytea[], $4::bytea[])
       as given (id, version, sealed, hmac)),
   free as (
     select u.id from threadkeep.app_user u join given on u.id = given.id
        and u.version = given.version and u.sealed_fields is null
      order by u.id for update of u skip locked)
   update threadkeep.app_user u set email = null, name = null, settings = '{}',
     sealed_fields = given.sealed,
     email_hmac = case when exists (select from threadkeep.app_user o
       where o.email_hmac = given.hmac and o.id <> u.id) then null else given.hmac end
     from given join free using (id) where u.id = given.id returning u.id`,
  SLOW,
);
const UNSEAL = statement<{ id: string }>(
  'user.unseal',
  `with given as (
     select * from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[])
       as given (id, version, email, name, settings)),
   free as (
     select u.id from threadkeep.app_user u join given on u.id = given.id
        and u.version = given.version and u.sealed_fields is not null
      order by u.id for update of u skip locked)
   update threadkeep.app_user u set email = given.email, name = given.name,
     settings = given.settings::jsonb, sealed_fields = null
     from given join free using (id) where u.id = given.id returning u.id`,
  SLOW,
);

const verified = (condition: string) =>
  `select a.user_id as "userId", a.verified_email as "verifiedEmail",
     a.verified_hmac as "verifiedHmac", u.email
     from threadkeep.account a join threadkeep.app_user u on u.id = a.user_id
    where a.user_id > $1 and ${condition} order by a.user_id limit $2`;
const VERIFIED_PLAIN = statement<VerifiedAddress>(
  'account.list_verified_plain',
  verified('a.verified_email is not null'),
  SLOW,
);
const VERIFIED_SEALED = statement<VerifiedAddress>(
  'account.list_verified_sealed',
  verified('a.verified_hmac is not null'),
  SLOW,
);
const CONVERT_VERIFIED = statement<{ id: string }>(
  'account.convert_verified',
  `update threadkeep.account a set verified_email = given.email, verified_hmac = given.hmac
     from unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::bytea[])
       as given (user_id, email, hmac, read_email, read_hmac)
    where a.user_id = given.user_id
      and a.verified_email is not distinct from given.read_email
      and a.verified_hmac is not distinct from given.read_hmac
    returning a.user_id as id`,
  SLOW,
);

const mailed = (condition: string) =>
  `select user_id as "userId", purpose, email, sealed_email as "sealedEmail"
     from threadkeep.mailed_secret
    where user_id > $1 and ${condition} order by user_id, purpose limit $2`;
const MAILED_PLAIN = statement<MailedAddress>(
  'mailed_secret.list_plain',
  mailed('email is not null'),
  SLOW,
);
const MAILED_SEALED = statement<MailedAddress>(
  'mailed_secret.list_sealed',
  mailed('sealed_email is not null'),
  SLOW,
);
const CONVERT_MAILED = statement<{ id: string }>(
  'mailed_secret.convert',
  `update threadkeep.mailed_secret m set email = given.email, sealed_email = given.sealed
     from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::bytea[])
       as given (user_id, purpose, email, sealed, read_email, read_sealed)
    where m.user_id = given.user_id and m.purpose = given.purpose
      and m.email is not distinct from given.read_email
      and m.sealed_email is not distinct from given.read_sealed
    returning m.user_id as id`,
  SLOW,
);

/** Answers of `POST /v1/users` from before the switch, which show a user in plain text. */
const ERASE_PLAIN_ANSWERS = statement<{ key: string }>(
  'service_idempotency_key.erase_plain_users',
  `update threadkeep.service_idempotency_key set status = 410, headers = '{}', body = 'null'
    where key = any (array(select key from threadkeep.service_idempotency_key
      where status <> 410 and headers ->> 'location' ~ '^/v1/users/[0-9a-f-]{36}$'
        and left(body, 62) not like '%"sealedAnswer":%' limit $1))
    returning key`,
  SLOW,
);

@Injectable()
export class SealingRepository {
  constructor(private readonly database: ScopedDatabase) {}

  async hasSealed(): Promise<boolean> {
    return (await this.database.read(HAS_SEALED, []))[0]!.found;
  }

  /** Whether another user has the address in a row without its look-up value. */
  async isTakenPlain(email: string, exceptUserId: string): Promise<boolean> {
    return (await this.database.read(IS_TAKEN_PLAIN, [email, exceptUserId]))[0]!.found;
  }

  /** The next users who are not stored as they should be. */
  users(isOn: boolean, after: string, limit: number): Promise<ConvertedUser[]> {
    return this.database.read(isOn ? PLAIN : SEALED, [after, limit]);
  }

  /** @returns how many were unchanged since they were read, and are sealed now */
  async seal(users: SealedUser[]): Promise<number> {
    const values = [
      users.map(({ id }) => id),
      users.map(({ version }) => version),
      users.map(({ sealed }) => sealed),
      users.map(({ hmac }) => hmac),
    ];
    return (await this.database.write(SEAL, values)).length;
  }

  /** @returns how many were unchanged since they were read, and are plain now */
  async unseal(users: UnsealedUser[]): Promise<number> {
    const values = [
      users.map(({ id }) => id),
      users.map(({ version }) => version),
      users.map(({ email }) => email),
      users.map(({ name }) => name),
      users.map(({ settings }) => JSON.stringify(settings)),
    ];
    return (await this.database.write(UNSEAL, values)).length;
  }

  verified(isOn: boolean, after: string, limit: number): Promise<VerifiedAddress[]> {
    return this.database.read(isOn ? VERIFIED_PLAIN : VERIFIED_SEALED, [after, limit]);
  }

  async convertVerified(rows: ConvertedVerified[]): Promise<number> {
    const values = [
      rows.map(({ read }) => read.userId),
      rows.map(({ email }) => email),
      rows.map(({ hmac }) => hmac),
      rows.map(({ read }) => read.verifiedEmail),
      rows.map(({ read }) => read.verifiedHmac),
    ];
    return (await this.database.write(CONVERT_VERIFIED, values)).length;
  }

  mailed(isOn: boolean, after: string, limit: number): Promise<MailedAddress[]> {
    return this.database.read(isOn ? MAILED_PLAIN : MAILED_SEALED, [after, limit]);
  }

  async convertMailed(rows: ConvertedMailed[]): Promise<number> {
    const values = [
      rows.map(({ read }) => read.userId),
      rows.map(({ read }) => read.purpose),
      rows.map(({ email }) => email),
      rows.map(({ sealed }) => sealed),
      rows.map(({ read }) => read.email),
      rows.map(({ read }) => read.sealedEmail),
    ];
    return (await this.database.write(CONVERT_MAILED, values)).length;
  }

  /** Erases answers kept for replays that show users in plain text. @returns how many it erased */
  async erasePlainAnswers(limit: number): Promise<number> {
    return (await this.database.write(ERASE_PLAIN_ANSWERS, [limit])).length;
  }
}
