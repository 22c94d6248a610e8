import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Empties the search index of messages, because a long word is now also found by its end: messages
 * and memories are searched by the same forms of words. Searches fill the index again.
 */
export class IndexEndsOfCompounds1795913010000 implements MigrationInterface {
  name = 'IndexEndsOfCompounds1795913010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('truncate threadkeep.message_search');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('truncate threadkeep.message_search');
  }
}
