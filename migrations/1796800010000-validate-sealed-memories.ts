import type { MigrationInterface, QueryRunner } from 'typeorm';

const CONSTRAINTS: Record<string, string[]> = {
  memory: ['content_size', 'reason_length'],
  memory_embedding: ['vector_size', 'model_length'],
};

/**
 * Finds what is sealed, by indexes that are empty where nothing is, and reads the rows that were
 * there before the constraints. In a transaction of its own: memories can be read meanwhile.
 */
export class ValidateSealedMemories1796800010000 implements MigrationInterface {
  name = 'ValidateSealedMemories1796800010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create index memory__sealed on threadkeep.memory (user_id, id, version)
         where starts_with(content, ':sealed:1:') or starts_with(reason, ':sealed:1:')`,
    );
    await runner.query(
      `create index memory_embedding__sealed on threadkeep.memory_embedding (user_id, memory_id)
         where starts_with(model, 'sealed:')`,
    );
    for (const [table, names] of Object.entries(CONSTRAINTS)) {
      for (const name of names)
        await runner.query(`alter table threadkeep.${table} validate constraint ${table}__${name}`);
    }
  }

  /** The constraints go with the migration before. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index threadkeep.memory__sealed, threadkeep.memory_embedding__sealed`);
  }
}
