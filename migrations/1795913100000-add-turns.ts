import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';

/** Adds turns: calls of models that the service makes, each with the message that it writes. */
export class AddTurns1795913100000 implements MigrationInterface {
  name = 'AddTurns1795913100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table threadkeep.turn (
        user_id uuid not null,
        id uuid not null,
        conversation_id uuid not null,
        state text not null,
        options jsonb not null,
        is_waiting boolean not null default false,
        input text,
        reply_id uuid,
        reply_seq integer,
        manifest_id uuid,
        provider text,
        model text,
        finish_reason text,
        usage jsonb,
        cost_usd double precision,
        reply_cache jsonb,
        error jsonb,
        attempts integer not null default 0,
        cancel_requested boolean not null default false,
        worker_id uuid,
        lease_expires_at timestamptz(3),
        created_at timestamptz(3) not null default now(),
        started_at timestamptz(3),
        first_output_at timestamptz(3),
        finished_at timestamptz(3),
        constraint turn__pk primary key (user_id, id),
        constraint turn__state_known check (state in ('queued', 'running', 'waiting_for_tools',
          'completed', 'failed', 'cancelled', 'interrupted')),
        constraint turn__options_size check (pg_column_size(options) <= 1048576),
        constraint turn__input_size check (octet_length(input) <= 1048576),
        constraint turn__conversation_fk foreign key (user_id, conversation_id)
          references threadkeep.conversation (user_id, id) on delete cascade
      )`);
    await runner.query(
      `create unique index turn__active on threadkeep.turn (user_id, conversation_id)
         where state in ('queued', 'running') and not is_waiting`,
    );
    await runner.query(
      `create index turn__waiting on threadkeep.turn (user_id, conversation_id, id) where is_waiting`,
    );
    await runner.query(
      `create index turn__conversation on threadkeep.turn (user_id, conversation_id, id)`,
    );
    await runner.query(
      `create index turn__lease on threadkeep.turn (user_id, lease_expires_at)
         where lease_expires_at is not null`,
    );
    await protectTable(runner, { table: 'turn' });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table threadkeep.turn`);
  }
}
