// A retry is answered with the same reply of the turn, whatever came behind it.
import { Injectable } from '@nestjs/common';
import type { AnswerReference } from '../../../platform/idempotency/index.js';
import { toTurnDto } from '../../turns/dto/turn.dto.js';
import { TurnsService } from '../../turns/turns.service.js';
import type { PendingCompletion } from './completions.service.js';

interface CompletionReference {
  conversationId: string;
  turnId: string;
  replyId: string;
  replySeq: number;
  usedBefore: PendingCompletion['usedBefore'];
}

@Injectable()
export class CompletionAnswer implements AnswerReference {
  constructor(private readonly turns: TurnsService) {}

  refer = (answer: unknown): CompletionReference => {
    const { turn, usedBefore } = answer as PendingCompletion;
    const { conversationId, id: turnId, replyId, replySeq } = turn;
    return { conversationId, turnId, replyId, replySeq, usedBefore };
  };

  repeat = async (reference: CompletionReference): Promise<PendingCompletion> => {
    const { conversationId, turnId, replyId, replySeq, usedBefore } = reference;
    const turn = toTurnDto(await this.turns.get(conversationId, turnId));
    return { turn: { ...turn, replyId, replySeq }, usedBefore };
  };
}
