import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Reads the messages that were there before `message__extras_fit`. In a transaction of its own,
 * because reads and writes go on beside it.
 */
export class ValidateMessageChecks1795914410000 implements MigrationInterface {
  name = 'ValidateMessageChecks1795914410000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.message validate constraint message__extras_fit`);
  }

  /** The constraint goes with the migration before. */
  async down(): Promise<void> {}
}
