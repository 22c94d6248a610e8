import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  eraseAnswersOfDeleted,
  eraseServiceAnswersOfDeleted,
} from '../src/platform/idempotency/erased-answers.js';
import {
  APP_ROLE,
  protectSystemTable,
  protectTable,
} from '../src/platform/database/setup/row-level-security.js';

/**
 * Webhooks of users and of the service, and what is to be delivered to them. A row of a delivery is
 * the outbox: triggers write it in the transaction of the change that it tells of.
 */
export class CreateWebhooks1796900000000 implements MigrationInterface {
  name = 'CreateWebhooks1796900000000';

  async up(runner: QueryRunner): Promise<void> {
    await createUsers(runner);
    await createServices(runner);
    await createTelling(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name, { table }] of Object.entries(TRIGGERS)) {
      await runner.query(`drop trigger ${triggerOf(name, table)} on threadkeep.${table}`);
      await runner.query(`drop function threadkeep.tell_of_${name}`);
    }
    await runner.query(`drop function threadkeep.tell_webhooks, threadkeep.id_by_time`);
    await runner.query(`
      drop table threadkeep.webhook_delivery, threadkeep.webhook,
        threadkeep.service_webhook_delivery, threadkeep.service_webhook`);
  }
}

const webhookColumns = (table: string) => `
      url                 text           not null constraint ${table}__url_length check (char_length(url) between 1 and 2000),
      description         text           constraint ${table}__description_length check (char_length(description) <= 500),
      events              text[]         not null constraint ${table}__events_count check (cardinality(events) between 1 and 50),
      enabled             boolean        not null default true,
      disabled_because    text           constraint ${table}__disabled_because_known check (disabled_because in ('gone', 'failing', 'behind')),
      secret              bytea          not null constraint ${table}__secret_size check (octet_length(secret) between 1 and 1024),
      previous_secret     bytea          constraint ${table}__previous_secret_size check (octet_length(previous_secret) between 1 and 1024),
      previous_expires_at timestamptz(3),
      failures            integer        not null default 0,
      failing_since       timestamptz(3),
      retry_at            timestamptz(3),
      version             integer        not null default 1,
      created_at          timestamptz(3) not null default now(),
      updated_at          timestamptz(3) not null default now(),
      constraint ${table}__previous_whole check ((previous_secret is null) = (previous_expires_at is null))`;

const deliveryColumns = (table: string) => `
      type        text           not null constraint ${table}__type_length check (char_length(type) between 1 and 100),
      data        jsonb          not null constraint ${table}__data_size check (pg_column_size(data) <= 16384),
      state       text           not null default 'pending' constraint ${table}__state_known check (state in ('pending', 'delivered', 'failed')),
      attempts    integer        not null default 0,
      last_status integer,
      last_error  text           constraint ${table}__last_error_length check (char_length(last_error) <= 100),
      created_at  timestamptz(3) not null default clock_timestamp(),
      queued_at   timestamptz(3) not null default clock_timestamp(),
      next_at     timestamptz(3) not null default clock_timestamp(),
      finished_at timestamptz(3),
      constraint ${table}__finished_at_when_finished check ((state = 'pending') = (finished_at is null))`;

