// Erases kept answers together with the rows that they show, by triggers. Released migrations call
// these functions, so they may only be extended.
import type { QueryRunner } from 'typeorm';

/**
 * From now on, deleting a row of the table also deletes every kept answer that contains its `id`,
 * in the same transaction. Not needed for a table whose rows are only deleted by cascade: an answer
 * that shows such a row also contains the parent's id.
 */
export async function eraseAnswersOfDeleted(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(
    `create trigger ${table}__erase_answers after delete on threadkeep.${table}
      referencing old table as gone
       for each statement execute function threadkeep.erase_answers()`,
  );
}

/**
 * As `eraseAnswersOfDeleted`, for rows that are hidden and not deleted.
 * @param hidden whether a row is hidden when `column` gets a value, or when it becomes null
 */
export async function eraseAnswersOfHidden(
  runner: QueryRunner,
  table: string,
  column: string,
  hidden: 'when set' | 'when null',
): Promise<void> {
  const [before, after] = hidden === 'when set' ? ['null', 'not null'] : ['not null', 'null'];
  await runner.query(
    `create trigger ${table}__erase_answers_hidden after update of ${column} on threadkeep.${table}
       for each row when (old.${column} is ${before} and new.${column} is ${after})
         execute function threadkeep.erase_answers_of_row()`,
  );
}

/**
 * As `eraseAnswersOfDeleted`, for a table of the service and the answers to service keys that act
 * for no user.
 */
export async function eraseServiceAnswersOfDeleted(
  runner: QueryRunner,
  table: string,
): Promise<void> {
  await runner.query(
    `create trigger ${table}__erase_answers after delete on threadkeep.${table}
      referencing old table as gone
       for each statement execute function threadkeep.erase_service_answers()`,
  );
}
