// The messages that a turn has written, in order.
import type { TurnRow } from '../turns.repository.js';

export interface TurnMessage {
  id: string;
  seq: number;
  kind: 'reply' | 'results';
}

/**
 * Lists replies and results of the rounds, and the reply that the model writes. The last one is a
 * message with results while the turn waits for the rest of them.
 */
export function messagesOf({
  rounds,
  replyId,
  replySeq,
}: Pick<TurnRow, 'rounds' | 'replyId' | 'replySeq'>): TurnMessage[] {
  const written = rounds.flatMap((round): TurnMessage[] => [
    { id: round.replyId, seq: round.replySeq, kind: 'reply' },
    { id: round.resultsId, seq: round.resultsSeq, kind: 'results' },
  ]);
  if (rounds.at(-1)?.replyId === replyId) return written;
  if (replyId === null || replySeq === null) return written;
  return [...written, { id: replyId, seq: replySeq, kind: 'reply' }];
}

/** Id of the message that results of the application follow; null while the turn waits for others. */
export const lastMessageOf = (turn: TurnRow): string | null => messagesOf(turn).at(-1)?.id ?? null;
