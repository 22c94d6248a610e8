import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Earlier versions let BullMQ carry the ids of due jobs through tables of its own. `threadkeep.job` has
 * every job, so nothing is lost: what was handed out is due again within 30 seconds. A process of the
 * version before goes on without BullMQ. A schema of another owner, with other queues, or never used, stays.
 */
export class DropBullmqSchema1795911200000 implements MigrationInterface {
  name = 'DropBullmqSchema1795911200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      do $$
      declare
        is_ours boolean := false;
      begin
        if to_regclass('bullmq.meta') is not null and to_regclass('bullmq.job') is not null
           and (select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'bullmq') then
          select (exists (select from bullmq.meta where queue = 'threadkeep-jobs')
                  or exists (select from bullmq.job where queue = 'threadkeep-jobs'))
             and not exists (select from bullmq.meta where queue <> 'threadkeep-jobs')
             and not exists (select from bullmq.job where queue <> 'threadkeep-jobs') into is_ours;
        end if;
        if is_ours then
          drop schema bullmq cascade;
        end if;
      end $$`);
  }

  /** The version before makes the schema itself. */
  async down(): Promise<void> {}
}
