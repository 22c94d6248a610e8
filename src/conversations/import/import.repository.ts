// Creates the conversation of an import, once for each import key, also when several imports race.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import type { ConversationState } from '../dto/conversation.dto.js';
import type { ImportInput } from './import-input.js';

export type ImportedConversation = ConversationState & { imported: boolean };

/**
 * Inserts the conversation, or finds the one that has the key. `xmax = 0` holds only for a new row:
 * `on conflict` locks an existing one.
 * The update changes no value. It waits for a racing import, and it keeps the row from being purged
 * before the answer.
 */
const CREATE = ownedStatement<ImportedConversation>(
  'conversation.import',
  `insert into threadkeep.conversation (user_id, id, import_key, title, tags, metadata, last_seq, message_bytes, created_at, updated_at)
   values ($1, $2, $3, $4, $5::text[], $6::jsonb, $7, $8, $9::timestamptz, $10::timestamptz)
   on conflict (user_id, import_key) where import_key is not null do update
     set import_key = excluded.import_key
   returning xmax = 0 as imported, id, title, status, tags, metadata, last_seq as "lastSeq",
     head_seq as "headSeq",
     version, forked_from_id as "forkedFromId",
             forked_from_seq as "forkedFromSeq", forked_from_removed as "forkedFromRemoved",
               coalesce(agent_config_id, shared_agent_config_id) as "agentConfigId",
               agent_config_version as "agentConfigVersion",
            agent_config_alias as "agentConfigAlias", created_at as "createdAt",
              updated_at as "updatedAt", deleted_at as "deletedAt"`,
);

@Injectable()
export class ImportRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /**
   * Returns the conversation with its final `lastSeq`. When it is `imported`, add the messages in
   * the same transaction.
   */
  async create(
    { importKey, title, tags, metadata, messages, createdAt, updatedAt }: ImportInput,
    messageBytes: number,
  ): Promise<ImportedConversation> {
    const [row] = await this.database.write(CREATE, [
      uuidv7(),
      importKey,
      title,
      tags,
      JSON.stringify(metadata),
      messages.length,
      messageBytes,
      createdAt,
      updatedAt,
    ]);
    return row!;
  }
}
