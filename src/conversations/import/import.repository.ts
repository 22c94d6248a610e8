// Creates the conversation of an import, once for each import key, also when several imports race;
// and finds what a later import of the same key adds.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import type { ConversationState } from '../dto/conversation.dto.js';
import type { NewMessage } from '../messages/message-input.js';
import { toStoredText } from '../parts/index.js';
import type { ImportInput } from './import-input.js';

export type ImportedConversation = ConversationState & { imported: boolean };

const COLUMNS = `id, key, title, status, tags, metadata, last_seq as "lastSeq",
  head_seq as "headSeq", version,
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
     message_bytes, created_at, updated_at, status)
   values ($1, $2, $3, $4, $5::text[], $6::jsonb, $7, $8, $9::timestamptz, $10::timestamptz, $11)
   on conflict (user_id, key) where key is not null do update set key = excluded.key
   returning xmax = 0 as imported, ${COLUMNS}`,
);

const LOCK = ownedStatement<ConversationState>(
  'conversation.lock_imported',
  `select ${COLUMNS} from threadkeep.conversation
    where user_id = $1 and id = $2 for no key update`,
);

/**
 * Returns the first seq from $3 on whose role and content have another digest than $4 says. What was
 * erased here is not compared, and stays erased.
 */
const DIFFERENCE = ownedStatement<{ seq: number | null }>(
  'message.import_difference',
  `select min(m.seq) as seq from threadkeep.message m
     join unnest($4::text[]) with ordinality as given (digest, place)
       on m.seq = $3::integer - 1 + given.place
    where m.user_id = $1 and m.conversation_id = $2 and m.erased is null
      and encode(sha256(convert_to(m.role || ' ' || m.content, 'UTF8')), 'hex') <> given.digest`,
  { slow: true },
);

/** A conversation that nobody has edited here takes the title of its source. */
const GROW = ownedStatement<ConversationState>(
  'conversation.grow_imported',
  `update threadkeep.conversation
      set last_seq = last_seq + $3, message_bytes = message_bytes + $4,
        head_seq = case when head_seq = last_seq then head_seq + $3 else head_seq end,
        updated_at = greatest(updated_at, $5::timestamptz),
        title = case when version = 1 and not named_by_application then coalesce($6, title)
          else title end
    where user_id = $1 and id = $2
   returning ${COLUMNS}`,
);

@Injectable()
export class ImportRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /**
   * Returns the conversation with its final `lastSeq`. When it is `imported`, add the messages in
   * the same transaction.
   */
  async create(input: ImportInput, messageBytes: number): Promise<ImportedConversation> {
    const [row] = await this.database.write(CREATE, [
      uuidv7(),
      input.importKey,
      input.title,
      input.tags,
      JSON.stringify(input.metadata),
      input.messages.length,
      messageBytes,
      input.createdAt,
      input.updatedAt,
      input.status,
    ]);
    return row!;
  }

  /** Call it inside a transaction. @returns null when the conversation is purged */
  async lock(id: string): Promise<ConversationState | null> {
    return (await this.database.write(LOCK, [id]))[0] ?? null;
  }

  /** Returns the seq of the first message that is another one in the conversation, or null. */
  async findDifference(id: string, messages: NewMessage[], firstSeq: number) {
    if (messages.length === 0) return null;
    const digests = messages.map(digestOf);
    return (await this.database.read(DIFFERENCE, [id, firstSeq, digests]))[0]!.seq;
  }

  /** Counts messages up. Add them in the same transaction, which has locked the conversation. */
  async grow(
    id: string,
    { title, updatedAt }: ImportInput,
    added: { messages: number; bytes: number },
  ): Promise<ConversationState> {
    const values = [id, added.messages, added.bytes, updatedAt, title];
    return (await this.database.write(GROW, values))[0]!;
  }
}

const digestOf = ({ role, content }: NewMessage): string =>
  createHash('sha256')
    .update(`${role} ${typeof content === 'string' ? content : toStoredText(content)}`)
    .digest('hex');
