import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reads the conversations that were there before the constraint, in a transaction of its own. */
export class ValidateReadConversations1796600010000 implements MigrationInterface {
  name = 'ValidateReadConversations1796600010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table threadkeep.conversation validate constraint conversation__read_within`,
    );
  }

  /** The constraint goes with the migration before. */
  async down(): Promise<void> {}
}
