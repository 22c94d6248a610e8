// A retry is answered with the turn as it is by then: it goes on after its first answer.
import { Injectable } from '@nestjs/common';
import type { AnswerReference } from '../../platform/idempotency/index.js';
import { toTurnDto, type TurnDto } from './dto/turn.dto.js';
import { TurnsService } from './turns.service.js';

interface TurnReference {
  conversationId: string;
  turnId: string;
}

@Injectable()
export class TurnAnswer implements AnswerReference {
  constructor(private readonly turns: TurnsService) {}

  refer = (answer: unknown): TurnReference => {
    const { conversationId, id } = answer as TurnDto;
    return { conversationId, turnId: id };
  };

  repeat = async ({ conversationId, turnId }: TurnReference): Promise<TurnDto> =>
    toTurnDto(await this.turns.get(conversationId, turnId));
}
