// What a merge does about accounts: passwords of both users cannot stand, and tokens and mailed
// secrets name the user who is no longer there. Its undo gives each user the password back.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ScopedDatabase, statement } from '../../platform/database/index.js';
import { AddressIndex } from '../sealing/address-index.js';
import { UsersRepository } from '../users.repository.js';
import { type LoginName, type MergeStep, MergeSteps } from '../merging/merge-steps.js';

/** The account of the first user, and the names that the other user took from it. */
interface KeptAccount extends Login {
  account: Record<string, unknown>;
  /** False when the other user had a password, and the first user's was removed. */
  moved: boolean;
}

interface Login {
  email: string | null;
  username: string | null;
}

const NO_LOGIN: Login = { email: null, username: null };

const FIND = statement<Pick<KeptAccount, 'account' | 'moved'>>(
  'account.find_merged',
  `select to_jsonb(a) as account,
          not exists (select from threadkeep.account where user_id = $2) as moved
     from threadkeep.account a where a.user_id = $1`,
);

/** Removes the password of the first user only when the other has one. */
const END = statement(
  'account.end_merged',
  `with ended as (
     update threadkeep.user_session set ended_at = now() where user_id = $1 and ended_at is null),
   forgotten as (delete from threadkeep.mailed_secret where user_id = $1)
   delete from threadkeep.account
    where user_id = $1 and exists (select from threadkeep.account where user_id = $2)`,
);

/** Frees the names that the other user takes: they are unique. */
const GIVE_UP_LOGIN = statement(
  'user.give_up_login',
  `update threadkeep.app_user set email = case when $2 then null else email end,
     email_hmac = case when $2 then null else email_hmac end,
     username = case when $3 then null else username end
    where id = $1`,
);

/**
 * Removes the password of the second user when it is the first user's, and ends what was begun
 * with it.
 */
const END_TAKEN = statement(
  'account.end_taken',
  `with gone as (
     delete from threadkeep.account where user_id = $1 and password = $2 returning user_id),
   ended as (
     update threadkeep.user_session s set ended_at = now() from gone
      where s.user_id = gone.user_id and s.ended_at is null)
   delete from threadkeep.mailed_secret m using gone where m.user_id = gone.user_id`,
);

const RESTORE = statement(
  'account.restore_merged',
  `insert into threadkeep.account
   select r.* from jsonb_populate_record(null::threadkeep.account,
     $2::jsonb || jsonb_build_object('user_id', $1::uuid)) r`,
);

/**
 * Takes back the names that the account still has. One that it has changed or removed since belongs
 * to nobody.
 */
const FREE_LOGIN = statement<Login>(
  'user.free_login_of_merged',
  `with had as (
     select id, case when email = $2 then email end as email,
            case when username = $3 then username end as username
       from threadkeep.app_user where id = $1)
   update threadkeep.app_user u set version = u.version + 1, updated_at = now(),
     email = case when had.email is null then u.email end,
     email_hmac = case when had.email is null then u.email_hmac end,
     username = case when had.username is null then u.username end
     from had where u.id = had.id returning had.email, had.username`,
);

/** Leaves a name out that another user has by now, in the clear or sealed. */
const RESTORE_LOGIN = statement(
  'user.restore_login_of_merged',
  `update threadkeep.app_user n set
     email = coalesce(n.email, case when not exists (select from threadkeep.app_user o
       where threadkeep.fold_case(o.email) = threadkeep.fold_case($2) or o.email_hmac = $4)
       then $2 end),
     username = coalesce(n.username, case when not exists (select from threadkeep.app_user o
       where threadkeep.fold_case(o.username) = threadkeep.fold_case($3)) then $3 end)
    where n.id = $1`,
);

/** Names that the account no longer has, or another user has, too. */
const TAKEN_NAMES = statement<{ name: LoginName }>(
  'user.taken_names_of_merged',
  `select g.name from (values ('email', $2::text), ('username', $3::text)) g (name, value)
    where g.value is not null and (
      not exists (select from threadkeep.app_user u where u.id = $1
        and case g.name when 'email' then u.email else u.username end = g.value)
      or exists (select from threadkeep.app_user o where o.id <> $1 and case g.name
        when 'email' then threadkeep.fold_case(o.email) = threadkeep.fold_case(g.value)
          or o.email_hmac = $4
        else threadkeep.fold_case(o.username) = threadkeep.fold_case(g.value) end))`,
);

@Injectable()
export class MergeAccounts implements MergeStep, OnModuleInit {
  readonly name = 'accounts';
  readonly settles = { account__pk: 'true', mailed_secret__pk: 'true' };

  constructor(
    private readonly database: ScopedDatabase,
    private readonly steps: MergeSteps,
    private readonly users: UsersRepository,
    private readonly addresses: AddressIndex,
  ) {}

  onModuleInit(): void {
    this.steps.register(this);
  }

  async run(from: string, to: string): Promise<KeptAccount[]> {
    const [found] = await this.database.write(FIND, [from, to]);
    await this.database.write(END, [from, to]);
    if (!found) return [];
    const taken = found.moved ? await this.takeLogin(from, to) : NO_LOGIN;
    return [{ ...found, ...taken }];
  }

  /** @returns the names that the second user took */
  private async takeLogin(from: string, to: string): Promise<Login> {
    const given = await this.users.lock(from);
    const kept = await this.users.lock(to);
    if (!given || !kept) return NO_LOGIN;
    const email = kept.email === null ? given.email : null;
    const username = kept.username === null ? given.username : null;
    await this.database.write(GIVE_UP_LOGIN, [from, email !== null, username !== null]);
    if (email === null && username === null) return NO_LOGIN;
    const taken = { ...(email !== null && { email }), ...(username !== null && { username }) };
    await this.users.update(to, taken);
    return { email, username };
  }

  async undo(from: string, to: string, [kept]: readonly KeptAccount[]): Promise<void> {
    if (!kept) return;
    const { account, moved, email, username } = kept;
    if (moved) await this.database.write(END_TAKEN, [to, account['password']]);
    await this.database.write(RESTORE, [from, account]);
    if (email === null && username === null) return;
    const [freed] = await this.database.write(FREE_LOGIN, [to, email, username]);
    if (!freed) return;
    await this.database.write(RESTORE_LOGIN, [
      from,
      freed.email,
      freed.username,
      await this.addressHash(freed.email),
    ]);
  }

  async takenNames(to: string, [kept]: readonly KeptAccount[]): Promise<LoginName[]> {
    if (!kept) return [];
    const taken = await this.database.read(TAKEN_NAMES, [
      to,
      kept.email,
      kept.username,
      await this.addressHash(kept.email),
    ]);
    return taken.map(({ name }) => name);
  }

  private addressHash(email: string | null): Promise<Buffer | null> {
    return email === null ? Promise.resolve(null) : this.addresses.of(email);
  }
}
