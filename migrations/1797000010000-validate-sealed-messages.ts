import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildIndex } from '../src/platform/database/setup/build-index.js';

/** Tables that the owner was allowed to read. */
const READ_BY_OWNER = ['conversation', 'message', 'message_piece', 'summary'] as const;

const CONSTRAINTS: Record<string, string[]> = {
  conversation: ['title_length'],
  message: ['content_size'],
  message_draft: ['metadata_size'],
  message_piece: ['content_form'],
  summary: ['content_size'],
  turn: ['options_size', 'input_size'],
  model_call: ['request_size', 'reply_size'],
};

/**
 * Finds what is sealed, by an index that is empty where nothing is, and reads the rows that were there
 * before the constraints. Each statement is a transaction of its own, so messages are read and written
 * meanwhile. A migration that was ended is run again as a whole, so each statement may be repeated.
 */
export class ValidateSealedMessages1797000010000 implements MigrationInterface {
  name = 'ValidateSealedMessages1797000010000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const table of READ_BY_OWNER)
      await runner.query(`alter table threadkeep.${table} force row level security`);
    await buildIndex(
      runner,
      'message__sealed',
      `message (user_id, id) where starts_with(content, ':sealed:1:')`,
    );
    for (const [table, names] of Object.entries(CONSTRAINTS)) {
      for (const name of names)
        await runner.query(`alter table threadkeep.${table} validate constraint ${table}__${name}`);
    }
  }

  /** The constraints go with the first of these migrations. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index threadkeep.message__sealed`);
  }
}
