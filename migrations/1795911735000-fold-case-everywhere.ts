import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Collations that know the letters of all languages, in the order of their speed. All convert one
 * character to one character. ICU alone would write `İ` as two, and `Σ` by its place in the word.
 */
const FOLD = `
  select body from (values
    (1, 'pg_c_utf8', 'lower($1 collate pg_catalog.pg_c_utf8)'),
    (2, 'C.utf8', 'lower($1 collate pg_catalog."C.utf8")'),
    (3, 'C.UTF-8', 'lower($1 collate pg_catalog."C.UTF-8")'),
    (4, 'und-x-icu', 'lower(translate($1, ''İΣ'', ''iσ'') collate pg_catalog."und-x-icu")')
  ) as known (place, name, body)
   where getdatabaseencoding() = 'UTF8' and exists (
     select from pg_catalog.pg_collation c
      where c.collnamespace = 'pg_catalog'::regnamespace and c.collname = known.name
        and c.collencoding in (-1, pg_char_to_encoding('UTF8')))
   order by place limit 1`;

/**
 * Of e-mails that differ in case only, the later ones are exact exceptions. The index names them by
 * their digest, so that no address stays in the catalog.
 */
const CREATE_EMAIL_INDEX = `
  do $$
  declare
    later text[];
  begin
    select array_agg(md5(email)) into later from (
      select email, row_number() over (
               partition by threadkeep.fold_case(email) order by created_at, id) as nth
        from threadkeep.app_user where email is not null) counted
     where nth > 1;
    if later is null then
      create unique index app_user__email on threadkeep.app_user (threadkeep.fold_case(email));
    else
      raise warning 'threadkeep: % users keep an e-mail that an earlier user has in another case', cardinality(later);
      execute format(
        'create unique index app_user__email on threadkeep.app_user (threadkeep.fold_case(email),
           (case when md5(email) = any (%L::text[]) then email else '''' end))', later);
    end if;
  end $$`;

/**
 * Makes texts that differ in case equal on every server. The locale of the database decided before;
 * with `C`, which the embedded server has, `Ü` was not `ü`.
 */
export class FoldCaseEverywhere1795911735000 implements MigrationInterface {
  name = 'FoldCaseEverywhere1795911735000';

  async up(runner: QueryRunner): Promise<void> {
    const [fold] = (await runner.query(FOLD)) as { body: string }[];
    if (!fold)
      await runner.query(
        `do $$ begin raise warning 'threadkeep: no collation knows the letters of all languages, so the locale of the database decides which are equal'; end $$`,
      );
    await runner.query(
      `create function threadkeep.fold_case(text) returns text language sql immutable parallel safe
         return ${fold?.body ?? 'lower($1)'}`,
    );
    // An owner that is no superuser sees no rows while the policies bind it.
    await runner.query(`alter table threadkeep.app_user no force row level security`);
    await runner.query(`drop index threadkeep.app_user__email`);
    await runner.query(CREATE_EMAIL_INDEX);
    await runner.query(`alter table threadkeep.app_user force row level security`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index threadkeep.app_user__email`);
    await runner.query(`create unique index app_user__email on threadkeep.app_user (lower(email))`);
    await runner.query(`drop function threadkeep.fold_case(text)`);
  }
}
