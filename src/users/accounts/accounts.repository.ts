// The SQL of accounts and of secrets that are mailed.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, statement } from '../../platform/database/index.js';
import { Vault } from '../../platform/vault/index.js';
import { AddressIndex, foldAddress } from '../sealing/address-index.js';
import { type StoredUser, UserFields } from '../sealing/user-fields.js';
import type { UserStatus } from '../user.entity.js';
import { placeOfMailed } from './mailed-place.js';
import type { MailedPurpose } from './mailed-secret.entity.js';

export interface FoundAccount {
  userId: string;
  password: string;
  isActive: boolean;
}

export interface OwnAccount {
  /** Null for a user without an account. */
  password: string | null;
  email: string | null;
  username: string | null;
  name: string | null;
  status: UserStatus;
  isVerified: boolean;
  /** True for a user who is let in by proving the address. */
  awaitsProof: boolean;
}

type StoredAccount = Omit<OwnAccount, 'isVerified'> &
  StoredUser & { verifiedEmail: string | null; verifiedHmac: Buffer | null };

/** One of the two has the address. */
interface StoredAddress {
  email: string | null;
  sealedEmail: Buffer | null;
}

export interface MailedRow {
  email: string;
  /** The address as it is stored. */
  stored: StoredAddress;
  /** False until the mail is about to be sent. */
  isMailed: boolean;
  secondsLeft: number;
}

type StoredMail = StoredAddress & Omit<MailedRow, 'email' | 'stored'>;

/** The names of a merged user find the account of the other user. */
const FIND_BY_EMAIL = statement<FoundAccount>(
  'account.find_by_email',
  `select a.user_id as "userId", a.password, o.status = 'active' as "isActive"
     from threadkeep.app_user u
     join threadkeep.app_user o on o.id = coalesce(u.merged_into, u.id)
     join threadkeep.account a on a.user_id = o.id
    where u.email_hmac = $2 or threadkeep.fold_case(u.email) = threadkeep.fold_case($1)`,
);

const FIND_BY_USERNAME = statement<FoundAccount>(
  'account.find_by_username',
  `select a.user_id as "userId", a.password, o.status = 'active' as "isActive"
     from threadkeep.app_user u
     join threadkeep.app_user o on o.id = coalesce(u.merged_into, u.id)
     join threadkeep.account a on a.user_id = o.id
    where threadkeep.fold_case(u.username) = threadkeep.fold_case($1)`,
);

const READ = ownedStatement<StoredAccount>(
  'account.read',
  `select u.id, a.password, u.email, u.username, u.name, u.settings, u.status,
          u.sealed_fields as "sealedFields", a.verified_email as "verifiedEmail",
          a.verified_hmac as "verifiedHmac", coalesce(a.awaits_proof, false) as "awaitsProof"
     from threadkeep.app_user u
     left join threadkeep.account a on a.user_id = u.id and a.user_id = $1
    where u.id = $1`,
);

const CREATE = statement(
  'account.create',
  `insert into threadkeep.account (user_id, password, awaits_proof) values ($1, $2, $3)`,
);

/**
 * Users who registered and have not proved their address, in the order of their ids. One whom the
 * application has changed since, or given another password, is not among them. Nobody adds a row for
 * one of them, or sets the password, until the transaction ends. Rows that others hold are left for
 * the next run.
 */
const LOCK_UNPROVED = statement<{ id: string }>(
  'account.lock_unproved',
  `select u.id from threadkeep.app_user u join threadkeep.account a on a.user_id = u.id
    where u.status = 'pending' and a.awaits_proof and ($1::uuid is null or u.id > $1)
      and u.created_at < now() - make_interval(days => $2)
      and u.version = 1 and a.changed_at <= u.created_at
    order by u.id limit $3 for update of u, a skip locked`,
  { slow: true },
);

