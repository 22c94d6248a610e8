// What the contract of repositories needs to know of each table of a user's rows.
import { randomUUID } from 'node:crypto';
import type { INestApplication } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { type OwnedEntity, OwnedRepository } from '../../src/platform/repository/index.js';

export type AnyRow = OwnedEntity & Record<string, unknown>;
export type AnyRepository = OwnedRepository<AnyRow>;

export interface OwnedExample {
  /** Without the id. */
  values: (n: number) => Record<string, unknown>;
  /** An edit, and what the row shows of it. */
  change: Record<string, unknown>;
  /** Fields that name another row of the same user, with the table they name. */
  references: Record<string, string>;
}

/** By the table's name. A repository without an entry here fails the contract. */
export const EXAMPLES: Record<string, OwnedExample> = {
  conversation: {
    values: (n) => ({ title: `conversation ${n}` }),
    change: { title: 'changed' },
    references: { forkedFromId: 'conversation' },
  },
  task: {
    values: (n) => ({ title: `task ${n}` }),
    change: { title: 'changed' },
    references: { conversationId: 'conversation' },
  },
  event: {
    values: (n) => ({
      title: `event ${n}`,
      start: '2026-01-01',
      allDay: true,
      startsAt: new Date('2026-01-01T00:00:00Z'),
      endsAt: new Date('2026-01-02T00:00:00Z'),
    }),
    change: { title: 'changed' },
    references: { conversationId: 'conversation' },
  },
};

/** Tables of a user's rows that are in neither form of the contract, and why. */
export const OTHERWISE: Record<string, string> = {
  agent_config_version: 'only added, with what it is a version of',
  agent_config_move: 'only added, when an alias moves',
  agent_config_override: 'only added, each time a user lays something else over a configuration',
  audit_event: 'only added',
  message: 'an immutable log: rows are appended and read by statements of their own',
  message_draft: 'written by statements of its own, which name the version before',
  message_piece: 'rows are added and joined by statements of their own',
  turn: 'written by statements of its own, which name the process that holds it',
  model_call: 'written by statements of its own, which name the process that holds it',
  summary: 'written once, with the count of changes of its conversation',
  context_manifest: 'written once, with the context it describes',
  deleted_import: 'added by triggers, when what it names is deleted',
  message_search: 'an index over messages, made by searches of the release before',
  idempotency_key: 'written with the answer it remembers',
  idempotency_subject: 'written with the answer that shows it',
  memory_head: 'counts the writes of memories',
  memory_source: 'written with the version it belongs to',
  memory_embedding: 'made from a version in the background',
  message_embedding: 'made from a message in the background',
  message_embedding_head: 'tells which messages have theirs',
  data_key: 'one row a user, made when something is first sealed, and wrapped again by the system',
  store_item: 'written by statements of its own, under a namespace and a key',
  checkpoint: 'written by statements of its own, with its values',
  checkpoint_value: 'written with a checkpoint',
  checkpoint_write: 'written by statements of its own, once for each place',
  model_key: 'written and read by its provider, sealed',
  account: 'one row a user, with a password that no answer shows',
  user_session: 'found by its token, and written by statements of its own',
  mailed_secret: 'one a user and purpose, used up by its secret',
  merge_undo: 'written and read by merges, as the system',
  merge_undo_part: 'written and read by merges, as the system',
  webhook: 'written by statements that the service shares, with a sealed secret',
  webhook_delivery: 'added by triggers, in the transaction that it tells of',
  job: 'belongs to the system, too, and is written with what it follows from',
};

export const newRow = (example: OwnedExample, n = 1): AnyRow =>
  ({ id: randomUUID(), ...example.values(n) }) as unknown as AnyRow;

/** Every repository of owned rows that the application has, by its table. */
export function ownedRepositories(app: INestApplication): Map<string, AnyRepository> {
  const providers = [...app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.providers.values(),
  ]);
  const repositories = providers
    .map(({ instance }) => instance)
    .filter((instance) => instance instanceof OwnedRepository) as AnyRepository[];
  return new Map(repositories.map((repository) => [repository.name, repository]));
}
