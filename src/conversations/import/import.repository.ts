// Creates the conversation of an import, once for each import key, also when several imports race;
// and finds what a later import of the same key adds.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import type { ConversationState } from '../dto/conversation.dto.js';
import type { NewMessage } from '../messages/message-input.js';
import { toStoredText } from '../parts/index.js';
import type { ImportedMessage, ImportInput } from './import-input.js';
import { isSealedSaidSql } from '../sealing/said.js';
import { SealedTitles } from '../sealing/sealed-titles.js';
import { digestOfSaid, SealedDigests } from './sealed-digests.js';
import type { TreeMessage } from './stored-tree.js';

export type LockedConversation = ConversationState & {
  /** Counts moves of the head and other changes of what models get, but not erasures. */
  contextChanges: number;
};
export type ImportedConversation = LockedConversation & { imported: boolean };

export interface StoredMessage extends TreeMessage {
  erased: boolean;
  isSealed: boolean;
}

/** How the messages of an import differ from those that are there. */
export interface Difference {
  /** The seq of the first message that is another one; null when there is none. */
  differsAt: number | null;
  /** How many were erased here. */
  erased: number;
}

/** The same, before sealed messages were compared. */
type PlainDifference = Difference & { hasSealed: boolean };

const COLUMNS = `id, key, title, title_source as "titleSource", status, tags, metadata, last_seq as "lastSeq",
  head_seq as "headSeq", version, context_version - erasures as "contextChanges",
  forked_from_id as "forkedFromId", forked_from_seq as "forkedFromSeq",
  forked_from_removed as "forkedFromRemoved",
  coalesce(agent_config_id, shared_agent_config_id) as "agentConfigId",
  agent_config_version as "agentConfigVersion", agent_config_alias as "agentConfigAlias",
  created_at as "createdAt", updated_at as "updatedAt", deleted_at as "deletedAt"`;

/**
 * Inserts the conversation, or finds and locks the one that has the key. `xmax = 0` holds only for
 * a new row: `on conflict` locks an existing one.
 * The update changes no value. It waits for a racing import, and it keeps the row from being purged
 * before the answer.
 */
const CREATE = ownedStatement<ImportedConversation>(
  'conversation.import',
  `insert into threadkeep.conversation (user_id, id, key, title, tags, metadata, last_seq,
     message_bytes, created_at, updated_at, status, head_seq)
   values ($1, $2, $3, $4, $5::text[], $6::jsonb, $7, $8, $9::timestamptz, $10::timestamptz, $11,
     $12)
   on conflict (user_id, key) where key is not null do update set key = excluded.key
   returning xmax = 0 as imported, ${COLUMNS}`,
);

/**
 * Inserts conversations, except those whose key another import has taken. The order keeps two of these
 * from waiting for each other.
 */
const CREATE_ALL = ownedStatement<ConversationState>(
  'conversation.import_all',
  `insert into threadkeep.conversation (user_id, id, key, title, tags, metadata, last_seq,
     message_bytes, created_at, updated_at, status, head_seq)
   select $1, c.id, c.key, c.title, array(select jsonb_array_elements_text(c.tags)), c.metadata,
     c.last_seq, c.message_bytes, c.created_at, c.updated_at, c.status, c.head_seq
     from unnest($2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::jsonb[], $7::integer[],
       $8::bigint[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::integer[])
       as c (id, key, title, tags, metadata, last_seq, message_bytes, created_at, updated_at, status,
         head_seq)
    order by c.key
   on conflict (user_id, key) where key is not null do nothing
   returning ${COLUMNS}`,
  { slow: true },
);

const LOCK = ownedStatement<LockedConversation>(
  'conversation.lock_imported',
  `select ${COLUMNS} from threadkeep.conversation
    where user_id = $1 and id = $2 for no key update`,
);

/** SQL condition: it is known what the message says for good. */
const IS_KNOWN = `m.erased is null and m.status is distinct from 'in_progress'`;
const DIGEST = `encode(sha256(convert_to(m.role || ' ' || m.content, 'UTF8')), 'hex')`;

/**
 * Returns the first seq from $3 on whose role and content have another digest than $4 says, or whose
 * parent is another one than $5 says. What was erased here is counted, not compared, and stays erased;
 * nor is what one side has in progress.
 */
const DIFFERENCE = ownedStatement<PlainDifference>(
  'message.import_difference',
  `select min(m.seq) filter (where m.parent_seq is distinct from given.parent_seq
       or (${IS_KNOWN} and not ${isSealedSaidSql('m')} and ${DIGEST} <> given.digest))
       as "differsAt",
     coalesce(bool_or(${isSealedSaidSql('m')}), false) as "hasSealed",
     (count(*) filter (where m.erased is not null))::integer as erased
     from threadkeep.message m
     join unnest($4::text[], $5::integer[]) with ordinality as given (digest, parent_seq, place)
       on m.seq = $3::integer - 1 + given.place
    where m.user_id = $1 and m.conversation_id = $2`,
  { slow: true },
);

/** Reads all that tells the messages of a conversation from each other. */
const STORED = ownedStatement<StoredMessage>(
  'message.import_stored',
  `select m.seq, case when m.parent_seq is null then m.seq - 1 else m.parent_seq end as "parentSeq",
     m.role, m.created_at as "createdAt", m.erased is not null as erased,
     ${isSealedSaidSql('m')} as "isSealed",
     case when ${IS_KNOWN} and not ${isSealedSaidSql('m')} then ${DIGEST} end as digest
     from threadkeep.message m where m.user_id = $1 and m.conversation_id = $2 order by m.seq`,
  { slow: true },
);

