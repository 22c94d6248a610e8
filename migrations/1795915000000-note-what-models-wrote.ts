import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Titles and summaries say which model wrote them. */
export class NoteWhatModelsWrote1795915000000 implements MigrationInterface {
  name = 'NoteWhatModelsWrote1795915000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.conversation add column title_source jsonb`);
    await runner.query(`alter table threadkeep.summary add column source jsonb`);
    await eraseAnswersWithErasedTitles(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop trigger conversation__erase_titles on threadkeep.conversation`);
    await runner.query(`drop function threadkeep.erase_answers_with_title()`);
    await runner.query(`alter table threadkeep.summary drop column source`);
    await runner.query(`alter table threadkeep.conversation drop column title_source`);
  }
}

/** A title that is taken away with a message is in no answer to a retry, either. */
async function eraseAnswersWithErasedTitles(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create function threadkeep.erase_answers_with_title() returns trigger language plpgsql as $$
    begin
      update threadkeep.idempotency_key k set status = 410, headers = '{}', body = 'null',
          named = true
        from threadkeep.idempotency_subject s
       where s.user_id = old.user_id and s.subject = old.id
         and k.user_id = s.user_id and k.key = s.key and k.status <> 410
         and position(to_json(old.title)::text in k.body) > 0;
      return null;
    end $$`);
  await runner.query(
    `create trigger conversation__erase_titles after update of title_source on threadkeep.conversation
       for each row when (old.title_source is not null and new.title is null)
       execute function threadkeep.erase_answers_with_title()`,
  );
}
