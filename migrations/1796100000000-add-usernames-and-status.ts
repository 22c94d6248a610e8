import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Names a changed user. A changed externalId, id or status ends what is known of the user. */
const CHANGED = `
  create constraint trigger app_user__renamed after update on threadkeep.app_user
    deferrable initially deferred for each row
    when (old.external_id is distinct from new.external_id or old.id <> new.id`;
const COUNT = `execute function threadkeep.user_changed()`;

/**
 * Gives users a username and a status. Usernames have ASCII letters only: others can look the
 * same.
 */
export class AddUsernamesAndStatus1796100000000 implements MigrationInterface {
  name = 'AddUsernamesAndStatus1796100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table threadkeep.app_user
        add column username text, add column status text not null default 'active'`);
    await runner.query(`
      alter table threadkeep.app_user
        add constraint app_user__username_form
          check (username ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$') not valid,
        add constraint app_user__status_known
          check (status in ('active', 'pending', 'disabled')) not valid`);
    await runner.query(`drop trigger app_user__renamed on threadkeep.app_user`);
    await runner.query(`${CHANGED} or old.status <> new.status) ${COUNT}`);
  }

  /** Refuses while somebody would be let in by it. */
  async down(runner: QueryRunner): Promise<void> {
    // An owner that is no superuser sees no rows while the policies bind it.
    await runner.query(`alter table threadkeep.app_user no force row level security`);
    await runner.query(`
      do $$ begin
        if exists (select from threadkeep.app_user where status <> 'active') then
          raise exception 'threadkeep: there are users who are not active: make them active or delete them first';
        end if;
      end $$`);
    await runner.query(`alter table threadkeep.app_user force row level security`);
    await runner.query(`drop trigger app_user__renamed on threadkeep.app_user`);
    await runner.query(`${CHANGED}) ${COUNT}`);
    await runner.query(`alter table threadkeep.app_user drop column username, drop column status`);
  }
}