/** A conversation that nobody has edited here takes the title of its source. */
const GROW = ownedStatement<ConversationState>(
  'conversation.grow_imported',
  `update threadkeep.conversation
      set last_seq = last_seq + $3, message_bytes = message_bytes + $4,
        head_seq = $7,
        updated_at = greatest(updated_at, $5::timestamptz),
        title = case when version = 1 and not named_by_application then coalesce($6, title)
          else title end
    where user_id = $1 and id = $2
   returning ${COLUMNS}`,
);

export interface NewImport {
  input: ImportInput;
  /** Bytes that its messages take when they are stored. */
  bytes: number;
  /** Null without branches. */
  headSeq: number | null;
}

@Injectable()
export class ImportRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealed: SealedDigests,
    private readonly titles: SealedTitles,
  ) {}

  /**
   * Returns the conversation with its final `lastSeq`. When it is `imported`, add the messages in
   * the same transaction.
   */
  async create(
    input: ImportInput,
    messageBytes: number,
    headSeq: number | null,
  ): Promise<ImportedConversation> {
    const rows = await this.database.write(CREATE, [
      uuidv7(),
      input.importKey,
      ...(await this.titles.stored([input.title])),
      input.tags,
      JSON.stringify(input.metadata),
      input.messages.length,
      messageBytes,
      input.createdAt,
      input.updatedAt,
      input.status,
      headSeq,
    ]);
    return (await this.titles.open(rows))[0]!;
  }

  /**
   * Creates conversations. When there are as many rows as inputs, add their messages
   * in the same transaction; otherwise roll it back.
   * @param given each with another key, the bytes of its messages, and its head
   */
  async createAll(given: readonly NewImport[]): Promise<ConversationState[]> {
    const inputs = given.map(({ input }) => input);
    const rows = await this.database.write(CREATE_ALL, [
      inputs.map(() => uuidv7()),
      inputs.map(({ importKey }) => importKey),
      await this.titles.stored(inputs.map(({ title }) => title)),
      inputs.map(({ tags }) => JSON.stringify(tags)),
      inputs.map(({ metadata }) => JSON.stringify(metadata)),
      inputs.map(({ messages }) => messages.length),
      given.map(({ bytes }) => bytes),
      inputs.map(({ createdAt }) => createdAt),
      inputs.map(({ updatedAt }) => updatedAt),
      inputs.map(({ status }) => status),
      given.map(({ headSeq }) => headSeq),
    ]);
    return this.titles.open(rows);
  }

  /** Call it inside a transaction. @returns null when the conversation is purged */
  async lock(id: string): Promise<LockedConversation | null> {
    return (await this.titles.open(await this.database.write(LOCK, [id])))[0] ?? null;
  }

  /** Compares messages with those that the conversation has in their places. */
  async findDifference(
    id: string,
    messages: ImportedMessage[],
    firstSeq: number,
  ): Promise<Difference> {
    if (messages.length === 0) return { differsAt: null, erased: 0 };
    const digests = messages.map(digestOf);
    const parents = messages.map(({ parentSeq }) => parentSeq);
    const values = [id, firstSeq, digests, parents];
    const { hasSealed, ...plain } = (await this.database.read(DIFFERENCE, values))[0]!;
    if (!hasSealed) return plain;
    const range = {
      afterSeq: firstSeq - 1,
      beforeSeq: plain.differsAt ?? firstSeq + digests.length,
    };
    for await (const { seq, digest } of this.sealed.read(id, range)) {
      const given = digests[seq - firstSeq];
      if (digest !== null && given != null && digest !== given) return { ...plain, differsAt: seq };
    }
    return plain;
  }

  /** Returns all messages of the conversation, in order. */
  async listStored(id: string): Promise<StoredMessage[]> {
    const stored = await this.database.read(STORED, [id]);
    if (!stored.some(({ isSealed }) => isSealed)) return stored;
    const range = { afterSeq: 0, beforeSeq: stored.at(-1)!.seq + 1 };
    const digests = new Map<number, string | null>();
    for await (const { seq, digest } of this.sealed.read(id, range)) digests.set(seq, digest);
    return stored.map((one) => ({ ...one, digest: one.digest ?? digests.get(one.seq) ?? null }));
  }

  /**
   * Counts messages up. Add them in the same transaction, which has locked the conversation.
   * @param headSeq the head after it, null while the conversation has no branches
   */
  async grow(
    id: string,
    { title, updatedAt }: ImportInput,
    added: { messages: number; bytes: number; headSeq: number | null },
  ): Promise<ConversationState> {
    const [stored] = await this.titles.stored([title]);
    const values = [id, added.messages, added.bytes, updatedAt, stored, added.headSeq];
    return (await this.titles.open(await this.database.write(GROW, values)))[0]!;
  }
}

/** Null for a message that is in progress: it may say more by now. */
export const digestOf = ({ role, content, status }: NewMessage): string | null =>
  status === 'in_progress'
    ? null
    : digestOfSaid(role, typeof content === 'string' ? content : toStoredText(content));