async function createUsers(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.webhook (
      user_id             uuid           not null constraint webhook__user_fk references threadkeep.app_user (id) on delete cascade,
      id                  uuid           not null,${webhookColumns('webhook')},
      constraint webhook__pk primary key (user_id, id)
    )`);
  await runner.query(
    `create index webhook__created on threadkeep.webhook (user_id, created_at desc, id desc)`,
  );
  await runner.query(`
    create table threadkeep.webhook_delivery (
      user_id     uuid           not null constraint webhook_delivery__user_fk references threadkeep.app_user (id) on delete cascade,
      id          uuid           not null,
      webhook_id  uuid           not null,${deliveryColumns('webhook_delivery')},
      constraint webhook_delivery__pk primary key (user_id, id),
      constraint webhook_delivery__webhook_fk foreign key (user_id, webhook_id) references threadkeep.webhook (user_id, id) on delete cascade
    )`);
  await runner.query(
    `create index webhook_delivery__webhook on threadkeep.webhook_delivery (user_id, webhook_id, id desc)`,
  );
  await runner.query(
    `create index webhook_delivery__due on threadkeep.webhook_delivery (user_id, webhook_id, next_at) where state = 'pending'`,
  );
  await createFinishedIndex(runner, 'webhook_delivery', 'user_id, finished_at');
  await protectTable(runner, { table: 'webhook' });
  await eraseAnswersOfDeleted(runner, 'webhook');
  await protectTable(runner, { table: 'webhook_delivery', grant: 'select, insert, update' });
}

/** For the sweep, which looks for the oldest. */
async function createFinishedIndex(
  runner: QueryRunner,
  table: string,
  columns: string,
): Promise<void> {
  await runner.query(
    `create index ${table}__finished on threadkeep.${table} (${columns}) where finished_at is not null`,
  );
}

/**
 * The writes of users add deliveries to webhooks of the service. So their role may know the types
 * that these webhooks ask for, and add rows about the own user, which it cannot read.
 */
async function createServices(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.service_webhook (
      owner               text           not null default 'service' constraint service_webhook__owner_service check (owner = 'service'),
      id                  uuid           not null,${webhookColumns('service_webhook')},
      constraint service_webhook__pk primary key (id)
    )`);
  await runner.query(
    `create index service_webhook__created on threadkeep.service_webhook (created_at desc, id desc)`,
  );
  await protectSystemTable(runner, 'service_webhook');
  await runner.query(`
    create policy service_webhook__listening on threadkeep.service_webhook for select to ${APP_ROLE}
      using (enabled)`);
  await runner.query(
    `grant select (id, events, enabled) on threadkeep.service_webhook to ${APP_ROLE}`,
  );
  await eraseServiceAnswersOfDeleted(runner, 'service_webhook');
  await runner.query(`
    create table threadkeep.service_webhook_delivery (
      owner         text           not null default 'service' constraint service_webhook_delivery__owner_service check (owner = 'service'),
      id            uuid           not null,
      webhook_id    uuid           not null,
      about_user_id uuid,
      present_user_id uuid         constraint service_webhook_delivery__user_fk references threadkeep.app_user (id) on delete cascade,${deliveryColumns('service_webhook_delivery')},
      constraint service_webhook_delivery__pk primary key (id)
    )`);
  await runner.query(
    `create index service_webhook_delivery__webhook on threadkeep.service_webhook_delivery (webhook_id, id desc)`,
  );
  await runner.query(
    `create index service_webhook_delivery__due on threadkeep.service_webhook_delivery (webhook_id, next_at) where state = 'pending'`,
  );
  await runner.query(
    `create index service_webhook_delivery__user on threadkeep.service_webhook_delivery (present_user_id) where present_user_id is not null`,
  );
  await createFinishedIndex(runner, 'service_webhook_delivery', 'finished_at');
  await protectSystemTable(runner, 'service_webhook_delivery');
  await runner.query(`
    create policy service_webhook_delivery__write on threadkeep.service_webhook_delivery for insert to ${APP_ROLE}
      with check (about_user_id = (select nullif(current_setting('app.user_id', true), '')::uuid))`);
  await runner.query(`grant insert on threadkeep.service_webhook_delivery to ${APP_ROLE}`);
}

/** A UUIDv7, so that deliveries are in the order in which they were written. */
const ID_BY_TIME = `
  create function threadkeep.id_by_time() returns uuid language sql volatile as $$
    select encode(set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid()) placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
      52, 1), 53, 1), 'hex')::uuid
  $$`;

/**
 * What tells of a deleted user does not go with the user. A webhook that is being removed is told of
 * nothing: a write would wait for its removal, and then fail for its foreign key.
 */
const TELL = `
  create function threadkeep.tell_webhooks(event text, about uuid, ids jsonb) returns void language plpgsql as $$
  begin
    insert into threadkeep.webhook_delivery (user_id, id, webhook_id, type, data)
    select w.user_id, threadkeep.id_by_time(), w.id, event, ids from threadkeep.webhook w
     where w.user_id = about and w.enabled and event = any (w.events)
       for key share of w skip locked;
    insert into threadkeep.service_webhook_delivery (id, webhook_id, about_user_id, present_user_id, type, data)
    select threadkeep.id_by_time(), s.id, about, case when event <> 'user.deleted' then about end, event, ids
      from threadkeep.service_webhook s where s.enabled and event = any (s.events);
  end $$`;

/** Runs with the rights of the writer, and costs two look-ups while there is no webhook. */
const whenHeard = (body: string) => `
  begin
    if exists (select from threadkeep.webhook) or exists (select from threadkeep.service_webhook s where s.enabled) then
      ${body}
    end if;
    return null;
  end`;

/** Rows that go with their user are not told of: the deletion of the user is. */
const OF_PRESENT_USER = 'join threadkeep.app_user u on u.id = g.user_id';

