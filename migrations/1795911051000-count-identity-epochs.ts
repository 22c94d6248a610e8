import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APP_ROLE, SYSTEM_ROLE } from '../src/platform/database/setup/row-level-security.js';

const TABLES = ['api_key', 'app_user'];

/** Counters that every scope compares with what its process knew: a key or a name that has changed stops at the next statement. */
export class CountIdentityEpochs1795911051000 implements MigrationInterface {
  name = 'CountIdentityEpochs1795911051000';

  async up(runner: QueryRunner): Promise<void> {
    await createEpochs(runner);
    await createChecks(runner);
    for (const table of TABLES)
      await runner.query(`drop trigger ${table}__announce on threadkeep.${table}`);
    await runner.query(`drop function threadkeep.announce_principal_change()`);
    await createTriggers(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop trigger api_key__changed on threadkeep.api_key`);
    await runner.query(`drop trigger api_key__removed on threadkeep.api_key`);
    await runner.query(`drop trigger app_user__renamed on threadkeep.app_user`);
    await runner.query(`drop trigger app_user__removed on threadkeep.app_user`);
    await runner.query(
      `drop function threadkeep.open_scope, threadkeep.stale_identity, threadkeep.key_changed, threadkeep.user_changed, threadkeep.count_epoch`,
    );
    await runner.query(`drop table threadkeep.identity_epoch`);
    await runner.query(`drop function threadkeep.identity_slot, threadkeep.count_up`);
    await announceAsBefore(runner);
  }
}

/** 4096 counters: a change invalidates what is known of one identity in 4096, and two changes hardly ever wait for each other. */
async function createEpochs(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.identity_epoch (
      slot   smallint not null constraint identity_epoch__pk primary key constraint identity_epoch__slot_known check (slot between 0 and 4095),
      number integer  not null default 1
    ) with (fillfactor = 50)`);
  await runner.query(
    `insert into threadkeep.identity_epoch (slot) select generate_series(0, 4095)`,
  );
  // The ids are UUIDv7, whose last digits are random.
  await runner.query(`
    create function threadkeep.identity_slot(id uuid) returns smallint language sql immutable as
    $$ select ('x' || right(id::text, 3))::bit(12)::integer::smallint $$`);
  await runner.query(`alter table threadkeep.identity_epoch enable row level security`);
  await runner.query(`alter table threadkeep.identity_epoch force row level security`);
  await runner.query(
    `create policy identity_epoch__read on threadkeep.identity_epoch for select to ${APP_ROLE} using (true)`,
  );
  await runner.query(
    `create policy identity_epoch__count on threadkeep.identity_epoch for update to ${APP_ROLE} using (true) with check (true)`,
  );
  await runner.query(
    `create policy identity_epoch__system on threadkeep.identity_epoch for all to ${SYSTEM_ROLE} using (true) with check (true)`,
  );
  await runner.query(
    `grant select, update (number) on threadkeep.identity_epoch to ${APP_ROLE}, ${SYSTEM_ROLE}`,
  );
  // Whatever an update says, it counts up: a number that went back would make known again what has changed since.
  await runner.query(`
    create function threadkeep.count_up() returns trigger language plpgsql as
    $$ begin new.number := old.number + 1; return new; end $$`);
  await runner.query(`
    create trigger identity_epoch__count_up before update on threadkeep.identity_epoch
      for each row execute function threadkeep.count_up()`);
}

/** `stale_identity` refuses; `open_scope` is for connections that keep no prepared statement, where parsing the whole would cost more than it. */
async function createChecks(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create function threadkeep.stale_identity() returns text language plpgsql as
    $$ begin raise exception 'the identity has changed' using errcode = 'TK001'; end $$`);
  // The check comes first: under one role the plan is kept, and a change of role would have it made again.
  await runner.query(`
    create function threadkeep.open_scope(setting text, owner text, statement text, lock text, idle text, read_only boolean,
                                          key_slot smallint, key_number integer, user_slot smallint, user_number integer) returns void language plpgsql as $$
    declare said text;
    begin
      if key_slot is not null and (select number from threadkeep.identity_epoch where slot = key_slot) > key_number then said := threadkeep.stale_identity(); end if;
      if user_slot is not null and (select number from threadkeep.identity_epoch where slot = user_slot) > user_number then said := threadkeep.stale_identity(); end if;
      said := set_config('statement_timeout', statement, true);
      said := set_config('lock_timeout', lock, true);
      said := set_config('idle_in_transaction_session_timeout', idle, true);
      if read_only then said := set_config('transaction_read_only', 'on', true); end if;
      if setting = 'app.user_id' then said := set_config('enable_seqscan', 'off', true); end if;
      said := set_config(setting, owner, true);
    end $$`);
}

/** Deferred to the commit, so that a long transaction holds no counter. A key of a user counts for its user, whose removal takes it along. */
async function createTriggers(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create function threadkeep.count_epoch(subject uuid) returns void language plpgsql as $$
    begin
      update threadkeep.identity_epoch set number = number + 1 where slot = threadkeep.identity_slot(subject);
      perform pg_notify('threadkeep_principals', threadkeep.identity_slot(subject)::text);
    end $$`);
  await runner.query(`
    create function threadkeep.key_changed() returns trigger language plpgsql as
    $$ begin perform threadkeep.count_epoch(coalesce(old.user_id, old.id)); return null; end $$`);
  await runner.query(`
    create function threadkeep.user_changed() returns trigger language plpgsql as
    $$ begin perform threadkeep.count_epoch(old.id); return null; end $$`);
  await runner.query(`
    create constraint trigger api_key__changed after update on threadkeep.api_key deferrable initially deferred
      for each row when (old.revoked_at is distinct from new.revoked_at or old.read_only <> new.read_only or old.hash <> new.hash
                         or old.expires_at is distinct from new.expires_at or old.scopes is distinct from new.scopes
                         or old.user_id is distinct from new.user_id) execute function threadkeep.key_changed()`);
  await runner.query(`
    create constraint trigger api_key__removed after delete on threadkeep.api_key deferrable initially deferred
      for each row when (old.revoked_at is null) execute function threadkeep.key_changed()`);
  await runner.query(`
    create constraint trigger app_user__renamed after update on threadkeep.app_user deferrable initially deferred
      for each row when (old.external_id is distinct from new.external_id or old.id <> new.id) execute function threadkeep.user_changed()`);
  await runner.query(`
    create constraint trigger app_user__removed after delete on threadkeep.app_user deferrable initially deferred
      for each row execute function threadkeep.user_changed()`);
}

async function announceAsBefore(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create function threadkeep.announce_principal_change() returns trigger language plpgsql as
    $$ begin perform pg_notify('threadkeep_principals', ''); return null; end $$`);
  await runner.query(`
    create trigger api_key__announce after insert or update or delete on threadkeep.api_key
      for each statement execute function threadkeep.announce_principal_change()`);
  await runner.query(`
    create trigger app_user__announce after update of external_id or delete on threadkeep.app_user
      for each statement execute function threadkeep.announce_principal_change()`);
}
