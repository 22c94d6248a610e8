import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APP_ROLE } from '../src/platform/database/setup/row-level-security.js';

/**
 * Lets a message be emptied or replaced for good, and finds its copies in forks. Requests may change
 * what a message says, and never where it stands. No row is written.
 */
export class EraseMessages1795912500000 implements MigrationInterface {
  name = 'EraseMessages1795912500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table threadkeep.message add column erased jsonb, add column origin_id uuid,
         add constraint message__erased_object check (jsonb_typeof(erased) = 'object') not valid`,
    );
    await runner.query(`alter table threadkeep.message validate constraint message__erased_object`);
    await runner.query(
      `create index message__origin on threadkeep.message (user_id, origin_id)
         where origin_id is not null`,
    );
    await runner.query(
      `alter table threadkeep.conversation add column erasures integer not null default 0`,
    );
    await runner.query(
      `alter table threadkeep.summary add column stale boolean not null default false`,
    );
    await runner.query(
      `grant update (content, content_is_json, token_count, metadata, erased)
         on threadkeep.message to ${APP_ROLE}`,
    );
    await runner.query(`grant update (terms, failure) on threadkeep.message_search to ${APP_ROLE}`);
    await runner.query(`grant update (stale) on threadkeep.summary to ${APP_ROLE}`);
    await eraseAnswersOfErased(runner);
    await runner.query(requireSource(`not found or ${WAS_REMOVED}`));
    await runner.query(`
      create function threadkeep.mark_removed_message() returns trigger language plpgsql as $$
      begin
        update threadkeep.memory_source s set removed = true
         where s.user_id = new.user_id and s.message_id = new.id and not s.removed;
        return null;
      end $$`);
    await runner.query(`
      create trigger message__mark_removed after update of erased on threadkeep.message for each row
        when (new.erased ->> 'how' = 'removed') execute function threadkeep.mark_removed_message()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const trigger of ['mark_removed', 'erase_answers', 'erase_appended'])
      await runner.query(`drop trigger message__${trigger} on threadkeep.message`);
    await runner.query(
      `drop function threadkeep.mark_removed_message(), threadkeep.erase_answers_of_append()`,
    );
    await runner.query(requireSource('not found'));
    await runner.query(`revoke update (stale) on threadkeep.summary from ${APP_ROLE}`);
    await runner.query(
      `revoke update (terms, failure) on threadkeep.message_search from ${APP_ROLE}`,
    );
    await runner.query(
      `revoke update (content, content_is_json, token_count, metadata, erased)
         on threadkeep.message from ${APP_ROLE}`,
    );
    await runner.query(`alter table threadkeep.summary drop column stale`);
    await runner.query(`alter table threadkeep.conversation drop column erasures`);
    await runner.query(`alter table threadkeep.message drop column origin_id, drop column erased`);
  }
}

/**
 * Erases the answers that name the message, and those of appends, which name the conversation and
 * the numbers of their messages.
 */
async function eraseAnswersOfErased(runner: QueryRunner): Promise<void> {
  const changed = `after update of erased on threadkeep.message for each row
    when (new.erased is distinct from old.erased)`;
  await runner.query(
    `create trigger message__erase_answers ${changed}
       execute function threadkeep.erase_answers_of_row()`,
  );
  await runner.query(`
    create function threadkeep.erase_answers_of_append() returns trigger language plpgsql as $$
    begin
      with named as (
        select k.user_id, k.key from threadkeep.idempotency_subject s
          join threadkeep.idempotency_key k on k.user_id = s.user_id and k.key = s.key
         where s.user_id = new.user_id and s.subject = new.conversation_id
           and case when k.body like '{"conversationId":%' then
             new.seq >= (k.body::jsonb ->> 'firstSeq')::integer
             and new.seq < (k.body::jsonb ->> 'firstSeq')::integer
               + jsonb_array_length(k.body::jsonb -> 'metadata') end)
      update threadkeep.idempotency_key k set status = 410, headers = '{}', body = 'null',
          named = true
        from named where k.user_id = named.user_id and k.key = named.key and k.status <> 410;
      return null;
    end $$`);
  await runner.query(
    `create trigger message__erase_appended ${changed}
       execute function threadkeep.erase_answers_of_append()`,
  );
}

/** Read after the conversation is locked: an erasure may have held it. */
const WAS_REMOVED = `exists (
      select from threadkeep.message m
       where m.user_id = new.user_id and m.id = new.message_id
         and m.erased ->> 'how' = 'removed')`;

/** A source is removed when its conversation is purged, or the message itself was removed. */
const requireSource = (isRemoved: string) => `
  create or replace function threadkeep.require_source() returns trigger language plpgsql as $$
  begin
    select m.conversation_id into new.conversation_id
      from threadkeep.message m where m.user_id = new.user_id and m.id = new.message_id;
    perform from threadkeep.conversation c
      where c.user_id = new.user_id and c.id = new.conversation_id for key share;
    new.removed := ${isRemoved};
    return new;
  end $$`;
