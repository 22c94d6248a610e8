import type { MigrationInterface, QueryRunner } from 'typeorm';

const CHANGED = `
  create trigger app_user__access_changed after update on threadkeep.app_user for each row
    when (old.id = new.id and (old.status <> new.status or %))
    execute function threadkeep.access_changed()`;

/**
 * Sealing a row changes no address. So a change of an address is one of a row that was sealed before
 * and after, or neither.
 */
const ADDRESS_CHANGED = `(
  (old.sealed_fields is null) = (new.sealed_fields is null)
  and (old.email is distinct from new.email
    or new.sealed_fields is not null and old.email_hmac is distinct from new.email_hmac))`;

/** Columns for sealed fields of users. The next migration validates the constraints. */
export class SealUsers1796400000000 implements MigrationInterface {
  name = 'SealUsers1796400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table threadkeep.app_user add column sealed_fields bytea, add column email_hmac bytea`);
    await runner.query(`
      alter table threadkeep.app_user
        add constraint app_user__sealed_fields_size
          check (octet_length(sealed_fields) between 29 and 1048576) not valid,
        add constraint app_user__sealed_alone
          check (sealed_fields is null or (email is null and name is null and settings = '{}')) not valid,
        add constraint app_user__email_hmac_size check (octet_length(email_hmac) = 32) not valid`);
    await runner.query(`
      alter table threadkeep.account add column verified_hmac bytea,
        add constraint account__verified_hmac_size check (octet_length(verified_hmac) = 32) not valid`);
    await runner.query(`
      alter table threadkeep.mailed_secret alter column email drop not null,
        add column sealed_email bytea`);
    await runner.query(`
      alter table threadkeep.mailed_secret
        add constraint mailed_secret__sealed_email_size
          check (octet_length(sealed_email) between 29 and 2048) not valid,
        add constraint mailed_secret__one_email
          check ((email is null) <> (sealed_email is null)) not valid`);
    await followAddresses(runner);
  }

  /** Refuses while values would be lost. */
  async down(runner: QueryRunner): Promise<void> {
    // An owner that is no superuser sees no rows while the policies bind it.
    for (const table of ['app_user', 'account', 'mailed_secret'])
      await runner.query(`alter table threadkeep.${table} no force row level security`);
    await runner.query(`
      do $$ begin
        if exists (select from threadkeep.app_user where sealed_fields is not null)
          or exists (select from threadkeep.account where verified_hmac is not null)
          or exists (select from threadkeep.mailed_secret where sealed_email is not null) then
          raise exception 'threadkeep: there are sealed fields of users: set SEAL_USERS=false, and wait for the job user.seal';
        end if;
      end $$`);
    for (const table of ['app_user', 'account', 'mailed_secret'])
      await runner.query(`alter table threadkeep.${table} force row level security`);
    await runner.query(`drop trigger app_user__email_hmac_follows on threadkeep.app_user`);
    await runner.query(`drop function threadkeep.forget_email_hmac`);
    await runner.query(`drop trigger app_user__access_changed on threadkeep.app_user`);
    await runner.query(CHANGED.replace('%', 'old.email is distinct from new.email'));
    await runner.query(`alter table threadkeep.mailed_secret drop column sealed_email`);
    await runner.query(`alter table threadkeep.mailed_secret alter column email set not null`);
    await runner.query(`alter table threadkeep.account drop column verified_hmac`);
    await runner.query(`
      alter table threadkeep.app_user drop column sealed_fields, drop column email_hmac`);
  }
}

/** A process that does not know the key changes an address without its HMAC. */
async function followAddresses(runner: QueryRunner): Promise<void> {
  await runner.query(`drop trigger app_user__access_changed on threadkeep.app_user`);
  await runner.query(CHANGED.replace('%', ADDRESS_CHANGED));
  await runner.query(`
    create function threadkeep.forget_email_hmac() returns trigger language plpgsql as $$
    begin
      if threadkeep.fold_case(old.email) is distinct from threadkeep.fold_case(new.email) then
        new.email_hmac := null;
      end if;
      return new;
    end $$`);
  await runner.query(`
    create trigger app_user__email_hmac_follows before update on threadkeep.app_user for each row
      when (old.email is distinct from new.email and old.email_hmac = new.email_hmac
        and old.sealed_fields is null and new.sealed_fields is null)
      execute function threadkeep.forget_email_hmac()`);
}
