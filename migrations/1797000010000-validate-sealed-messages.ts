import type { MigrationInterface, QueryRunner } from 'typeorm';

const CONSTRAINTS: Record<string, string[]> = {
  conversation: ['title_length'],
  message: ['content_size'],
  message_draft: ['metadata_size'],
  summary: ['content_size'],
  turn: ['options_size', 'input_size'],
  model_call: ['request_size', 'reply_size'],
};

/**
 * Finds what is sealed, by an index that is empty where nothing is, and reads the rows that were there
 * before the constraints. In a transaction of its own: messages can be read meanwhile.
 */
export class ValidateSealedMessages1797000010000 implements MigrationInterface {
  name = 'ValidateSealedMessages1797000010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create index message__sealed on threadkeep.message (user_id, id)
         where starts_with(content, ':sealed:1:')`,
    );
    for (const [table, names] of Object.entries(CONSTRAINTS)) {
      for (const name of names)
        await runner.query(`alter table threadkeep.${table} validate constraint ${table}__${name}`);
    }
  }

  /** The constraints go with the migration before. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index threadkeep.message__sealed`);
  }
}
