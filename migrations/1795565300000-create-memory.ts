import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';

/** What is known about a user: versions of memories and blocks, where they come from, and what finds them by meaning. */
export class CreateMemory1795565300000 implements MigrationInterface {
  name = 'CreateMemory1795565300000';

  async up(runner: QueryRunner): Promise<void> {
    await createHeads(runner);
    await createMemories(runner);
    await createSources(runner);
    await createEmbeddings(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop table threadkeep.memory_embedding, threadkeep.memory_source, threadkeep.memory, threadkeep.memory_head`,
    );
  }
}

/** One row a user, locked by each write: so writes have an order, and a time that is later than that of the one before. */
async function createHeads(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.memory_head (
      user_id     uuid           not null constraint memory_head__pk primary key
                                 constraint memory_head__user_fk references threadkeep.app_user (id) on delete cascade,
      moment      timestamptz(3) not null,
      revision    integer        not null,
      purged      integer        not null,
      embedded    integer        not null,
      embedded_to integer        not null,
      embedded_by text           constraint memory_head__embedded_by_length check (char_length(embedded_by) between 1 and 200)
    ) with (fillfactor = 50)`);
  await protectTable(runner, { table: 'memory_head' });
}

/** A row a version. The newest of a memory has no superseded_at; one without content says that there is nothing. */
async function createMemories(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.memory (
      user_id         uuid             not null constraint memory__user_fk references threadkeep.app_user (id) on delete cascade,
      id              uuid             not null,
      conversation_id uuid,
      recorded_at     timestamptz(3)   not null,
      superseded_at   timestamptz(3),
      created_at      timestamptz(3)   not null,
      valid_from      timestamptz(3),
      valid_to        timestamptz(3),
      expires_at      timestamptz(3),
      importance      double precision not null constraint memory__importance_range check (importance between 0 and 1),
      version         integer          not null,
      revision        integer          not null,
      strength        integer          not null,
      has_sources     boolean          not null,
      action          text             not null constraint memory__action_known
                                       check (action in ('create', 'update', 'strengthen', 'forget', 'expire', 'retract', 'rollback')),
      kind            text             not null constraint memory__kind_known
                                       check (kind in ('fact', 'preference', 'episode', 'summary', 'instruction', 'block')),
      label           text             constraint memory__label_length check (char_length(label) between 1 and 100),
      agent_id        text             constraint memory__agent_id_length check (char_length(agent_id) between 1 and 200),
      actor           text             not null constraint memory__actor_length check (char_length(actor) between 1 and 200),
      reason          text             constraint memory__reason_length check (char_length(reason) between 1 and 500),
      content         text             constraint memory__content_size check (octet_length(content) between 1 and 65536),
      fingerprint     bytea,
      tags            text[]           not null constraint memory__tags_count check (cardinality(tags) <= 50),
      metadata        jsonb            constraint memory__metadata_size check (pg_column_size(metadata) <= 1048576),
      constraint memory__valid_span check (valid_to > valid_from),
      constraint memory__block_has_label check ((kind = 'block') = (label is not null)),
      constraint memory__pk primary key (user_id, id, version),
      constraint memory__conversation_fk foreign key (user_id, conversation_id)
        references threadkeep.conversation (user_id, id) on delete cascade
    )`);
  const current = 'superseded_at is null';
  await runner.query(
    `create index memory__current on threadkeep.memory (user_id, recorded_at desc, id desc) where ${current} and content is not null and label is null`,
  );
  await runner.query(`create index memory__revision on threadkeep.memory (user_id, revision)`);
  await runner.query(
    `create unique index memory__fingerprint on threadkeep.memory (user_id, fingerprint) where ${current} and fingerprint is not null`,
  );
  await runner.query(
    `create index memory__block on threadkeep.memory (user_id, label) where ${current} and label is not null`,
  );
  await runner.query(
    `create index memory__expiry on threadkeep.memory (user_id, expires_at) where ${current} and expires_at is not null`,
  );
  await runner.query(
    `create index memory__conversation on threadkeep.memory (user_id, conversation_id) where conversation_id is not null`,
  );
  await protectTable(runner, { table: 'memory' });
}

async function createSources(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.memory_source (
      user_id    uuid    not null,
      memory_id  uuid    not null,
      version    integer not null,
      message_id uuid    not null,
      constraint memory_source__pk primary key (user_id, memory_id, version, message_id),
      constraint memory_source__memory_fk foreign key (user_id, memory_id, version)
        references threadkeep.memory (user_id, id, version) on delete cascade,
      constraint memory_source__message_fk foreign key (user_id, message_id)
        references threadkeep.message (user_id, id) on delete cascade
    )`);
  await runner.query(
    `create index memory_source__message on threadkeep.memory_source (user_id, message_id)`,
  );
  await protectTable(runner, { table: 'memory_source' });
}

/** The vector of a version: a signed byte for each dimension. */
async function createEmbeddings(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.memory_embedding (
      user_id   uuid    not null,
      memory_id uuid    not null,
      version   integer not null,
      arrival   integer not null,
      model     text    not null constraint memory_embedding__model_length check (char_length(model) between 1 and 200),
      vector    bytea   not null constraint memory_embedding__vector_size check (octet_length(vector) between 1 and 4096),
      constraint memory_embedding__pk primary key (user_id, memory_id),
      constraint memory_embedding__memory_fk foreign key (user_id, memory_id, version)
        references threadkeep.memory (user_id, id, version) on delete cascade
    )`);
  await runner.query(
    `create index memory_embedding__arrival on threadkeep.memory_embedding (user_id, arrival)`,
  );
  await protectTable(runner, { table: 'memory_embedding' });
}
