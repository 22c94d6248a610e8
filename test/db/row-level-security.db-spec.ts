import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { census, tablesOf } from '../support/census.js';
import { createTestDatabase, type TestDatabase, withTestRoles } from '../support/database.js';

const policies = (table: string, owner = 'user_id') => `
  alter table threadkeep.${table} enable row level security; alter table threadkeep.${table} force row level security;
  create policy ${table}__owner on threadkeep.${table} for all to threadkeep_app
    using (${owner} = (select nullif(current_setting('app.user_id', true), '')::uuid))
    with check (${owner} = (select nullif(current_setting('app.user_id', true), '')::uuid));
  create policy ${table}__system on threadkeep.${table} for all to threadkeep_system using (true) with check (true);
  grant select, insert, update, delete on threadkeep.${table} to threadkeep_app;`;

const erasable = (table: string) => `
  create trigger ${table}__erase_answers after delete on threadkeep.${table} referencing old table as gone for each statement execute function threadkeep.erase_answers();`;

const one_more = (columns = '', keys = 'primary key (user_id, id)') =>
  `create table threadkeep.one_more (
     user_id uuid not null constraint one_more__user_fk references threadkeep.app_user on delete cascade, id uuid not null, ${columns} ${keys});`;

/** A change somebody could make, and what the census must say of it. */
const mistakes: [title: string, ddl: string, findings: string[]][] = [
  [
    'a table without row-level security',
    `${one_more()} grant select on threadkeep.one_more to threadkeep_app;`,
    [
      'no policy lets the system role do everything: one_more',
      'row-level security is not enabled: one_more',
      'row-level security is not forced: one_more',
      'the runtime role has privileges and no policy: one_more',
    ],
  ],
  [
    'a table whose owner is not bound',
    `${one_more()} ${policies('one_more')} ${erasable('one_more')} alter table threadkeep.one_more no force row level security;`,
    ['row-level security is not forced: one_more'],
  ],
  [
    'a table whose policy was dropped',
    `drop policy message__owner on threadkeep.message`,
    ['the runtime role has privileges and no policy: message'],
  ],
  [
    'a policy that lets everybody read',
    `alter policy message__owner on threadkeep.message using (true)`,
    ['a policy of the runtime role is not that the owner is the current user: message__owner'],
  ],
  [
    'a policy that lets a user write rows of another',
    `alter policy message__owner on threadkeep.message with check (true)`,
    ['a policy of the runtime role is not that the owner is the current user: message__owner'],
  ],
  [
    'a second policy, for everybody',
    `create policy extra on threadkeep.message for select using (true)`,
    ['a policy is for another role: extra'],
  ],
  [
    'an index that is not led by user_id',
    `create index message__role on threadkeep.message (role)`,
    ['an index is not led by user_id: threadkeep.message__role'],
  ],
  [
    'a key that is not led by user_id',
    `${one_more('', 'unique (id)')} ${policies('one_more')} ${erasable('one_more')}`,
    [
      'an index is not led by user_id: threadkeep.one_more_id_key',
      'no key starts with user_id: one_more',
    ],
  ],
  [
    'a user_id that may be null',
    `alter table threadkeep.message_search drop constraint message_search__pk; alter table threadkeep.message_search alter user_id drop not null`,
    ['no key starts with user_id: message_search', 'user_id may be null: message_search'],
  ],
  [
    'a reference that may point at a row of another user',
    `${one_more('message_id uuid, conversation_id uuid,')} ${policies('one_more')} ${erasable('one_more')}
     create unique index conversation__bare on threadkeep.conversation (id);
     alter table threadkeep.one_more add constraint one_more__conversation_fk foreign key (conversation_id) references threadkeep.conversation (id)`,
    [
      'a reference to an owned table does not carry the owner: one_more__conversation_fk',
      'an index is not led by user_id: threadkeep.conversation__bare',
    ],
  ],
  [
    'a reference with its columns in another order',
    `${one_more('conversation_id uuid,')} ${policies('one_more')} ${erasable('one_more')}
     alter table threadkeep.one_more add constraint one_more__conversation_fk foreign key (conversation_id, user_id) references threadkeep.conversation (id, user_id)`,
    ['a reference to an owned table does not carry the owner: one_more__conversation_fk'],
  ],
  [
    'rows that outlive their user',
    `${one_more()} ${policies('one_more')} ${erasable('one_more')} alter table threadkeep.one_more drop constraint one_more__user_fk`,
    ['does not go when its user goes: one_more'],
  ],
  [
    'rows that leave what was answered of them',
    `${one_more()} ${policies('one_more')} drop trigger task__erase_answers on threadkeep.task; alter table threadkeep.event disable trigger event__erase_answers`,
    ['event', 'one_more', 'task'].map(
      (table) => `what was answered of its rows outlives them: ${table}`,
    ),
  ],
  [
    'rows whose answers are shown while they are in the bin',
    `${one_more('deleted_at timestamptz,')} ${policies('one_more')} ${erasable('one_more')} drop trigger conversation__erase_answers_hidden on threadkeep.conversation`,
    ['conversation', 'one_more'].map(
      (table) => `what was answered of its rows is shown while they are in the bin: ${table}`,
    ),
  ],
  [
    'a table owned by the runtime role',
    `grant create on schema threadkeep to threadkeep_app; alter table threadkeep.message owner to threadkeep_app`,
    ['REFERENCES', 'TRIGGER', 'TRUNCATE']
      .map((privilege) => `a privilege that goes round the policies: message ${privilege}`)
      .concat(
        'owned by a role that serves requests: message',
        'what was answered of its rows outlives them: message',
      ),
  ],
  [
    'a grant to everybody',
    `grant select on threadkeep.service_idempotency_key to public`,
    [
      'open to everybody: service_idempotency_key',
      'the runtime role can use a table that belongs to nobody: service_idempotency_key',
      'the runtime role has privileges and no policy: service_idempotency_key',
    ],
  ],
  [
    'a policy that shows what the service does not share',
    `alter policy service_agent_config__shared on threadkeep.service_agent_config using (true)`,
    ['what is shared is not what the service shares: service_agent_config__shared'],
  ],
  [
    'a grant to write what is shared',
    `grant update on threadkeep.service_agent_config to threadkeep_app`,
    ['the runtime role can use a table that belongs to nobody: service_agent_config'],
  ],
  [
    'a grant to truncate, which no policy sees',
    `grant truncate on threadkeep.message to threadkeep_app`,
    ['a privilege that goes round the policies: message TRUNCATE'],
  ],
  [
    'a table outside the schema',
    `create table public.stray (id int); grant insert on public.stray to threadkeep_app`,
    ['the runtime role can use a table outside the schema: stray'],
  ],
  [
    'a function with the rights of its owner',
    `create function threadkeep.all_messages() returns setof threadkeep.message language sql security definer as 'select * from threadkeep.message'`,
    ['a function runs with the rights of its owner: threadkeep.all_messages()'],
  ],
  [
    'a view with the rights of its owner',
    `create view threadkeep.everything as select * from threadkeep.message`,
    ['a view reads with the rights of its owner: threadkeep.everything'],
  ],
  [
    'a materialized view',
    `create materialized view threadkeep.copy as select * from threadkeep.message`,
    ['a materialized view has no policies: threadkeep.copy'],
  ],
  [
    'an index that was never finished',
    `create index message__late on threadkeep.message (user_id, role);
     update pg_index set indisvalid = false where indexrelid = 'threadkeep.message__late'::regclass`,
    ['an index is not valid: threadkeep.message__late'],
  ],
  [
    'a constraint that old rows may break',
    `alter table threadkeep.message add constraint message__short check (char_length(role) < 10) not valid`,
    ['a constraint is not validated: message__short'],
  ],
];

