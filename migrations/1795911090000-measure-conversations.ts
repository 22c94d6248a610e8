import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Bytes of a conversation's messages. No row is written and no message is read: conversations that are there have null, are counted from their
 * messages, and are measured by a job after the start.
 */
export class MeasureConversations1795911090000 implements MigrationInterface {
  name = 'MeasureConversations1795911090000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.conversation add column message_bytes bigint`);
    await runner.query(
      `alter table threadkeep.conversation alter column message_bytes set default 0`,
    );
    await runner.query(
      `create index conversation__unmeasured on threadkeep.conversation (user_id, id) where message_bytes is null`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.conversation drop column message_bytes`);
  }
}
