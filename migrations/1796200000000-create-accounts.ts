import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  protectSystemTable,
  protectTable,
} from '../src/platform/database/setup/row-level-security.js';

const OF_USER = `references threadkeep.app_user (id) on delete cascade`;

/** Passwords of users, their sessions, secrets that were mailed, and the keys of access tokens. */
export class CreateAccounts1796200000000 implements MigrationInterface {
  name = 'CreateAccounts1796200000000';

  async up(runner: QueryRunner): Promise<void> {
    await createAccounts(runner);
    await createSessions(runner);
    await createMailedSecrets(runner);
    await createTokenKeys(runner);
    await followUsers(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop trigger app_user__access_changed on threadkeep.app_user`);
    await runner.query(`drop function threadkeep.access_changed`);
    await runner.query(
      `drop table threadkeep.token_key, threadkeep.mailed_secret, threadkeep.user_session, threadkeep.account`,
    );
  }
}

async function createAccounts(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.account (
      user_id        uuid           not null constraint account__pk primary key
                                    constraint account__user_fk ${OF_USER},
      password       text           not null constraint account__password_form
                                    check (password like '$argon2id$%' and char_length(password) <= 255),
      changed_at     timestamptz(3) not null default now(),
      awaits_proof   boolean        not null default false,
      verified_email text           constraint account__verified_email_length
                                    check (char_length(verified_email) between 3 and 320)
    )`);
  await protectTable(runner, { table: 'account', grant: 'select, insert, update' });
}

/** A session that ends is a credential that ends, so it counts as a changed key does. */
async function createSessions(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.user_session (
      user_id      uuid           not null constraint user_session__user_fk ${OF_USER},
      id           uuid           not null,
      hash         bytea          not null,
      turn         bytea          not null,
      last_turn    bytea,
      turn_key     bytea          not null,
      client       text           constraint user_session__client_length
                                  check (char_length(client) between 1 and 200),
      created_at   timestamptz(3) not null default now(),
      turned_at    timestamptz(3) not null default now(),
      expires_at   timestamptz(3) not null,
      ended_at     timestamptz(3),
      constraint user_session__pk primary key (user_id, id),
      constraint user_session__hash unique (user_id, hash)
    )`);
  await protectTable(runner, { table: 'user_session' });
  await runner.query(`
    create constraint trigger user_session__changed after update on threadkeep.user_session
      deferrable initially deferred for each row
      when (old.ended_at is distinct from new.ended_at or old.user_id <> new.user_id)
      execute function threadkeep.key_changed()`);
}

/**
 * A secret that was mailed is for the address and the status of then. Who is disabled is signed out,
 * and not signed in again when that ends.
 */
async function followUsers(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create function threadkeep.access_changed() returns trigger language plpgsql as $$
    begin
      delete from threadkeep.mailed_secret where user_id = new.id;
      if new.status = 'disabled' then
        update threadkeep.user_session set ended_at = now()
         where user_id = new.id and ended_at is null;
      end if;
      return null;
    end $$`);
  await runner.query(`
    create trigger app_user__access_changed after update on threadkeep.app_user for each row
      when (old.id = new.id
        and (old.email is distinct from new.email or old.status <> new.status))
      execute function threadkeep.access_changed()`);
}

async function createMailedSecrets(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.mailed_secret (
      user_id    uuid           not null constraint mailed_secret__user_fk ${OF_USER},
      purpose    text           not null constraint mailed_secret__purpose_known
                                check (purpose in ('verify', 'reset', 'change')),
      email      text           not null constraint mailed_secret__email_length
                                check (char_length(email) between 3 and 320),
      hash       bytea,
      expires_at timestamptz(3) not null,
      constraint mailed_secret__pk primary key (user_id, purpose)
    )`);
  await protectTable(runner, { table: 'mailed_secret' });
}

async function createTokenKeys(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.token_key (
      id         text           not null constraint token_key__pk primary key
                                constraint token_key__id_length check (char_length(id) between 1 and 64),
      public_key jsonb          not null,
      sealed     bytea          not null,
      created_at timestamptz(3) not null default now()
    )`);
  await protectSystemTable(runner, 'token_key');
}
