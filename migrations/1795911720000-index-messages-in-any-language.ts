import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Empties the search index of messages, because its words are now made by the service, for any
 * language. Searches fill it again. The column has another name, so that an older process cannot
 * add English words. The index over the words was never used: row-level security comes before `@@`.
 * So a search reads the vectors of a user, and they are kept in the rows, where most of them fit.
 */
export class IndexMessagesInAnyLanguage1795911720000 implements MigrationInterface {
  name = 'IndexMessagesInAnyLanguage1795911720000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('truncate threadkeep.message_search');
    await runner.query('drop index threadkeep.message_search__lexemes');
    await runner.query('alter table threadkeep.message_search rename column lexemes to terms');
    await runner.query('alter table threadkeep.message_search set (toast_tuple_target = 8160)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('truncate threadkeep.message_search');
    await runner.query('alter table threadkeep.message_search reset (toast_tuple_target)');
    await runner.query('alter table threadkeep.message_search rename column terms to lexemes');
    await runner.query(
      'create index message_search__lexemes on threadkeep.message_search using gin (user_id, lexemes) with (fastupdate = off)',
    );
  }
}
