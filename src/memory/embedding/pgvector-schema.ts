// Adds a pgvector column beside the bytes of each vector where the server has pgvector, so that
// PostgreSQL can compare a user's vectors.
import type pg from 'pg';
import type { DatabaseRoles, SetupStep } from '../../platform/database/index.js';

/** Requires pgvector 0.7, which introduced the type halfvec. It represents signed bytes exactly. */
const OFFERED = `select from pg_available_extensions where name = 'vector'
  and string_to_array(default_version, '.')::integer[] >= '{0,7}'`;

const PRESENT = `select from pg_attribute where attrelid = 'threadkeep.memory_embedding'::regclass
  and attname = 'embedding' and not attisdropped`;

const NAMESPACE = `select quote_ident(n.nspname) as namespace from pg_type t
  join pg_namespace n on n.oid = t.typnamespace
                    where t.typname = 'halfvec' and t.typelem = 0 order by n.nspname limit 1`;

const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Runs at each start, because the server may have got the extension since the last one.
 * Without the extension, or without the right to create it, nothing is lost: each process compares
 * vectors itself.
 */
export const pgvectorSchema: SetupStep = {
  isCurrent: () => Promise.resolve(`(exists (${PRESENT}) or not exists (${OFFERED}))`),
  install: async (client, roles) => {
    if ((await has(client, PRESENT)) || !(await has(client, OFFERED))) return;
    await installColumn(client, roles);
  },
};

async function installColumn(client: pg.Client, roles: DatabaseRoles): Promise<void> {
  await client.query('begin');
  try {
    await client.query('create extension if not exists vector');
    const { rows } = await client.query<{ namespace: string }>(NAMESPACE);
    if (rows[0]) await addColumn(client, rows[0].namespace, roles);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error;
  }
}

async function has(client: pg.Client, query: string): Promise<boolean> {
  return (await client.query(query)).rowCount! > 0;
}

/**
 * A trigger fills the column, because processes of an older version write only the bytes. The embed
 * job fills the rows that exist already.
 */
async function addColumn(
  client: pg.Client,
  namespace: string,
  { app, system }: DatabaseRoles,
): Promise<void> {
  await client.query(`
    grant usage on schema ${namespace} to ${app}, ${system};
    alter table threadkeep.memory_embedding add column embedding ${namespace}.halfvec;
    create or replace function threadkeep.memory_embedding__to_halfvec() returns trigger language plpgsql as $$
    begin
      new.embedding := case when not starts_with(new.model, 'sealed:') then (
        select array_agg(case when byte > 127 then byte - 256 else byte end order by place)::real[]::${namespace}.halfvec
          from (select place, get_byte(new.vector, place) as byte from generate_series(0, octet_length(new.vector) - 1) as place) as bytes) end;
      return new;
    end $$;
    revoke execute on function threadkeep.memory_embedding__to_halfvec() from public;
    create trigger memory_embedding__to_halfvec before insert
      or update on threadkeep.memory_embedding
      for each row execute function threadkeep.memory_embedding__to_halfvec();
    update threadkeep.memory_head set embedded_to = 0 where embedded_to > 0`);
}
