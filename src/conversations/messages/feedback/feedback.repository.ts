// SQL of what users think of messages. It is kept with the message, in a column that is null for most.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../../platform/database/index.js';
import type { Feedback } from '../message.entity.js';

/** The same feedback again keeps its time. A removed message takes none. */
const WRITE = ownedStatement<{ feedback: Feedback | null }>(
  'message_feedback.write',
  `update threadkeep.message m
      set feedback = case when m.feedback - 'at' = $4::jsonb - 'at' then m.feedback else $4::jsonb end
     from threadkeep.conversation c
    where m.user_id = $1 and m.conversation_id = $2 and m.id = $3
      and m.erased ->> 'how' is distinct from 'removed'
      and c.user_id = $1 and c.id = $2 and c.deleted_at is null
   returning m.feedback`,
);

const IMPORT = ownedStatement(
  'message_feedback.import',
  `update threadkeep.message m set feedback = n.feedback
     from unnest($3::integer[], $4::jsonb[]) as n (seq, feedback)
    where m.user_id = $1 and m.conversation_id = $2 and m.seq = n.seq`,
  { slow: true },
);

@Injectable()
export class FeedbackRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /**
   * @param feedback null takes it back
   * @returns what the message has now; undefined when there is no such message, or it was removed
   */
  async write(
    conversationId: string,
    messageId: string,
    feedback: Feedback | null,
  ): Promise<Feedback | null | undefined> {
    const stored = feedback === null ? null : JSON.stringify(feedback);
    const [row] = await this.database.write(WRITE, [conversationId, messageId, stored]);
    return row?.feedback;
  }

  /** Call it in the transaction that stored the messages. */
  async import(
    conversationId: string,
    given: { seq: number; feedback: Feedback }[],
  ): Promise<void> {
    await this.database.write(IMPORT, [
      conversationId,
      given.map(({ seq }) => seq),
      given.map(({ feedback }) => JSON.stringify(feedback)),
    ]);
  }
}
