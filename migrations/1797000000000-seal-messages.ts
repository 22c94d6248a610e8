import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A text that begins as a sealed one does has the form of one, or of a plain one behind the escape. A
 * process of the release before knows no escape. PostgreSQL refuses what it would write in a wrong form.
 */
const hasMark = (column: string): string =>
  `substr(${column}, 1, 48) ~ '^:sealed:(0::sealed:|1:A[Q-Za-f][A-Za-z0-9+/]{36})'`;
const hasNone = (column: string): string => `not starts_with(${column}, ':sealed:')`;

/**
 * Sizes of columns that may hold sealed values, and of those that only hold plain ones. A sealed text
 * has 4/3 of the bytes of a plain one and of 29 more, and its mark. The JSON text of a `jsonb` has up to
 * six times its bytes.
 */
const CHECKS = [
  [
    'conversation',
    'title_length',
    `char_length(title) <= 500 and ${hasNone('title')}
      or ${hasMark('title')} and char_length(title) <= 2600`,
    'char_length(title) <= 500',
  ],
  [
    'message',
    'content_size',
    `octet_length(content) <= 4194304 and ${hasNone('content')}
      or ${hasMark('content')} and octet_length(content) <= 14680064`,
    'octet_length(content) <= 4194304',
  ],
  [
    'message_draft',
    'metadata_size',
    `pg_column_size(metadata) <= 1048576
      or jsonb_typeof(metadata) = 'string' and pg_column_size(metadata) <= 8388728`,
    'pg_column_size(metadata) <= 1048576',
  ],
  [
    'summary',
    'content_size',
    `octet_length(content) between 1 and 262144 and ${hasNone('content')}
      or ${hasMark('content')} and octet_length(content) <= 349574`,
    'octet_length(content) between 1 and 262144',
  ],
  [
    'turn',
    'options_size',
    `pg_column_size(options) <= 1048576
      or jsonb_typeof(options) = 'string' and pg_column_size(options) <= 8388728`,
    'pg_column_size(options) <= 1048576',
  ],
  [
    'turn',
    'input_size',
    `octet_length(input) <= 1048576
      or starts_with(input, ':sealed:') and octet_length(input) <= 1398150`,
    'octet_length(input) <= 1048576',
  ],
  [
    'model_call',
    'request_size',
    `octet_length(request) <= 1048576
      or starts_with(request, ':sealed:') and octet_length(request) <= 1398150`,
    'octet_length(request) <= 1048576',
  ],
  [
    'model_call',
    'reply_size',
    `octet_length(reply) <= 4194304
      or starts_with(reply, ':sealed:') and octet_length(reply) <= 5592454`,
    'octet_length(reply) <= 4194304',
  ],
] as const;

/**
 * What a message says changes only together with its status or its erasure, so these tell. A sealed
 * value that is sealed anew, or opened, is no change.
 */
const tellOfChanged = (columns: string[]) => `
  create or replace trigger message__tell_of_changed
    after update of ${columns.join(', ')} on threadkeep.message for each row
    when (row (${columns.map((column) => `old.${column}`).join(', ')})
      is distinct from row (${columns.map((column) => `new.${column}`).join(', ')}))
    execute function threadkeep.tell_of_message_changed()`;

/**
 * A title that is taken away is in no answer to a retry. Of a sealed title or answer nobody can tell
 * here, so every answer about the conversation goes.
 */
const eraseAnswersWithTitle = (isInAnswer: string) => `
  create or replace function threadkeep.erase_answers_with_title() returns trigger language plpgsql as $$
    begin
      update threadkeep.idempotency_key k set status = 410, headers = '{}', body = 'null',
          named = true
        from threadkeep.idempotency_subject s
       where s.user_id = old.user_id and s.subject = old.id
         and k.user_id = s.user_id and k.key = s.key and k.status <> 410
         and ${isInAnswer};
      return null;
    end $$`;
const IS_IN_PLAIN = 'position(to_json(old.title)::text in k.body) > 0';
const MAY_BE_IN = `(starts_with(k.body, ':sealed:') or starts_with(old.title, ':sealed:')
           or ${IS_IN_PLAIN})`;

/**
 * The next migration reads these tables. While the policies bind it, an owner that is no superuser sees
 * no rows. No request is served as the owner, and the migration after the next binds it again.
 */
const READ_BY_OWNER = ['conversation', 'message', 'message_piece', 'summary'] as const;

const ESCAPE = ':sealed:0:';

/** The constraints would refuse such a text without its escape. */
async function removeEscapes(runner: QueryRunner): Promise<void> {
  for (const table of READ_BY_OWNER) {
    const text = table === 'conversation' ? 'title' : 'content';
    // An owner that is no superuser sees no rows while the policies bind it.
    await runner.query(`alter table threadkeep.${table} no force row level security`);
    await runner.query(`
      update threadkeep.${table} set ${text} = substr(${text}, ${ESCAPE.length + 1})
       where starts_with(${text}, '${ESCAPE}')`);
    await runner.query(`alter table threadkeep.${table} force row level security`);
  }
}

/**
 * Makes room for sealed values. The tables are locked until the commit, so no statement here reads their
 * rows. The next migrations do: they escape texts, and validate the constraints.
 */
export class SealMessages1797000000000 implements MigrationInterface {
  name = 'SealMessages1797000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, name, larger] of CHECKS)
      await runner.query(`
        alter table threadkeep.${table} drop constraint ${table}__${name},
          add constraint ${table}__${name} check (${larger}) not valid`);
    await runner.query(`
      alter table threadkeep.message_piece add constraint message_piece__content_form
        check (${hasNone('content')} or ${hasMark('content')}) not valid`);
    await runner.query(tellOfChanged(['status', 'key', 'feedback', 'erased']));
    await runner.query(eraseAnswersWithTitle(MAY_BE_IN));
    for (const table of READ_BY_OWNER)
      await runner.query(`alter table threadkeep.${table} no force row level security`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      tellOfChanged(['content', 'metadata', 'status', 'key', 'feedback', 'erased']),
    );
    await runner.query(eraseAnswersWithTitle(IS_IN_PLAIN));
    await runner.query(
      `alter table threadkeep.message_piece drop constraint message_piece__content_form`,
    );
    for (const [table, name] of CHECKS)
      await runner.query(`alter table threadkeep.${table} drop constraint ${table}__${name}`);
    await removeEscapes(runner);
    for (const [table, name, , smaller] of CHECKS)
      await runner.query(`
        alter table threadkeep.${table} add constraint ${table}__${name} check (${smaller})`);
  }
}
