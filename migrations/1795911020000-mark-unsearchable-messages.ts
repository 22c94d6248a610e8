import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Says why a message has no words in the search index. Such a message is passed over, so that those behind it are found; before, it
 * was tried again by every search, for ever.
 */
export class MarkUnsearchableMessages1795911020000 implements MigrationInterface {
  name = 'MarkUnsearchableMessages1795911020000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table threadkeep.message_search
        add column failure text,
        add constraint message_search__failure check (failure in ('too_large', 'failed', 'timed_out'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table threadkeep.message_search drop column failure');
  }
}
