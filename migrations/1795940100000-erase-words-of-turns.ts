import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Leaves no words of an erased message with the turns of its conversation: a provider may have quoted
 * it in the error of a turn, and an application in the options. Turns that have ended lose theirs.
 */
export class EraseWordsOfTurns1795940100000 implements MigrationInterface {
  name = 'EraseWordsOfTurns1795940100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      update threadkeep.turn set options = '{}'
       where state in ('completed', 'failed', 'cancelled', 'interrupted')`);
    await runner.query(`
      create function threadkeep.erase_words_of_turns() returns trigger language plpgsql as $$
      begin
        update threadkeep.turn t
           set error = jsonb_set(t.error, '{message}',
             '"What the provider said was removed with a message that it may have quoted."')
         where t.user_id = new.user_id and t.conversation_id = new.conversation_id
           and t.reply_seq >= new.seq and t.error ->> 'code' like 'model.%';
        return null;
      end $$`);
    await runner.query(`
      create trigger message__erase_words_of_turns after update of erased on threadkeep.message
        for each row when (new.erased is distinct from old.erased)
        execute function threadkeep.erase_words_of_turns()`);
  }

  /** The options are lost. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop trigger message__erase_words_of_turns on threadkeep.message`);
    await runner.query(`drop function threadkeep.erase_words_of_turns()`);
  }
}
