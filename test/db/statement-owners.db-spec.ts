// A census of the statements that the application declares: each on a table of users' rows has its owner bound, or is listed here with the reason.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RequestContexts } from '../../src/platform/context/index.js';
import {
  declaredStatements,
  type Statement,
} from '../../src/platform/database/connections/statement.js';
import { ownedStatement, ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { type List, ListQueryPipe, Lists } from '../../src/platform/list/index.js';
import { Cursors } from '../../src/platform/list/cursors.js';
import { fullSort } from '../../src/platform/list/list-sql.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { isForUsers, LISTS, OWNERS } from '../support/lists.js';

/** Statements on tables with a `user_id` that have no owner bound, by the reason. */
const WITHOUT_OWNER: Record<string, string[]> = {
  'system: finds users who have work to do': [
    'context_manifest.users_to_expire',
    'conversation.unmeasured_users',
    'memory.near_unknown_users',
    'memory_embedding.behind',
    'memory_expiry.users',
    'message_draft.users_with_expired',
    'turn.users_with_abandoned',
    'turn.renew',
    'threadkeep.conversation.users_to_purge',
    'threadkeep.event.users_to_purge',
    'threadkeep.task.users_to_purge',
  ],
  'system: deletes rows of all users, or rows that a user may not delete': [
    'context_manifest.expire',
    'idempotency_key.expire',
    'job.erase_payloads',
    'job.expire',
    'model_call.expire',
    'store_item.expire',
    'webhook_delivery.expire',
  ],
  'system: a shared configuration may be used by all users': [
    'agent_config_override.remove_all',
    'conversation.count_led_by_shared',
    'conversation.release_led_by_shared',
  ],
  'system: wraps the data keys of all users again': [
    'data_key.behind',
    'data_key.counts',
    'data_key.rewrap',
  ],
  'system: administers users whose fields are sealed': [
    'account.convert_verified',
    'account.list_verified_plain',
    'account.list_verified_sealed',
    'data_key.find_all',
    'data_key.keep_for',
    'mailed_secret.convert',
    'mailed_secret.list_plain',
    'mailed_secret.list_sealed',
  ],
  'system: seals the memories of all users, or unseals them': [
    'memory.convert',
    'memory.end_of_slice',
    'memory.list_plain',
    'memory.list_sealed',
    'memory.lock_heads',
    'memory_embedding.convert',
    'memory_embedding.end_of_slice',
    'memory_embedding.list_plain',
    'memory_embedding.list_sealed',
  ],
  'system: seals the messages of all users, or unseals them': [
    'message.convert',
    'message.end_of_slice',
    'message.list_plain',
    'message.list_sealed',
    'message.lock_converted',
  ],
  'system: an API key is the service’s, also where it names a user': [
    'api_key.any_service',
    'api_key.end',
    'api_key.find_by_hash',
    'api_key.find_live',
    'api_key.list_after',
    'api_key.list_first',
    'api_key.lock',
    'api_key.note_uses',
    'api_key.sweep',
    'api_key.usage',
    'audit_record.write_first_use',
  ],
  'system: runs jobs, and enqueues them for itself and for users': [
    'any_job.list_after',
    'any_job.list_first',
    'job.claim',
    'job.complete',
    'job.fail',
    'job.find_active',
    'job.find_active_of_system',
    'job.find_any',
    'job.give_back',
    'job.insert',
    'job.insert_recurring',
    'job.oldest',
    'job.progress',
    'job.release',
    'job.renew',
    'job.retry',
    'job.take_due',
  ],
  'system: runs model calls of all users': [
    'model_call.claim',
    'model_call.refuse_unknown',
    'model_call.renew',
    'model_call.settle_abandoned',
  ],
  'system: delivers to webhooks of all users': [
    'webhook.disable',
    'webhook_delivery.claim',
    'webhook_delivery.deliver',
    'webhook_delivery.fail',
    'webhook_delivery.release',
  ],
  'system: merges a user into another': [
    'account.end_merged',
    'data_key.delete',
    'data_key.lock_all',
    'job.active_of_users',
    'job.end_retries_of_users',
    'job.rename_keys_of_merged',
    'memory.join_heads',
    'account.end_taken',
    'account.find_merged',
    'account.restore_merged',
    'data_key.add',
    'deleted_import.share',
    'idempotency_key.erase_unnamed',
    'job.restore_keys_of_merged',
    'memory.part_heads',
    'memory.recognise',
    'memory.same_of_users',
    'memory.without_fingerprint',
    'merge_undo.begin',
    'merge_undo.entries',
    'merge_undo.expire',
    'merge_undo.find',
    'merge_undo.keep',
    'merge_undo.remove',
  ],
  'system: finds whom a login, a token or a mailed secret belongs to': [
    'account.find_by_email',
    'account.find_by_username',
    'account.create',
    'idempotency.mark_for',
  ],
  'system: removes users who never proved their address': [
    'account.lock_unproved',
    'account.not_awaited',
  ],
  'reads the catalog, and no row': ['pgvector.namespace'],
};

/** Sort keys, by their SQL type. */
const EXAMPLES: Record<string, string> = {
  uuid: OWNERS.ada,
  timestamptz: '2026-01-01T00:00:00.000Z',
};

describe('the statements that the application declares', () => {
  let app: TestApp;
  let onUsersRows: RegExp;
  beforeAll(async () => {
    app = await createTestApp();
    const { rows } = await app.database.admin(`
      select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'user_id'
       where c.relnamespace = 'threadkeep'::regnamespace and c.relkind in ('r', 'p')`);
    expect(rows.length).toBeGreaterThan(15);
    onUsersRows = new RegExp(
      `\\bthreadkeep\\.(?:${rows.map(({ name }) => String(name)).join('|')})\\b`,
    );
    await askEachList();
  });
  afterAll(() => app.close());

  /** A list declares the statements of its plain pages when they are first asked for. One with a condition of its feature has none. */
  async function askEachList(): Promise<void> {
    const lists = app.app.get(Lists);
    for (const one of Object.values(LISTS).filter(({ within }) => within === undefined)) {
      const query = new ListQueryPipe(one.list).transform({});
      const ask = async () => {
        const position = fullSort(one.list, query.sort).map(
          ({ field }) => EXAMPLES[one.list.field(field)!.kind.type]!,
        );
        const cursor = app.app.get(Cursors).seal(position, lists.question(one.list, query, []));
        for (const asked of [query, { ...query, cursor }])
          await lists.page(one.list as List, asked);
      };
      await (isForUsers(one)
        ? app.app.get(RequestContexts).runAsUser(OWNERS.ada, ask)
        : app.app.get(ScopedDatabase).runAsSystem('a census', ask));
    }
  }

  const unowned = (statements: readonly Statement[]): string[] => [
    ...new Set(
      statements
        .filter(({ owner, text }) => owner === undefined && onUsersRows.test(text))
        .map(({ name }) => name),
    ),
  ];

  it('bind the owner of users’ rows, unless there is a reason', () => {
    expect(unowned(declaredStatements()).sort()).toEqual(
      Object.values(WITHOUT_OWNER).flat().sort(),
    );
  });

  it('are all known here: of lists, of soft-deleted tables and of those that modules register', () => {
    const names = declaredStatements().map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'conversation.list_after',
        'event.forget_derived',
        'message.append_one',
        'threadkeep.task.purge',
      ]),
    );
    expect(new Set(names).size).toBeGreaterThan(150);
  });

  it('are built for one request with an owner, except those of the service’s lists, of merges and of conversions, which the system runs', () => {
    const source = join(import.meta.dirname, '../../src');
    const importing = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        file.endsWith('.ts') &&
        /import \{[^}]*\banonymous\b[^}]*\} from/.test(readFileSync(join(source, file), 'utf8')),
    );
    expect(importing.sort()).toEqual([
      'platform/list/lists.ts',
      'platform/vault/column-conversions.ts',
      'platform/vault/sealed-columns.ts',
      'users/merging/merging.repository.ts',
      'users/merging/undo/merge-undo.repository.ts',
      'users/merging/undo/undoing.repository.ts',
    ]);
  });

  it('would be found without an owner, and not with one', () => {
    const text = 'select id from threadkeep.task where user_id = $1';
    const [plain, owned] = [statement('test.plain', text), ownedStatement('test.owned', text)];
    expect(unowned([plain, owned])).toEqual(['test.plain']);
  });
});
