import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sizes of columns that may hold sealed values, and of those that only hold plain ones. */
const CHECKS = [
  [
    'memory',
    'content_size',
    `octet_length(content) between 1 and 65536
      or starts_with(content, ':sealed:') and octet_length(content) <= 2097152`,
    'octet_length(content) between 1 and 65536',
  ],
  [
    'memory',
    'reason_length',
    `char_length(reason) between 1 and 500
      or starts_with(reason, ':sealed:') and char_length(reason) <= 4096`,
    'char_length(reason) between 1 and 500',
  ],
  [
    'memory_embedding',
    'vector_size',
    'octet_length(vector) between 1 and 4125',
    'octet_length(vector) between 1 and 4096',
  ],
  [
    'memory_embedding',
    'model_length',
    'char_length(model) between 1 and 207',
    'char_length(model) between 1 and 200',
  ],
] as const;

/** PostgreSQL compares no sealed vectors. The function exists only where pgvector does. */
const toHalfvec = (condition: string) => `
  do $do$
  declare namespace text;
  begin
    select quote_ident(n.nspname) into namespace from pg_attribute a
      join pg_type t on t.oid = a.atttypid join pg_namespace n on n.oid = t.typnamespace
     where a.attrelid = 'threadkeep.memory_embedding'::regclass and a.attname = 'embedding'
       and not a.attisdropped;
    if namespace is null then return; end if;
    execute format($function$
      create or replace function threadkeep.memory_embedding__to_halfvec() returns trigger language plpgsql as $trigger$
      begin
        new.embedding := case when ${condition} then (
          select array_agg(case when byte > 127 then byte - 256 else byte end order by place)::real[]::%1$s.halfvec
            from (select place, get_byte(new.vector, place) as byte from generate_series(0, octet_length(new.vector) - 1) as place) as bytes) end;
        return new;
      end $trigger$ $function$, namespace);
  end $do$`;

const TEXTS = ['content', 'reason'] as const;

/**
 * Room for sealed values. The next migration validates the constraints. Texts that begin as sealed
 * ones do are stored behind an escape from here on.
 */
export class SealMemories1796800000000 implements MigrationInterface {
  name = 'SealMemories1796800000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, name, larger] of CHECKS)
      await runner.query(`
        alter table threadkeep.${table} drop constraint ${table}__${name},
          add constraint ${table}__${name} check (${larger}) not valid`);
    await runner.query(toHalfvec(`not starts_with(new.model, 'sealed:')`));
    // An owner that is no superuser sees no rows while the policies bind it.
    await runner.query(`alter table threadkeep.memory no force row level security`);
    for (const text of TEXTS)
      await runner.query(`
        update threadkeep.memory set ${text} = ':sealed:0:' || ${text}
         where starts_with(${text}, ':sealed:')`);
    await runner.query(`alter table threadkeep.memory force row level security`);
  }

  /** Refuses while values would be lost. */
  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['memory', 'memory_embedding'])
      await runner.query(`alter table threadkeep.${table} no force row level security`);
    await runner.query(`
      do $$ begin
        if exists (select from threadkeep.memory where starts_with(content, ':sealed:1:') or starts_with(reason, ':sealed:1:'))
          or exists (select from threadkeep.memory_embedding where starts_with(model, 'sealed:')) then
          raise exception 'threadkeep: there are sealed memories: set SEAL_MEMORIES=false, and wait for the job memory.seal';
        end if;
      end $$`);
    for (const text of TEXTS)
      await runner.query(`
        update threadkeep.memory set ${text} = substr(${text}, ${':sealed:0:'.length + 1})
         where starts_with(${text}, ':sealed:0:')`);
    for (const table of ['memory', 'memory_embedding'])
      await runner.query(`alter table threadkeep.${table} force row level security`);
    await runner.query(toHalfvec('true'));
    for (const [table, name, , smaller] of CHECKS)
      await runner.query(`
        alter table threadkeep.${table} drop constraint ${table}__${name},
          add constraint ${table}__${name} check (${smaller})`);
  }
}