/** By the name of the trigger's function: the table, when it runs, and what it does. */
const TRIGGERS: Record<string, { table: string; when: string; body: string }> = {
  message_created: {
    table: 'message',
    when: 'after insert on threadkeep.message referencing new table as added for each statement',
    body: `perform threadkeep.tell_webhooks('message.created', a.user_id, jsonb_build_object(
        'conversationId', a.conversation_id, 'fromSeq', min(a.seq), 'toSeq', max(a.seq),
        'messageIds', (array_agg(a.id order by a.seq))[1:100]))
        from added a group by a.user_id, a.conversation_id;`,
  },
  message_changed: {
    table: 'message',
    when: `after update of content, metadata, status, key, feedback, erased on threadkeep.message for each row
      when (row (old.content, old.metadata, old.status, old.key, old.feedback, old.erased)
        is distinct from row (new.content, new.metadata, new.status, new.key, new.feedback, new.erased))`,
    body: `perform threadkeep.tell_webhooks(
        case when new.erased is distinct from old.erased then 'message.erased' else 'message.changed' end,
        new.user_id, jsonb_build_object('conversationId', new.conversation_id, 'messageId', new.id,
          'seq', new.seq, 'status', coalesce(new.status, 'complete')));`,
  },
  conversation_created: {
    table: 'conversation',
    when: 'after insert on threadkeep.conversation referencing new table as added for each statement',
    body: `perform threadkeep.tell_webhooks('conversation.created', a.user_id,
        jsonb_build_object('conversationId', a.id)) from added a;`,
  },
  conversation_changed: {
    table: 'conversation',
    when: `after update of version, deleted_at on threadkeep.conversation for each row
      when (old.version is distinct from new.version or old.deleted_at is distinct from new.deleted_at)`,
    body: `perform threadkeep.tell_webhooks(
        case when (old.deleted_at is null) = (new.deleted_at is null) then 'conversation.changed'
             when new.deleted_at is null then 'conversation.restored' else 'conversation.deleted' end,
        new.user_id, jsonb_build_object('conversationId', new.id));`,
  },
  conversation_gone: {
    table: 'conversation',
    when: 'after delete on threadkeep.conversation referencing old table as gone for each statement',
    body: `perform threadkeep.tell_webhooks('conversation.deleted', g.user_id,
        jsonb_build_object('conversationId', g.id))
        from gone g ${OF_PRESENT_USER} where g.deleted_at is null;`,
  },
  memory_written: {
    table: 'memory',
    when: 'after insert on threadkeep.memory referencing new table as added for each statement',
    body: `perform threadkeep.tell_webhooks(
        case when a.version = 1 then 'memory.created' when a.content is null then 'memory.forgotten'
             else 'memory.changed' end,
        a.user_id, jsonb_build_object('memoryId', a.id, 'version', a.version))
        from added a where a.kind <> 'block';`,
  },
  memory_gone: {
    table: 'memory',
    when: 'after delete on threadkeep.memory referencing old table as gone for each statement',
    body: `perform threadkeep.tell_webhooks('memory.forgotten', g.user_id,
        jsonb_build_object('memoryId', g.id, 'version', max(g.version)))
        from gone g ${OF_PRESENT_USER} where g.kind <> 'block'
       group by g.user_id, g.id having bool_or(g.content is not null);`,
  },
  turn_finished: {
    table: 'turn',
    when: `after update of state on threadkeep.turn for each row
      when (old.state is distinct from new.state
        and new.state in ('completed', 'failed', 'cancelled', 'interrupted'))`,
    body: `perform threadkeep.tell_webhooks('turn.finished', new.user_id, jsonb_build_object(
        'conversationId', new.conversation_id, 'turnId', new.id, 'state', new.state));`,
  },
  app_user_created: {
    table: 'app_user',
    when: 'after insert on threadkeep.app_user for each row',
    body: `perform threadkeep.tell_webhooks('user.created', new.id, '{}');`,
  },
  app_user_changed: {
    table: 'app_user',
    when: `after update of version on threadkeep.app_user for each row
      when (old.version is distinct from new.version and old.id = new.id)`,
    body: `perform threadkeep.tell_webhooks('user.changed', new.id, '{}');`,
  },
  app_user_deleted: {
    table: 'app_user',
    when: 'after delete on threadkeep.app_user for each row when (old.merged_into is null)',
    body: `perform threadkeep.tell_webhooks('user.deleted', old.id, '{}');`,
  },
};

const triggerOf = (name: string, table: string) =>
  `${table}__tell_of_${name.slice(table.length + 1)}`;

async function createTelling(runner: QueryRunner): Promise<void> {
  await runner.query(ID_BY_TIME);
  await runner.query(TELL);
  for (const [name, { table, when, body }] of Object.entries(TRIGGERS)) {
    await runner.query(
      `create function threadkeep.tell_of_${name}() returns trigger language plpgsql as $$${whenHeard(body)} $$`,
    );
    await runner.query(
      `create trigger ${triggerOf(name, table)} ${when} execute function threadkeep.tell_of_${name}()`,
    );
  }
}
