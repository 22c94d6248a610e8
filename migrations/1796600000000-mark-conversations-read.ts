import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keeps up to which message a user has read a conversation. No row is written. */
export class MarkConversationsRead1796600000000 implements MigrationInterface {
  name = 'MarkConversationsRead1796600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table threadkeep.conversation
        add column read_up_to integer,
        add constraint conversation__read_within
          check (read_up_to between 1 and last_seq) not valid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.conversation drop column read_up_to`);
  }
}
