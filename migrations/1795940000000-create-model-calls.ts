import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';
import { eraseAnswersOfDeleted } from '../src/platform/idempotency/erased-answers.js';

/** Calls of models in the background, which belong to no conversation. The rows are the queue. */
export class CreateModelCalls1795940000000 implements MigrationInterface {
  name = 'CreateModelCalls1795940000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table threadkeep.model_call (
        user_id uuid not null
          constraint model_call__user_fk references threadkeep.app_user (id) on delete cascade,
        id uuid not null,
        state text not null,
        priority smallint not null,
        provider text not null,
        model text not null,
        request text not null,
        on_crash text not null,
        reply text,
        finish_reason text,
        usage jsonb,
        cost_usd double precision,
        error jsonb,
        attempts integer not null default 0,
        cancel_requested boolean not null default false,
        worker_id uuid,
        lease_expires_at timestamptz(3),
        created_at timestamptz(3) not null default now(),
        started_at timestamptz(3),
        finished_at timestamptz(3),
        constraint model_call__pk primary key (user_id, id),
        constraint model_call__state_known
          check (state in ('queued', 'running', 'completed', 'failed', 'cancelled')),
        constraint model_call__priority_known check (priority between 1 and 3),
        constraint model_call__provider_form check (provider ~ '^[a-z][a-z0-9_-]{0,62}$'),
        constraint model_call__on_crash_known check (on_crash in ('fail', 'retry')),
        constraint model_call__request_size check (octet_length(request) <= 1048576),
        constraint model_call__reply_size check (octet_length(reply) <= 4194304)
      )`);
    await runner.query(
      `create index model_call__queue on threadkeep.model_call (user_id, provider, priority, id)
         where state = 'queued'`,
    );
    await runner.query(
      `create index model_call__lease on threadkeep.model_call (user_id, lease_expires_at)
         where lease_expires_at is not null`,
    );
    await runner.query(
      `create index model_call__finished on threadkeep.model_call (user_id, finished_at)
         where finished_at is not null`,
    );
    await protectTable(runner, { table: 'model_call' });
    await eraseAnswersOfDeleted(runner, 'model_call');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table threadkeep.model_call`);
  }
}
