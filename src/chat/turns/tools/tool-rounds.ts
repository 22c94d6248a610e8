// Stores rounds of tools: a whole reply first, so that a crash loses no call; then the results behind
// it, together with the reply that follows them.
import { Injectable } from '@nestjs/common';
import {
  type AppendInput,
  MessagesRepository,
  MessagesService,
  toMessageDto,
} from '../../../conversations/index.js';
import { isToolResult, partsOf } from '../../../conversations/parts/index.js';
import { ScopedDatabase } from '../../../platform/database/index.js';
import { AppError, RequestErrors } from '../../../platform/errors/index.js';
import { insist } from '../run/insist.js';
import { newReply } from '../run/new-reply.js';
import { type AdmittedTurn, type TurnRow, TurnsRepository } from '../turns.repository.js';
import { RoundsRepository } from './rounds.repository.js';
import { errorResult, type StoredCall } from './turn-tools.js';

type RawObject = Record<string, unknown>;

/** A round that is to be stored. */
export interface Round {
  turn: AdmittedTurn;
  workerId: string;
  /** The calls that were run, and their results. */
  calls: readonly StoredCall[];
  results: RawObject[];
  /** Whether the application has calls to answer, too. */
  isWaiting: boolean;
}

@Injectable()
export class ToolRounds {
  constructor(
    private readonly rounds: RoundsRepository,
    private readonly turns: TurnsRepository,
    private readonly messages: MessagesService,
    private readonly rows: MessagesRepository,
    private readonly database: ScopedDatabase,
  ) {}

  /** The parts of a whole reply with calls, as it is stored; none when it is gone. */
  storedParts({ conversationId, replyId }: AdmittedTurn): Promise<RawObject[]> {
    return this.partsOf(conversationId, replyId);
  }

  /**
   * Appends the results, and the next reply unless the turn waits for the application. A result that
   * the guard of messages refuses is not stored: the model is told so.
   * @returns the turn; null when this process does not hold it any more
   */
  async end(round: Round): Promise<AdmittedTurn | null> {
    try {
      return await insist(() => this.append(round));
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.definition.status !== 422) throw thrown;
      const results = round.calls.map((call) => errorResult(call, REFUSED));
      return insist(() => this.append({ ...round, results }));
    }
  }

  /**
   * Refuses results of calls that the service has run.
   * @throws AppError 422 with a pointer to each
   */
  async refuseAnswered(turn: TurnRow, { messages }: AppendInput): Promise<void> {
    const round = turn.rounds.at(-1);
    if (round?.replyId !== turn.replyId) return;
    const stored = await this.partsOf(turn.conversationId, round.resultsId);
    const answered = new Set(stored.map(({ toolCallId }) => toolCallId));
    const errors = messages.flatMap(({ role, content: given, metadata }, i) =>
      partsOf({ role, content: given, metadata })
        .filter((part) => isToolResult(part) && answered.has(part.callId))
        .map(() => ({ pointer: `/messages/${i}`, message: ANSWERED })),
    );
    if (errors.length > 0) throw RequestErrors.invalidBody({ errors: errors.slice(0, MAX_ERRORS) });
  }

  /** Sent again after a commit whose outcome was unknown, it finds the round. */
  private async append(round: Round): Promise<AdmittedTurn | null> {
    const { turn, workerId, results, isWaiting } = round;
    const { id, conversationId, replyId: parentId } = turn;
    const answers = { role: 'tool' as const, content: results, metadata: { turnId: id } };
    const behind = { expectedSeq: null, expectedHead: null, parentId, movesHead: true };
    const messages = isWaiting ? [answers] : [answers, newReply(id)];
    const input = { messages, place: behind, isBatch: true };
    try {
      return await this.database.transaction(async () => {
        await this.turns.lock(id);
        const { answer } = await this.messages.append(conversationId, input, false);
        const [stored, next] = answer.data;
        const place = { results: stored!, next: next ?? null };
        const ended = await this.rounds.end({ turn, workerId, ...place });
        if (!ended) throw new RoundIsOverError();
        return ended;
      });
    } catch (error) {
      if (error instanceof RoundIsOverError) return this.rounds.findAfter(turn, workerId);
      throw error;
    }
  }

  private async partsOf(conversationId: string, messageId: string): Promise<RawObject[]> {
    const row = await this.rows.findOne(conversationId, messageId);
    const content = row && toMessageDto(conversationId, row).content;
    return Array.isArray(content) ? content : [];
  }
}

/** Rolls back what was appended. */
class RoundIsOverError extends Error {
  override readonly name = 'RoundIsOverError';
}

const MAX_ERRORS = 20;
const REFUSED = 'The result was not stored: it holds what this service does not keep.';
const ANSWERED = 'answers a call that the service has run';
