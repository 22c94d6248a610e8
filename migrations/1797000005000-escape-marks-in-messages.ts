import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Columns in which a plain text may begin as a sealed one does. */
const TEXTS = [
  ['message', 'content'],
  ['message_piece', 'content'],
  ['summary', 'content'],
  // Last: a conversation whose row is locked takes no messages.
  ['conversation', 'title'],
] as const;
/** What a down migration looks at. */
const SEALED = [
  ...TEXTS,
  ['message_draft', `metadata #>> '{}'`],
  ['turn', 'input'],
  ['turn', `options #>> '{}'`],
  ['model_call', 'request'],
  ['model_call', 'reply'],
] as const;
const TABLES = [...new Set(SEALED.map(([table]) => table))];

/**
 * Stores texts that begin as sealed ones do behind an escape. It reads each table once, and locks only
 * the few rows that it changes: others are read and written meanwhile.
 */
export class EscapeMarksInMessages1797000005000 implements MigrationInterface {
  name = 'EscapeMarksInMessages1797000005000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, text] of TEXTS)
      await runner.query(`
        update threadkeep.${table} set ${text} = ':sealed:0:' || ${text}
         where substr(${text}, 1, 8) = ':sealed:'`);
  }

  /** Refuses while values would be lost. The escapes go with the constraints that ask for them. */
  async down(runner: QueryRunner): Promise<void> {
    // An owner that is no superuser sees no rows while the policies bind it.
    for (const table of TABLES)
      await runner.query(`alter table threadkeep.${table} no force row level security`);
    const found = SEALED.map(
      ([table, text]) =>
        `exists (select from threadkeep.${table} where starts_with(${text}, ':sealed:1:'))`,
    );
    await runner.query(`
      do $$ begin
        if ${found.join(' or ')} then
          raise exception 'threadkeep: there are sealed messages: set SEAL_MESSAGES=false, and wait for the job message.seal';
        end if;
      end $$`);
    for (const table of TABLES)
      await runner.query(`alter table threadkeep.${table} force row level security`);
  }
}
