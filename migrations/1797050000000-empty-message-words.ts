// The search of messages goes by an index in the process. The words of messages that PostgreSQL kept for
// it are no longer read. The table stays for processes of the previous release, which fill it again.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class EmptyMessageWords1797050000000 implements MigrationInterface {
  name = 'EmptyMessageWords1797050000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('truncate threadkeep.message_search');
  }

  /** Searches of the previous release fill it again. */
  async down(): Promise<void> {}
}