describe('the schema', () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.adminUrl });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  async function findingsAfter(ddl: string): Promise<string[]> {
    await client.query('begin');
    try {
      await client.query(withTestRoles(ddl));
      return await census(client);
    } finally {
      await client.query('rollback');
    }
  }

  it('has tables, and every one of them is private', async () => {
    const known = [
      'api_key',
      'app_user',
      'conversation',
      'idempotency_key',
      'message',
      'service_idempotency_key',
    ];
    expect(await tablesOf(client)).toEqual(expect.arrayContaining(known));
    expect(await census(client)).toEqual([]);
  });

  it('would still be private with one more table made as the others are', async () => {
    expect(
      await findingsAfter(`${one_more()} ${policies('one_more')} ${erasable('one_more')}`),
    ).toEqual([]);
  });

  it('would still be private with a view that reads as its caller', async () => {
    expect(
      await findingsAfter(
        `create view threadkeep.mine with (security_invoker = true) as select * from threadkeep.message`,
      ),
    ).toEqual([]);
  });

  it.each(mistakes)('is found wanting with %s', async (_title, ddl, findings) => {
    expect(await findingsAfter(ddl)).toEqual(findings);
  });

  it.each([
    ['superuser', 'superuser'],
    ['bypassrls', 'bypassrls'],
    ['inherit', 'inherit'],
    ['login', 'login'],
  ])('is found wanting when the runtime role is given %s', async (option, finding) => {
    expect(await findingsAfter(`alter role threadkeep_app ${option}`)).toContain(
      `a serving role is not bound: threadkeep_app ${finding}`,
    );
  });
});
