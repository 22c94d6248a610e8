// The one helper that lets remembered answers go with what they show. Migrations that have landed call it, so what it does may only be added to.
import type { QueryRunner } from 'typeorm';

/**
 * From now on a row that is deleted from the table takes along every remembered answer that names its `id`, in the same transaction,
 * whichever statement deletes it. A table whose rows go only by cascade needs none: answers that show a part name the whole.
 */
export async function eraseAnswersOfDeleted(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(
    `create trigger ${table}__erase_answers after delete on threadkeep.${table} referencing old table as gone
       for each statement execute function threadkeep.erase_answers()`,
  );
}

/** The same for a row that is kept, and from which `column` says that it is no longer shown: by its change from null, or to null. */
export async function eraseAnswersOfHidden(
  runner: QueryRunner,
  table: string,
  column: string,
  hidden: 'when set' | 'when null',
): Promise<void> {
  const [before, after] = hidden === 'when set' ? ['null', 'not null'] : ['not null', 'null'];
  await runner.query(
    `create trigger ${table}__erase_answers_hidden after update of ${column} on threadkeep.${table}
       for each row when (old.${column} is ${before} and new.${column} is ${after}) execute function threadkeep.erase_answers_of_row()`,
  );
}

/** For a table of the service: answers to service keys that act for nobody. */
export async function eraseServiceAnswersOfDeleted(
  runner: QueryRunner,
  table: string,
): Promise<void> {
  await runner.query(
    `create trigger ${table}__erase_answers after delete on threadkeep.${table} referencing old table as gone
       for each statement execute function threadkeep.erase_service_answers()`,
  );
}
