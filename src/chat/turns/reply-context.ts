// Finds the context that a model got for a reply.
import { Injectable } from '@nestjs/common';
import { ContextErrors, ContextService } from '../../context-window/index.js';
import { MessageErrors, SealedMessages } from '../../conversations/index.js';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import { isUuid } from '../../platform/input/index.js';
import { isPlainTextSql } from '../../platform/vault/index.js';

interface StoredMessage {
  conversationId: string;
  metadata: Record<string, unknown> | null;
  /** Only of a sealed message, whose metadata is in it. */
  content: string | null;
}

const MESSAGE = ownedStatement<StoredMessage>(
  'turn.message_of',
  `select m.conversation_id as "conversationId", m.metadata,
          case when not ${isPlainTextSql('m.content')} then m.content end as content
     from threadkeep.message m
     join threadkeep.conversation c on c.user_id = $1 and c.id = m.conversation_id
       and c.deleted_at is null
    where m.user_id = $1 and m.id = $2`,
);

/** A turn of a release that kept no contexts of replies has that of its last reply, and of its rounds. */
const MANIFEST = ownedStatement<{ id: string | null }>(
  'turn.manifest_of',
  `select case when t.contexts <> '{}' then t.contexts ->> $4
            when t.reply_id = $4::uuid then t.manifest_id::text
            else (select r ->> 'manifestId' from jsonb_array_elements(t.rounds) r
                   where r ->> 'replyId' = $4 limit 1) end as id
     from threadkeep.turn t where t.user_id = $1 and t.id = $3 and t.conversation_id = $2`,
);

@Injectable()
export class ReplyContext {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMessages,
    private readonly contexts: ContextService,
  ) {}

  /**
   * Answers the bytes of the context that the model got when it said the message.
   * @returns a `ContextDto` as JSON text
   * @throws AppError 404 without the message, or when the model was not called for it; 409 and 410
   *   as `ContextService.repeat`
   */
  async of(messageId: string): Promise<string> {
    const [stored] = await this.database.read(MESSAGE, [messageId]);
    if (!stored) throw MessageErrors.notFound();
    const { conversationId, metadata } = await this.sealing.open(stored);
    // The metadata is the application's, too: only the turn itself says which replies are its own.
    const turnId = metadata?.['turnId'];
    const values = [conversationId, turnId, messageId];
    const [manifest] =
      typeof turnId === 'string' && isUuid(turnId)
        ? await this.database.read(MANIFEST, values)
        : [];
    if (!manifest?.id) throw ContextErrors.manifestNotFound({ detail: OF_NO_TURN });
    return this.contexts.repeat(conversationId, manifest.id);
  }
}

const OF_NO_TURN =
  'The message is no reply of a turn, or was removed, or the model was not called for it.';
