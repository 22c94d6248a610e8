// SQL of messages with a key or a status. Both are written after the append, in its transaction, so
// that other appends have nothing to do with them.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../../platform/database/index.js';
import type { UnfinishedStatus } from '../message.entity.js';
import { SealedMessages } from '../../sealing/sealed-messages.js';
import { withoutWords } from '../unreadable-message.js';
import { contentColumnsSql, type MessageRow } from '../messages.repository.js';

const LOCK = ownedStatement<{ id: string }>(
  'marked_message.lock',
  `select id from threadkeep.conversation
    where user_id = $1 and id = $2 and deleted_at is null for no key update`,
);

const MARK = ownedStatement(
  'marked_message.mark',
  `update threadkeep.message m set key = n.key, status = n.status
     from unnest($3::integer[], $4::text[], $5::text[]) as n (seq, key, status)
    where m.user_id = $1 and m.conversation_id = $2 and m.seq = n.seq`,
);

const columns = contentColumnsSql('m.content', 'm.metadata');

const BY_KEYS = ownedStatement<MessageRow>(
  'marked_message.by_keys',
  `select ${columns} from threadkeep.message m
    where m.user_id = $1 and m.conversation_id = $2 and m.key = any($3::text[])
      and m.key is not null`,
);

const TAKEN = ownedStatement<TakenKey>(
  'marked_message.taken_keys',
  `select m.key, m.seq, coalesce(m.erased->>'how' = 'removed', false) as "isRemoved"
     from threadkeep.message m
    where m.user_id = $1 and m.conversation_id = $2 and m.key = any($3::text[])
      and m.key is not null`,
);

const BY_SEQS = ownedStatement<MessageRow>(
  'marked_message.by_seqs',
  `select ${columns} from threadkeep.message m
    where m.user_id = $1 and m.conversation_id = $2 and m.seq = any($3::integer[])
    order by m.seq`,
);

const BY_IDS = ownedStatement<MessageRow>(
  'marked_message.by_ids',
  `select ${columns} from threadkeep.message m
     join threadkeep.conversation c on c.user_id = $1 and c.id = $2 and c.deleted_at is null
    where m.user_id = $1 and m.id = any($3::uuid[]) and m.conversation_id = $2`,
  { slow: true },
);

const ID = ownedStatement<{ id: string }>(
  'marked_message.id',
  `select m.id from threadkeep.message m
    where m.user_id = $1 and m.conversation_id = $2 and m.key = $3 and m.key is not null`,
);

/** A key that a message has. */
export interface TakenKey {
  key: string;
  seq: number;
  isRemoved: boolean;
}

export interface Mark {
  seq: number;
  key: string | undefined;
  status: UnfinishedStatus | undefined;
}

@Injectable()
export class MarkedMessagesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMessages,
  ) {}

  /** Call it inside a transaction. Returns false when the conversation does not exist. */
  async lock(conversationId: string): Promise<boolean> {
    return (await this.database.write(LOCK, [conversationId])).length > 0;
  }

  /** Call it in the transaction that stored the messages. */
  async mark(conversationId: string, marks: Mark[]): Promise<void> {
    await this.database.write(MARK, [
      conversationId,
      marks.map(({ seq }) => seq),
      marks.map(({ key }) => key ?? null),
      marks.map(({ status }) => status ?? null),
    ]);
  }

  /** Returns the messages with these keys, in no order. Call it in the transaction of `lock`. */
  async findByKeys(conversationId: string, keys: string[]): Promise<MessageRow[]> {
    return this.opened(await this.database.write(BY_KEYS, [conversationId, keys]));
  }

  /** Returns those of the keys that messages have, in no order. */
  findTaken(conversationId: string, keys: string[]): Promise<TakenKey[]> {
    return this.database.read(TAKEN, [conversationId, keys]);
  }

  /** Returns messages by their numbers, in order. Call it in the transaction of `lock`. */
  async find(conversationId: string, seqs: number[]): Promise<MessageRow[]> {
    return this.opened(await this.database.write(BY_SEQS, [conversationId, seqs]));
  }

  /** Returns messages by their ids, in no order. None without the conversation. */
  async findByIds(conversationId: string, ids: string[]): Promise<MessageRow[]> {
    return this.opened(await this.database.read(BY_IDS, [conversationId, ids]));
  }

  async findId(conversationId: string, key: string): Promise<string | null> {
    return (await this.database.read(ID, [conversationId, key]))[0]?.id ?? null;
  }

  private opened(rows: MessageRow[]): Promise<MessageRow[]> {
    return this.sealing.openAll(rows, withoutWords);
  }
}
