import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  eraseAnswersOfDeleted,
  eraseAnswersOfHidden,
  eraseServiceAnswersOfDeleted,
} from '../src/platform/idempotency/erased-answers.js';
import {
  protectSystemTable,
  protectTable,
} from '../src/platform/database/setup/row-level-security.js';

const OWNED = ['agent_config', 'conversation', 'event', 'mcp_server', 'memory', 'summary', 'task'];
/** Their rows can be restored. */
const KEPT = ['conversation', 'event', 'task'];
const SERVICE = ['service_agent_config', 'service_mcp_server'];

/** What a remembered answer shows is noted beside it, and when that goes, the answer goes in the same transaction. */
export class EraseAnswers1795911030000 implements MigrationInterface {
  name = 'EraseAnswers1795911030000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.app_user add column last_erasure bigint`);
    await nameSubjects(runner);
    await nameServiceSubjects(runner);
    await createFunctions(runner);
    for (const table of OWNED) await eraseAnswersOfDeleted(runner, table);
    for (const table of KEPT) await eraseAnswersOfHidden(runner, table, 'deleted_at', 'when set');
    await eraseAnswersOfHidden(runner, 'memory', 'content', 'when null');
    for (const table of SERVICE) await eraseServiceAnswersOfDeleted(runner, table);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...OWNED, ...SERVICE])
      await runner.query(`drop trigger ${table}__erase_answers on threadkeep.${table}`);
    for (const table of [...KEPT, 'memory'])
      await runner.query(`drop trigger ${table}__erase_answers_hidden on threadkeep.${table}`);
    await runner.query(
      `drop table threadkeep.idempotency_subject, threadkeep.service_idempotency_subject`,
    );
    await runner.query(
      `drop function threadkeep.erase_answers(), threadkeep.erase_answers_of_row(), threadkeep.erase_service_answers(), threadkeep.erase_answer_of_subject()`,
    );
    await runner.query(`alter table threadkeep.idempotency_key drop column named`);
    await runner.query(`alter table threadkeep.service_idempotency_key drop column named`);
    await runner.query(`alter table threadkeep.app_user drop column last_erasure`);
  }
}

/** Answers of the version before are not `named`: whatever the user removes erases them, until they expire. */
async function nameSubjects(runner: QueryRunner): Promise<void> {
  await runner.query(
    `alter table threadkeep.idempotency_key add column named boolean not null default false`,
  );
  await runner.query(
    `create index idempotency_key__unnamed on threadkeep.idempotency_key (user_id) where not named`,
  );
  await runner.query(`
    create table threadkeep.idempotency_subject (
      user_id uuid not null,
      subject uuid not null,
      key     text not null,
      constraint idempotency_subject__pk primary key (user_id, subject, key),
      constraint idempotency_subject__key_fk foreign key (user_id, key) references threadkeep.idempotency_key (user_id, key) on delete cascade
    )`);
  await runner.query(
    `create index idempotency_subject__key on threadkeep.idempotency_subject (user_id, key)`,
  );
  await protectTable(runner, { table: 'idempotency_subject' });
}

/** Nothing says of whom the service's answers of the version before are: they go now. Their keys stay used. */
async function nameServiceSubjects(runner: QueryRunner): Promise<void> {
  await runner.query(
    `alter table threadkeep.service_idempotency_key add column named boolean not null default false`,
  );
  await runner.query(
    `update threadkeep.service_idempotency_key set status = 410, headers = '{}', body = 'null'`,
  );
  await runner.query(`
    create table threadkeep.service_idempotency_subject (
      key     text not null constraint service_idempotency_subject__key_fk references threadkeep.service_idempotency_key (key) on delete cascade,
      subject uuid not null,
      person  uuid constraint service_idempotency_subject__person_fk references threadkeep.app_user (id) on delete cascade,
      constraint service_idempotency_subject__pk primary key (key, subject)
    )`);
  await runner.query(
    `create index service_idempotency_subject__subject on threadkeep.service_idempotency_subject (subject)`,
  );
  await runner.query(
    `create index service_idempotency_subject__person on threadkeep.service_idempotency_subject (person) where person is not null`,
  );
  await protectSystemTable(runner, 'service_idempotency_subject');
}

async function createFunctions(runner: QueryRunner): Promise<void> {
  await runner.query(eraseAnswers('erase_answers', `select distinct user_id, id from gone`));
  await runner.query(
    eraseAnswers('erase_answers_of_row', `select new.user_id as user_id, new.id as id`),
  );
  await runner.query(`
    create function threadkeep.erase_service_answers() returns trigger language plpgsql as $$
    begin
      delete from threadkeep.service_idempotency_subject s using gone where s.subject = gone.id;
      return null;
    end $$`);
  // Before, so that it runs under the rights of the foreign key when the user deletes herself, who may not touch this table.
  await runner.query(`
    create function threadkeep.erase_answer_of_subject() returns trigger language plpgsql as $$
    begin
      update threadkeep.service_idempotency_key set status = 410, headers = '{}', body = 'null' where key = old.key and status <> 410;
      return old;
    end $$`);
  await runner.query(`
    create trigger service_idempotency_subject__erase_answer before delete on threadkeep.service_idempotency_subject
      for each row execute function threadkeep.erase_answer_of_subject()`);
}

/**
 * Waits for the answers that are being saved, which hold the user's row, and leaves a mark in it for those that are saved later: they
 * are made again. The second statement has a snapshot of its own, and so sees what the first one waited for. Each subject is
 * looked up by the index, however many have gone.
 */
function eraseAnswers(name: string, gone: string): string {
  return `
    create function threadkeep.${name}() returns trigger language plpgsql as $$
    begin
      update threadkeep.app_user u set last_erasure = pg_current_xact_id()::text::bigint
       where u.id in (select o.user_id from (${gone}) o) and u.last_erasure is distinct from pg_current_xact_id()::text::bigint;
      with named as (
        select n.user_id, n.key from (${gone}) o
         cross join lateral (select s.user_id, s.key from threadkeep.idempotency_subject s where s.user_id = o.user_id and s.subject = o.id offset 0) n
        union
        select k.user_id, k.key from threadkeep.idempotency_key k where k.user_id in (select o.user_id from (${gone}) o) and not k.named)
      update threadkeep.idempotency_key k set status = 410, headers = '{}', body = 'null', named = true
        from named where k.user_id = named.user_id and k.key = named.key and k.status <> 410;
      return null;
    end $$`;
}
