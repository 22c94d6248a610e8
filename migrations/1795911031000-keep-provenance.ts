import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What comes from a conversation keeps naming it, and its messages, after they have been purged. */
export class KeepProvenance1795911031000 implements MigrationInterface {
  name = 'KeepProvenance1795911031000';

  async up(runner: QueryRunner): Promise<void> {
    await requireConversations(runner);
    await keepSources(runner);
    await markRemoved(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop trigger conversation__mark_removed on threadkeep.conversation`);
    for (const table of ['task', 'event']) await dropChecks(runner, table, 'conversation');
    await dropChecks(runner, 'conversation', 'forked_from');
    await runner.query(`drop trigger memory__conversation_known on threadkeep.memory`);
    await runner.query(`drop trigger memory_source__message_known on threadkeep.memory_source`);
    await runner.query(
      `drop function threadkeep.mark_removed(), threadkeep.require_conversation(), threadkeep.require_forked_from(),
         threadkeep.require_conversation_of_memory(), threadkeep.require_source()`,
    );
    await forgetRemoved(runner);
    await runner.query(`alter table threadkeep.conversation drop column forked_from_removed`);
    await runner.query(
      `alter table threadkeep.memory_source drop column conversation_id, drop column removed`,
    );
    await addForeignKeys(runner);
  }
}

/** In place of foreign keys, which would change or remove what names a conversation when that is purged. They refuse under the names those had, after the policies. */
async function requireConversations(runner: QueryRunner): Promise<void> {
  await runner.query(requiring('require_conversation', 'conversation_id'));
  await runner.query(requiring('require_forked_from', 'forked_from_id'));
  for (const table of ['task', 'event']) await check(runner, table, 'conversation');
  await check(runner, 'conversation', 'forked_from');
  // Versions of a memory that follow a purge still name the conversation.
  await runner.query(`
    create function threadkeep.require_conversation_of_memory() returns trigger language plpgsql as $$
    begin
      perform from threadkeep.conversation c where c.user_id = new.user_id and c.id = new.conversation_id for key share;
      if not found then
        perform from threadkeep.memory m where m.user_id = new.user_id and m.id = new.id and m.version < new.version and m.conversation_id = new.conversation_id;
      end if;
      if not found then raise exception 'no such conversation' using errcode = 'foreign_key_violation', constraint = 'memory__conversation_fk'; end if;
      return null;
    end $$`);
  await runner.query(`alter table threadkeep.memory drop constraint memory__conversation_fk`);
  await runner.query(`
    create trigger memory__conversation_known after insert on threadkeep.memory
      for each row when (new.conversation_id is not null) execute function threadkeep.require_conversation_of_memory()`);
}

function requiring(name: string, column: string): string {
  return `
    create function threadkeep.${name}() returns trigger language plpgsql as $$
    begin
      perform from threadkeep.conversation c where c.user_id = new.user_id and c.id = new.${column} for key share;
      if not found then raise exception 'no such conversation' using errcode = 'foreign_key_violation', constraint = tg_argv[0]; end if;
      return null;
    end $$`;
}

async function check(
  runner: QueryRunner,
  table: string,
  reference: 'conversation' | 'forked_from',
): Promise<void> {
  const [column, call] = [
    `${reference}_id`,
    `threadkeep.require_${reference}('${table}__${reference}_fk')`,
  ];
  await runner.query(`alter table threadkeep.${table} drop constraint ${table}__${reference}_fk`);
  await runner.query(`
    create trigger ${table}__${reference}_known after insert on threadkeep.${table}
      for each row when (new.${column} is not null) execute function ${call}`);
  await runner.query(`
    create trigger ${table}__${reference}_known_still after update of ${column} on threadkeep.${table}
      for each row when (new.${column} is not null and new.${column} is distinct from old.${column}) execute function ${call}`);
}

async function dropChecks(runner: QueryRunner, table: string, reference: string): Promise<void> {
  await runner.query(`drop trigger ${table}__${reference}_known on threadkeep.${table}`);
  await runner.query(`drop trigger ${table}__${reference}_known_still on threadkeep.${table}`);
}

/** A source names the conversation of its message, by which it is found when both are gone: a message that has none is refused by the check. */
async function keepSources(runner: QueryRunner): Promise<void> {
  await runner.query(
    `alter table threadkeep.memory_source add column conversation_id uuid, add column removed boolean not null default false`,
  );
  await runner.query(`
    update threadkeep.memory_source s set conversation_id = m.conversation_id from threadkeep.message m where m.user_id = s.user_id and m.id = s.message_id`);
  await runner.query(`alter table threadkeep.memory_source drop constraint memory_source__message_fk,
      add constraint memory_source__message_known check (conversation_id is not null)`);
  await runner.query(
    `create index memory_source__conversation on threadkeep.memory_source (user_id, conversation_id)`,
  );
  await runner.query(
    `create index memory_source__removed on threadkeep.memory_source (user_id, memory_id) where removed`,
  );
  await runner.query(`
    create function threadkeep.require_source() returns trigger language plpgsql as $$
    begin
      select m.conversation_id into new.conversation_id from threadkeep.message m where m.user_id = new.user_id and m.id = new.message_id;
      perform from threadkeep.conversation c where c.user_id = new.user_id and c.id = new.conversation_id for key share;
      new.removed := not found;
      return new;
    end $$`);
  await runner.query(`
    create trigger memory_source__message_known before insert on threadkeep.memory_source
      for each row execute function threadkeep.require_source()`);
}

/** In the transaction of the purge, whichever statement it is. A fork says something else from then on, and so is in another version. */
async function markRemoved(runner: QueryRunner): Promise<void> {
  await runner.query(
    `alter table threadkeep.conversation add column forked_from_removed boolean not null default false`,
  );
  await runner.query(`
    create function threadkeep.mark_removed() returns trigger language plpgsql as $$
    begin
      update threadkeep.memory_source s set removed = true from gone g where s.user_id = g.user_id and s.conversation_id = g.id and not s.removed;
      update threadkeep.conversation c set forked_from_removed = true, version = c.version + 1 from gone g where c.user_id = g.user_id and c.forked_from_id = g.id;
      return null;
    end $$`);
  await runner.query(`
    create trigger conversation__mark_removed after delete on threadkeep.conversation referencing old table as gone
      for each statement execute function threadkeep.mark_removed()`);
}

/** As the foreign keys would have done. */
async function forgetRemoved(runner: QueryRunner): Promise<void> {
  const gone = (row: string, column: string) =>
    `${row}.${column} is not null and not exists (select from threadkeep.conversation c where c.user_id = ${row}.user_id and c.id = ${row}.${column})`;
  for (const table of ['task', 'event'])
    await runner.query(
      `update threadkeep.${table} t set conversation_id = null where ${gone('t', 'conversation_id')}`,
    );
  await runner.query(
    `update threadkeep.conversation t set forked_from_id = null where ${gone('t', 'forked_from_id')}`,
  );
  await runner.query(`delete from threadkeep.memory t where ${gone('t', 'conversation_id')}`);
  await runner.query(`
    delete from threadkeep.memory_source s where not exists (select from threadkeep.message m where m.user_id = s.user_id and m.id = s.message_id)`);
}

async function addForeignKeys(runner: QueryRunner): Promise<void> {
  const conversation = `references threadkeep.conversation (user_id, id)`;
  for (const table of ['task', 'event']) {
    await runner.query(
      `alter table threadkeep.${table} add constraint ${table}__conversation_fk foreign key (user_id, conversation_id) ${conversation} on delete set null (conversation_id)`,
    );
  }
  await runner.query(
    `alter table threadkeep.conversation add constraint conversation__forked_from_fk foreign key (user_id, forked_from_id) ${conversation} on delete set null (forked_from_id)`,
  );
  await runner.query(
    `alter table threadkeep.memory add constraint memory__conversation_fk foreign key (user_id, conversation_id) ${conversation} on delete cascade`,
  );
  await runner.query(
    `alter table threadkeep.memory_source add constraint memory_source__message_fk foreign key (user_id, message_id) references threadkeep.message (user_id, id) on delete cascade`,
  );
}