const NOT_AWAITED = statement<{ id: string }>(
  'account.not_awaited',
  `select u.id from unnest($1::uuid[]) as u (id)
    where not exists (select from threadkeep.mailed_secret m
                       where m.user_id = u.id and m.expires_at > now())
      and not exists (select from threadkeep.job j
                       where j.user_id = u.id and j.status in ('queued', 'running'))`,
  { slow: true },
);

const ADD = ownedStatement<{ added: boolean }>(
  'account.add',
  `insert into threadkeep.account (user_id, password) values ($1, $2)
     on conflict do nothing returning true as added`,
);

/** Without `$3` it replaces any password, else only the one that was verified. */
const SET_PASSWORD = ownedStatement<{ changed: boolean }>(
  'account.set_password',
  `update threadkeep.account set password = $2, changed_at = now()
    where user_id = $1 and password = coalesce($3, password) returning true as changed`,
);

const VERIFY = ownedStatement(
  'account.verify',
  `update threadkeep.account set verified_email = $2, verified_hmac = $3,
     awaits_proof = false where user_id = $1`,
);

const PREPARE_MAIL = ownedStatement(
  'mailed_secret.prepare',
  `insert into threadkeep.mailed_secret (user_id, purpose, email, sealed_email, hash, expires_at)
     values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
   on conflict (user_id, purpose) do update set email = excluded.email,
     sealed_email = excluded.sealed_email, hash = excluded.hash, expires_at = excluded.expires_at`,
);

const READ_MAIL = ownedStatement<StoredMail>(
  'mailed_secret.read',
  `select email, sealed_email as "sealedEmail", hash is not null as "isMailed",
          extract(epoch from expires_at - now())::float8 as "secondsLeft"
     from threadkeep.mailed_secret where user_id = $1 and purpose = $2`,
);

const REPLACE_MAIL = ownedStatement<{ replaced: boolean }>(
  'mailed_secret.replace',
  `update threadkeep.mailed_secret set hash = $5, expires_at = now() + make_interval(secs => $6)
    where user_id = $1 and purpose = $2 and email is not distinct from $3
      and sealed_email is not distinct from $4 returning true as replaced`,
);

const FIND_MAILED = ownedStatement<{ purpose: MailedPurpose }>(
  'mailed_secret.find',
  `select purpose from threadkeep.mailed_secret
    where user_id = $1 and hash = $2 and expires_at > now()`,
);

const TAKE_MAILED = ownedStatement<StoredAddress & { purpose: MailedPurpose }>(
  'mailed_secret.take',
  `delete from threadkeep.mailed_secret
    where user_id = $1 and hash = $2 and expires_at > now()
    returning purpose, email, sealed_email as "sealedEmail"`,
);

const FORGET_MAILED = ownedStatement(
  'mailed_secret.forget',
  `delete from threadkeep.mailed_secret where user_id = $1 and purpose = any ($2::text[])`,
);

