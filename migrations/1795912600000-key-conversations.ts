import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The key of an import becomes the name that the application gives a conversation. Keys that are
 * there stay as they are, and are those of imports. No row is written.
 */
export class KeyConversations1795912600000 implements MigrationInterface {
  name = 'KeyConversations1795912600000';

  async up(runner: QueryRunner): Promise<void> {
    await rename(runner, 'import_key', 'key');
    await runner.query(
      `alter table threadkeep.conversation
         add column named_by_application boolean not null default false`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.conversation drop column named_by_application`);
    await rename(runner, 'key', 'import_key');
  }
}

async function rename(runner: QueryRunner, from: string, to: string): Promise<void> {
  await runner.query(`alter table threadkeep.conversation rename column ${from} to ${to}`);
  await runner.query(
    `alter table threadkeep.conversation
       rename constraint conversation__${from}_length to conversation__${to}_length`,
  );
  await runner.query(`alter index threadkeep.conversation__${from} rename to conversation__${to}`);
}
