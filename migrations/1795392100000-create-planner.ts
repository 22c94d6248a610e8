import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';

/** The user's tasks and calendar events. */
export class CreatePlanner1795392100000 implements MigrationInterface {
  name = 'CreatePlanner1795392100000';

  async up(runner: QueryRunner): Promise<void> {
    await createTasks(runner);
    await createEvents(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table threadkeep.event, threadkeep.task`);
  }
}

/** `%` stands for the table. */
const COLUMNS_OF_BOTH = `
      conversation_id uuid,
      metadata        jsonb          not null default '{}' constraint %__metadata_size check (pg_column_size(metadata) <= 1048576),
      version         integer        not null default 1,
      created_at      timestamptz(3) not null default now(),
      updated_at      timestamptz(3) not null default now(),
      deleted_at      timestamptz(3),
      constraint %__pk primary key (user_id, id),
      constraint %__conversation_fk foreign key (user_id, conversation_id)
        references threadkeep.conversation (user_id, id) on delete set null (conversation_id)`;

async function createTasks(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.task (
      user_id         uuid           not null constraint task__user_fk references threadkeep.app_user (id) on delete cascade,
      id              uuid           not null,
      title           text           not null constraint task__title_length check (char_length(title) between 1 and 500),
      description     text           constraint task__description_length check (char_length(description) <= 10000),
      status          text           not null default 'todo' constraint task__status_known check (status in ('todo', 'in_progress', 'completed')),
      priority        smallint       not null default 2 constraint task__priority_known check (priority between 1 and 3),
      due_at          timestamptz(3),
      completed_at    timestamptz(3),
      constraint task__completed_at_when_completed check ((status = 'completed') = (completed_at is not null)),${COLUMNS_OF_BOTH.replaceAll('%', 'task')}
    )`);
  await createIndexes(runner, 'task', {
    created: '(user_id, created_at desc, id desc)',
    due: `(user_id, (case when due_at is null then 'infinity' else due_at end), id, due_at)`,
    priority: '(user_id, priority, id)',
  });
  await protectTable(runner, { table: 'task' });
}

async function createEvents(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.event (
      user_id         uuid           not null constraint event__user_fk references threadkeep.app_user (id) on delete cascade,
      id              uuid           not null,
      title           text           not null constraint event__title_length check (char_length(title) between 1 and 500),
      description     text           constraint event__description_length check (char_length(description) <= 10000),
      location        text           constraint event__location_length check (char_length(location) <= 500),
      start_given     text           not null constraint event__start_length check (char_length(start_given) <= 40),
      end_given       text           constraint event__end_length check (char_length(end_given) <= 40),
      time_zone       text           constraint event__time_zone_length check (char_length(time_zone) <= 64),
      all_day         boolean        not null,
      starts_at       timestamptz(3) not null,
      ends_at         timestamptz(3) not null,
      constraint event__ends_after_start check (ends_at >= starts_at),${COLUMNS_OF_BOTH.replaceAll('%', 'event')}
    )`);
  // Both ends of an overlap are read from the index, whichever of the two is the better one.
  await createIndexes(runner, 'event', {
    start: '(user_id, starts_at, id, ends_at)',
    end: '(user_id, ends_at, id, starts_at)',
  });
  await protectTable(runner, { table: 'event' });
}

async function createIndexes(
  runner: QueryRunner,
  table: string,
  own: Record<string, string>,
): Promise<void> {
  for (const [name, columns] of Object.entries({
    updated: '(user_id, updated_at desc, id desc)',
    ...own,
  })) {
    await runner.query(
      `create index ${table}__${name} on threadkeep.${table} ${columns} where deleted_at is null`,
    );
  }
  await runner.query(
    `create index ${table}__deleted on threadkeep.${table} (user_id, updated_at desc, id desc) where deleted_at is not null`,
  );
  await runner.query(
    `create index ${table}__conversation on threadkeep.${table} (user_id, conversation_id) where conversation_id is not null`,
  );
}
