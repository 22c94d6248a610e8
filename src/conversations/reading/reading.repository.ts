// SQL of what lists of conversations show beside them: the last message, and what has been read.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import { ChangeFeed } from '../../platform/streams/index.js';
import { MAX_PREVIEWED_BYTES, PREVIEW_LENGTH } from '../dto/reading.dto.js';
import type { Message } from '../messages/message.entity.js';
import { withoutWords } from '../messages/unreadable-message.js';
import { SealedMessages } from '../sealing/sealed-messages.js';

/** No edit: `version` and `updated_at` stay. A mark never goes back, and the same again writes nothing. */
const MARK = ownedStatement<ReadConversation>(
  'conversation.mark_read',
  `update threadkeep.conversation set read_up_to = $3
    where user_id = $1 and id = $2 and deleted_at is null and $3 <= last_seq
      and (read_up_to is null or read_up_to < $3)
   returning read_up_to as "readUpTo", last_seq as "lastSeq"`,
);

/** Reads no more of each message than its preview needs. */
const PREVIEWED = ownedStatement<PreviewedMessage>(
  'conversation.preview_messages',
  `select m.conversation_id as "conversationId", m.id, m.seq, m.role, m.status,
     m.created_at as "createdAt", m.content_is_json as "contentIsJson",
     case when not m.content_is_json and substr(m.content, 1, 8) <> ':sealed:'
            then substr(m.content, 1, ${PREVIEW_LENGTH})
          when octet_length(m.content) <= ${MAX_PREVIEWED_BYTES} then m.content end as content
     from unnest($2::uuid[], $3::integer[]) as shown (conversation_id, seq)
     join threadkeep.message m on m.user_id = $1
      and m.conversation_id = shown.conversation_id and m.seq = shown.seq`,
);

export interface ReadConversation {
  readUpTo: number;
  lastSeq: number;
}

export type PreviewedMessage = Pick<
  Message,
  'conversationId' | 'id' | 'seq' | 'role' | 'status' | 'contentIsJson'
> & {
  createdAt: string;
  /** A text or its beginning, or all parts; null when they are too large. */
  content: string | null;
  isUnreadable?: boolean;
};

@Injectable()
export class ReadingRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly feed: ChangeFeed,
    private readonly sealing: SealedMessages,
  ) {}

  /**
   * Tells whoever watches the conversation, so that other devices of the user have the mark.
   * @returns undefined when nothing was written: there is no such message, or the mark is there
   */
  async mark(id: string, upTo: number): Promise<ReadConversation | undefined> {
    const [marked] = await this.database.write(MARK, [id, upTo]);
    if (marked) this.feed.changed(id);
    return marked;
  }

  /** Finds one message of each conversation. */
  async previewed(shown: { id: string; seq: number }[]): Promise<PreviewedMessage[]> {
    const values = [shown.map(({ id }) => id), shown.map(({ seq }) => seq)];
    return this.sealing.openAll(await this.database.read(PREVIEWED, values), withoutWords);
  }
}