/** Methods that do not say otherwise work in the scope of the user. */
@Injectable()
export class AccountsRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly addresses: AddressIndex,
    private readonly fields: UserFields,
    private readonly vault: Vault,
  ) {}

  /** As the system. @param login an e-mail address, or a username, which never has an `@` */
  async find(login: string): Promise<FoundAccount | null> {
    const [found] = login.includes('@')
      ? await this.database.read(FIND_BY_EMAIL, [login, await this.addresses.of(login)])
      : await this.database.read(FIND_BY_USERNAME, [login]);
    return found ?? null;
  }

  /** @returns null when there is no such user @throws AppError `vault.unreadable` */
  async read(): Promise<OwnAccount | null> {
    const [stored] = await this.database.read(READ, []);
    if (!stored) return null;
    const { password, email, username, name, status, awaitsProof, ...proved } =
      await this.fields.open(stored);
    const isVerified = await this.isVerified(email, proved.verifiedEmail, proved.verifiedHmac);
    return { password, email, username, name, status, awaitsProof, isVerified };
  }

  /** Whether there is the user of the scope. */
  async isThere(): Promise<boolean> {
    return (await this.database.read(READ, [])).length > 0;
  }

  /**
   * As the system: locks users who registered at least `days` ago and never proved their address.
   * @param after the id after which they begin
   */
  async lockUnproved(after: string | null, days: number, limit: number): Promise<string[]> {
    const found = await this.database.write(LOCK_UNPROVED, [after, days, limit]);
    return found.map(({ id }) => id);
  }

  /**
   * As the system: which of these users have no mailed secret that is valid, and no mail under way.
   * Lock the users before.
   */
  async notAwaited(userIds: string[]): Promise<string[]> {
    const found = await this.database.read(NOT_AWAITED, [userIds]);
    return found.map(({ id }) => id);
  }

  /** As the system: the account of a user who was created in this transaction. */
  async create(userId: string, password: string, awaitsProof: boolean): Promise<void> {
    await this.database.write(CREATE, [userId, password, awaitsProof]);
  }

  /** @returns false when the user has a password already */
  async add(password: string): Promise<boolean> {
    return (await this.database.write(ADD, [password])).length > 0;
  }

  /**
   * @param verified the stored hash that was verified, if one was
   * @returns false when the user has no password, or another one by now
   */
  async setPassword(password: string, verified: string | null): Promise<boolean> {
    return (await this.database.write(SET_PASSWORD, [password, verified])).length > 0;
  }

  async verify(email: string): Promise<void> {
    const { isOn } = this.addresses;
    const values = isOn ? [null, await this.addresses.of(email)] : [email, null];
    await this.database.write(VERIFY, values);
  }

  /** @param hash null until the mail is about to be sent */
  async prepareMail(
    purpose: MailedPurpose,
    email: string,
    hash: Buffer | null,
    seconds: number,
  ): Promise<void> {
    const sealed = this.addresses.isOn
      ? await this.vault.seal(placeOfMailed(purpose), email)
      : null;
    const plain = sealed ? null : email;
    await this.database.write(PREPARE_MAIL, [purpose, plain, sealed, hash, seconds]);
  }

  /** The last secret of this purpose, or one that is about to be mailed. */
  async readMail(purpose: MailedPurpose): Promise<MailedRow | null> {
    const [row] = await this.database.read(READ_MAIL, [purpose]);
    if (!row) return null;
    const { email, sealedEmail, isMailed, secondsLeft } = row;
    const stored = { email, sealedEmail };
    return { email: await this.opened(purpose, stored), stored, isMailed, secondsLeft };
  }

  /** As `prepareMail`, for a mail that was asked for. @returns false when it is not wanted any more */
  async replaceMail(
    purpose: MailedPurpose,
    { stored: { email, sealedEmail } }: MailedRow,
    hash: Buffer,
    seconds: number,
  ): Promise<boolean> {
    const values = [purpose, email, sealedEmail, hash, seconds];
    return (await this.database.write(REPLACE_MAIL, values)).length > 0;
  }

  async findMailed(hash: Buffer): Promise<MailedPurpose | null> {
    return (await this.database.read(FIND_MAILED, [hash]))[0]?.purpose ?? null;
  }

  /** Uses a mailed secret up. @returns its address, or null when it was used before */
  async takeMailed(hash: Buffer): Promise<string | null> {
    const [taken] = await this.database.write(TAKE_MAILED, [hash]);
    return taken ? this.opened(taken.purpose, taken) : null;
  }

  async forgetMailed(purposes: MailedPurpose[]): Promise<void> {
    await this.database.write(FORGET_MAILED, [purposes]);
  }

  private async opened(purpose: string, { email, sealedEmail }: StoredAddress): Promise<string> {
    return sealedEmail ? this.vault.open(placeOfMailed(purpose), sealedEmail) : email!;
  }

  private async isVerified(
    email: string | null,
    verifiedEmail: string | null,
    verifiedHmac: Buffer | null,
  ): Promise<boolean> {
    if (email === null) return false;
    if (verifiedHmac) return verifiedHmac.equals((await this.addresses.of(email)) ?? Buffer.of());
    return verifiedEmail !== null && foldAddress(email) === foldAddress(verifiedEmail);
  }
}
