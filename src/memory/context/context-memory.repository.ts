// Reads what a context needs besides the memories themselves.
import { Injectable } from '@nestjs/common';
import type { MessageRole } from '../../conversations/index.js';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';

/**
 * Reads a text that changes whenever the memories of a context may change: after a write, after
 * vectors arrived, and when a memory becomes valid, stops being valid or expires.
 */
const STATE_VERSION = ownedStatement<{ stamp: string }>(
  'context_memory.stamp',
  `select concat_ws('.', h.moment, h.revision, h.purged, h.embedded,
            (select count(*) filter (where expires_at <= now()) + count(*) filter (where valid_from <= now()) + count(*) filter (where valid_to <= now())
               from threadkeep.memory m where m.user_id = $1 and m.superseded_at is null
                 and m.content is not null
                and (expires_at is not null or valid_from is not null or valid_to is not null))) as stamp
     from threadkeep.memory_head h where h.user_id = $1`,
);

/**
 * Returns the user's last message, if it is among the last 50 messages. `laidAt` is the time whose
 * blocks the prefix contains: the last compaction, or the start of the conversation.
 */
const CONVERSATION = ownedStatement<{
  question: string | null;
  contentIsJson: boolean | null;
  laidAt: string;
}>(
  'context_memory.talk',
  `select m.content as question, m.content_is_json as "contentIsJson",
          greatest(c.created_at, (select max(s.created_at) from threadkeep.summary s where s.user_id = $1 and s.conversation_id = $2 and s.compact)) as "laidAt"
     from threadkeep.conversation c
     left join lateral (
       select content, content_is_json from threadkeep.message
        where user_id = $1 and conversation_id = $2 and role = 'user' and seq > c.last_seq - 50
          order by seq desc limit 1) m on true
    where c.user_id = $1 and c.id = $2`,
);

const VERSIONS = ownedStatement<{
  id: string;
  version: number;
  content: string;
  label: string | null;
}>(
  'context_memory.versions',
  `select m.id, m.version, m.content, m.label
    from unnest($2::uuid[], $3::integer[]) as wanted (id, version)
     join threadkeep.memory m on m.user_id = $1 and m.id = wanted.id and m.version = wanted.version
       and m.content is not null`,
);

const ROLES = ownedStatement<{ id: string; role: MessageRole }>(
  'context_memory.roles',
  `select id, role from threadkeep.message where user_id = $1 and id = any($2::uuid[])`,
);

export type ContextConversation = {
  question: string | null;
  contentIsJson: boolean | null;
  laidAt: string;
};
export type StoredText = { id: string; version: number; content: string; label: string | null };

@Injectable()
export class ContextMemoryRepository {
  constructor(private readonly database: ScopedDatabase) {}

  async stateVersion(): Promise<string> {
    return (await this.database.read(STATE_VERSION, []))[0]?.stamp ?? '';
  }

  async readConversation(conversationId: string): Promise<ContextConversation | null> {
    return (await this.database.read(CONVERSATION, [conversationId]))[0] ?? null;
  }

  /** Returns the roles of those messages that exist. */
  async findRoles(messageIds: string[]): Promise<Map<string, MessageRole>> {
    const rows = messageIds.length === 0 ? [] : await this.database.read(ROLES, [messageIds]);
    return new Map(rows.map(({ id, role }) => [id, role]));
  }

  versions(wanted: { id: string; version: number }[]): Promise<StoredText[]> {
    return this.database.read(VERSIONS, [
      wanted.map(({ id }) => id),
      wanted.map(({ version }) => version),
    ]);
  }
}
