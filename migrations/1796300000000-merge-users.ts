import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Keeps the names of a user who was merged into another. The row gets an id that nothing else has,
 * so that a write under the former id fails like one for a removed user. The constraints are cheap
 * to add: no row has a value yet.
 */
export class MergeUsers1796300000000 implements MigrationInterface {
  name = 'MergeUsers1796300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table threadkeep.app_user
        add column merged_into uuid, add column former_id uuid,
        add column former_tombstone_keys bytea[] not null default '{}'`);
    await runner.query(`
      alter table threadkeep.app_user
        add constraint app_user__merged_into_fk foreign key (merged_into)
          references threadkeep.app_user (id) on delete cascade,
        add constraint app_user__former_id_when_merged
          check ((merged_into is null) = (former_id is null))`);
    await runner.query(`
      create unique index app_user__former_id on threadkeep.app_user (former_id)
        where former_id is not null`);
    await runner.query(`
      create index app_user__merged_into on threadkeep.app_user (merged_into)
        where merged_into is not null`);
    await runner.query(`grant update (user_id) on threadkeep.audit_event to threadkeep_system`);
  }

  /** Refuses while the names of a merged user would come back as those of an empty one. */
  async down(runner: QueryRunner): Promise<void> {
    // An owner that is no superuser sees no rows while the policies bind it.
    await runner.query(`alter table threadkeep.app_user no force row level security`);
    await runner.query(`
      do $$ begin
        if exists (select from threadkeep.app_user where merged_into is not null) then
          raise exception 'threadkeep: there are users who were merged into others: their names would be lost';
        end if;
      end $$`);
    await runner.query(`alter table threadkeep.app_user force row level security`);
    await runner.query(`revoke update (user_id) on threadkeep.audit_event from threadkeep_system`);
    await runner.query(`
      alter table threadkeep.app_user
        drop column merged_into, drop column former_id, drop column former_tombstone_keys`);
  }
}
