// Reads what the index of a user's messages is built from. Messages are numbered, so new ones have
// higher numbers. What they say changes only with the number of erasures in the conversation.
import { Injectable } from '@nestjs/common';
import {
  type Erasure,
  type Feedback,
  type MessageRole,
  SealedMessages,
} from '../../conversations/index.js';
import {
  ownedAnonymous,
  ownedStatement,
  packedBytes,
  ScopedDatabase,
  textBytes,
  withinBytes,
} from '../../platform/database/index.js';
import { isPlainTextSql } from '../../platform/vault/index.js';
import { speakerOf } from '../sealing/sealed-words.js';
import { type MemoryFilter, messageConditions } from './memory-filter.js';

export interface ConversationHead {
  id: string;
  lastSeq: number;
  /** Tells apart two conversations that had the same id one after the other. */
  createdAt: string;
  /** Counts removed and redacted messages. */
  erasures: number;
}

export interface IndexedMessage {
  id: string;
  seq: number;
  role: MessageRole;
  /** The content; only its beginning when the message is long. */
  content: string;
  contentIsJson: boolean;
  isCut: boolean;
  speaker: string | null;
  createdAt: string;
  /** True while it may grow: then it has no content yet. */
  isOpen: boolean;
  /** True when it is stored sealed. */
  isSealed: boolean;
  /** True when it was removed or redacted. */
  isErased: boolean;
}

export interface FoundMessage extends Omit<
  IndexedMessage,
  'speaker' | 'isCut' | 'content' | 'isOpen' | 'isSealed' | 'isErased'
> {
  /** Null, as is the metadata, when the message has more bytes than were asked for. */
  content: string | null;
  bytes: number;
  conversationId: string;
  metadata: Record<string, unknown> | null;
  tokenCount: number;
  parentSeq: number | null;
  erased: Erasure | null;
  feedback: Feedback | null;
  /** True when its conversation has branches. */
  isBranched: boolean;
}

const LOGS = ownedStatement<ConversationHead>(
  'message_index.logs',
  `select id, last_seq as "lastSeq", created_at as "createdAt", erasures from threadkeep.conversation
    where user_id = $1 and deleted_at is null and last_seq > 0 order by id`,
);

/** Limits of one read: messages, and bytes of their content. */
export const MESSAGE_PAGE = { rows: 500, bytes: 1_000_000 };
/**
 * How many characters of a message are read. This is more than is searched, because a part of the
 * JSON is not text.
 */
const MAX_MESSAGE_CHARACTERS = 250_000;

const isLong = `octet_length(m.content) > ${MAX_MESSAGE_CHARACTERS}`;
/** A part of a sealed message cannot be opened. */
const isSealed = `not ${isPlainTextSql('m.content')}`;
const isCut = `(${isLong} and ${isPlainTextSql('m.content')})`;
const indexed = `
  m.id, m.conversation_id as "conversationId", m.seq, m.role,
  case when ${isCut} then left(m.content, ${MAX_MESSAGE_CHARACTERS}) else m.content end as content,
  m.content_is_json as "contentIsJson", ${isCut} as "isCut",
  coalesce(m.metadata ->> 'speaker', m.metadata ->> 'name') as speaker,
  m.created_at as "createdAt", m.status is not distinct from 'in_progress' as "isOpen",
  ${isSealed} as "isSealed", m.erased is not null as "isErased"`;

const pageWhere = (condition: string, order: string): string =>
  withinBytes(
    `select m.*, case when ${isCut} then ${MAX_MESSAGE_CHARACTERS} else octet_length(m.content) end as bytes
      from threadkeep.message m where m.user_id = $1 and ${condition}
      order by ${order} limit ${MESSAGE_PAGE.rows}`,
    String(MESSAGE_PAGE.bytes),
  );

/** A bounded range of numbers has few rows, whatever PostgreSQL estimates for the conversation. */
const AFTER = ownedStatement<IndexedMessage>(
  'message_index.after',
  `select ${indexed} from (${pageWhere(`m.conversation_id = $2 and m.seq > $3 and m.seq <= $3 + ${MESSAGE_PAGE.rows}`, 'm.seq')}) m order by m.seq`,
  { slow: true },
);

const TEXTS = ownedStatement<IndexedMessage & { conversationId: string }>(
  'message_index.texts',
  `select ${indexed} from (${pageWhere('m.id = any($2::uuid[])', 'm.id')}) m`,
  { slow: true },
);

/** A removed message says nothing, but a search for what does not occur would show it. */
const NOT_REMOVED = `m.erased ->> 'how' is distinct from 'removed'`;

const size = `${textBytes('m.content')} + ${packedBytes('m.metadata')}`;

@Injectable()
export class MessageIndexRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMessages,
  ) {}

  /** Lists conversations that are not deleted, each with its last message number. */
  conversations(): Promise<ConversationHead[]> {
    return this.database.read(LOGS, []);
  }

  /** Reads the messages after `seq`, in order, until a page is full. */
  async after(conversationId: string, seq: number): Promise<IndexedMessage[]> {
    return this.opened(await this.database.read(AFTER, [conversationId, seq]));
  }

  /** Reads some messages, until a page is full. */
  async texts(ids: string[]): Promise<(IndexedMessage & { conversationId: string })[]> {
    return this.opened(await this.database.read(TEXTS, [ids]));
  }

  /**
   * Reads the messages among `ids` that the caller may see, in no order. Sealed ones that cannot be
   * opened are missing.
   * @param maxBytes of one message: a larger one comes without its content
   */
  async find(
    ids: string[],
    filter: MemoryFilter | null,
    asOf: string | null,
    maxBytes: number,
  ): Promise<FoundMessage[]> {
    const values: unknown[] = [];
    const parameter = (value: unknown, type: string) => `$${values.push(value) + 3}::${type}`;
    const conditions = [
      ...messageConditions(filter, parameter),
      ...(asOf === null ? [] : [`m.created_at <= ${parameter(asOf, 'timestamptz')}`]),
    ];
    const text = `
      select m.conversation_id as "conversationId", m.id, m.seq, m.role,
        case when ${size} <= $3 then m.content end as content, m.content_is_json as "contentIsJson",
             case when ${size} <= $3 then m.metadata end as metadata, m.token_count as "tokenCount",
               m.parent_seq as "parentSeq", m.created_at as "createdAt", m.erased, m.status, m.key,
               m.feedback, c.head_seq is not null as "isBranched", ${size} as bytes
        from threadkeep.message m
        join threadkeep.conversation c on c.user_id = $1 and c.id = m.conversation_id
          and c.deleted_at is null
       where m.user_id = $1 and ${['m.id = any($2::uuid[])', NOT_REMOVED, ...conditions].join(' and ')}`;
    const query = ownedAnonymous<FoundMessage>(text);
    const found = await this.database.read(query, [ids, maxBytes, ...values]);
    const lost = new Set<string>();
    const opened = await this.sealing.openAll(found, (row) => (lost.add(row.id), row));
    return lost.size === 0 ? opened : opened.filter(({ id }) => !lost.has(id));
  }

  /** Opens texts, as much of each as is searched. One that cannot be opened has no words. */
  private opened<R extends IndexedMessage>(rows: R[]): Promise<R[]> {
    return this.sealing.mapSaid(
      rows,
      (row, { content, metadata }) => ({
        ...row,
        content: content.slice(0, MAX_MESSAGE_CHARACTERS),
        isCut: content.length > MAX_MESSAGE_CHARACTERS,
        speaker: speakerOf(metadata),
      }),
      (row) => ({ ...row, content: '', contentIsJson: false, speaker: null }),
    );
  }
}
