// Finds the context that a model got for a reply.
import { Injectable } from '@nestjs/common';
import { ContextErrors, ContextService } from '../../context-window/index.js';
import { MessageErrors, SealedMessages } from '../../conversations/index.js';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import { isUuid } from '../../platform/input/index.js';
import type { TurnRow } from './turn-row.js';
import { TurnsRepository } from './turns.repository.js';

interface StoredMessage {
  conversationId: string;
  metadata: Record<string, unknown> | null;
  /** Only of a sealed message, whose metadata is in it. */
  content: string | null;
}

const MESSAGE = ownedStatement<StoredMessage>(
  'turn.message_of',
  `select m.conversation_id as "conversationId", m.metadata,
          case when substr(m.content, 1, 10) = ':sealed:1:' then m.content end as content
     from threadkeep.message m
     join threadkeep.conversation c on c.user_id = $1 and c.id = m.conversation_id
       and c.deleted_at is null
    where m.user_id = $1 and m.id = $2`,
);

@Injectable()
export class ReplyContext {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMessages,
    private readonly turns: TurnsRepository,
    private readonly contexts: ContextService,
  ) {}

  /**
   * Answers the bytes that the model saw when it said the message.
   * @returns a `ContextDto` as JSON text
   * @throws AppError 404 without the message, or when no turn made it; 409 and 410 as
   *   `ContextService.repeat`
   */
  async of(messageId: string): Promise<string> {
    const [stored] = await this.database.read(MESSAGE, [messageId]);
    if (!stored) throw MessageErrors.notFound();
    const { conversationId, metadata } = await this.sealing.open(stored);
    // The metadata is the application's, too: only the turn itself says which replies are its own.
    const turnId = metadata?.['turnId'];
    const turn =
      typeof turnId === 'string' && isUuid(turnId)
        ? await this.turns.find(conversationId, turnId)
        : null;
    const manifestId = turn && manifestOf(turn, messageId);
    if (!manifestId) throw ContextErrors.manifestNotFound({ detail: OF_NO_TURN });
    return this.contexts.repeat(conversationId, manifestId);
  }
}

const OF_NO_TURN = 'The message is no reply of a turn, or the model was not called for it.';

function manifestOf({ replyId, manifestId, rounds }: TurnRow, messageId: string): string | null {
  if (replyId === messageId) return manifestId;
  return rounds.find((round) => round.replyId === messageId)?.manifestId ?? null;
}
