// Begins the turn of a chat completion: stores what is new of its history, and lets the model answer.
import { Injectable } from '@nestjs/common';
import type { NewMessage } from '../../../conversations/index.js';
import { Config } from '../../../platform/config/config.js';
import { isUuid } from '../../../platform/input/index.js';
import { SecretsGuard } from '../../../platform/secrets-guard/index.js';
import { readCacheControl } from '../../reply-cache/cache-control.js';
import { toTurnDto, type TurnDto } from '../../turns/dto/turn.dto.js';
import type { TurnOptions } from '../../turns/turn.entity.js';
import { TurnModels } from '../../turns/turn-models.js';
import {
  type AdmittedTurn,
  isAdmitted,
  type TurnRow,
  TurnsRepository,
} from '../../turns/turns.repository.js';
import { lastMessageOf } from '../../turns/tools/turn-messages.js';
import { TurnErrors } from '../../turns/turns.errors.js';
import { TurnsService } from '../../turns/turns.service.js';
import { type CompletionRequest, readCompletionRequest } from './completion-request.js';
import type { CreateCompletionDto } from './dto/create-completion.dto.js';
import { Histories, type HistoryPlace } from './histories.js';

/** A reply that the model is about to give. */
export interface PendingCompletion {
  /** The turn with this reply. */
  turn: TurnDto & Pick<AdmittedTurn, 'replyId' | 'replySeq'>;
  /** By earlier calls of the turn. */
  usedBefore: TurnDto['usage'];
}

@Injectable()
export class CompletionsService {
  constructor(
    private readonly histories: Histories,
    private readonly turns: TurnsService,
    private readonly rows: TurnsRepository,
    private readonly models: TurnModels,
    private readonly guard: SecretsGuard,
    private readonly config: Config,
  ) {}

  /**
   * Stores the new messages of the history and begins a turn; results of tools go on with the turn
   * that waits for them.
   * @param cacheControl header of the request
   * @throws AppError as `readCompletionRequest`, `Histories.compare`, and a turn
   */
  async begin(body: unknown, cacheControl: unknown): Promise<PendingCompletion> {
    this.models.requireProviders();
    const request = readCompletionRequest(body, this.models.providers);
    const { conversation, messages, hasNewOnly } = request;
    await this.refuseSecrets(body as CreateCompletionDto, request.options.instructions);
    // Instructions alone are about what the conversation ends with.
    const place =
      hasNewOnly || messages.length === 0
        ? await this.histories.behindHead(conversation)
        : await this.histories.compare(conversation, messages);
    const fresh = messages.slice(place.known);
    const options = this.optionsOf(request, fresh, cacheControl);
    const waiting = await this.waitingFor(fresh, place);
    const input = {
      messages: fresh,
      place: {
        expectedSeq: null,
        expectedHead: place.expectedHead,
        parentId: place.parentId,
        movesHead: true,
      },
      isBatch: true,
    };
    const turn = waiting
      ? await this.turns.giveResults(waiting.conversationId, waiting.id, input, options)
      : await this.turns.create(
          conversation,
          { input, options, whenBusy: 'reject' },
          typeof conversation !== 'string',
        );
    if (!isAdmitted(turn)) throw TurnErrors.busy();
    const begun = { ...toTurnDto(turn), replyId: turn.replyId, replySeq: turn.replySeq };
    return { turn: begun, usedBefore: waiting ? toTurnDto(waiting).usage : null };
  }

  /** Options are kept with the turn. Here they have the names of the body. */
  private async refuseSecrets(
    body: CreateCompletionDto,
    instructions: string | undefined,
  ): Promise<void> {
    const fields: Record<string, unknown> = { '/messages': instructions };
    for (const [name, value] of Object.entries(body))
      if (name !== 'messages' && name !== 'metadata') fields[`/${name}`] = value;
    await this.guard.refuse(fields, this.config.memoryGuard);
  }

  private optionsOf(
    { options }: CompletionRequest,
    fresh: readonly NewMessage[],
    cacheControl: unknown,
  ): TurnOptions {
    const { isKept, maxAgeSeconds } = readCacheControl(cacheControl);
    const replyCache = {
      ttlSeconds: isKept ? this.config.replyCacheTtl : 0,
      // Who asks again wants another answer.
      maxAgeSeconds: fresh.length === 0 ? 0 : maxAgeSeconds,
    };
    return { ...options, replyCache };
  }

  /** Finds the turn that waits for the results that the new messages begin with. */
  private async waitingFor(
    fresh: readonly NewMessage[],
    { conversationId, last }: HistoryPlace,
  ): Promise<TurnRow | null> {
    const turnId = last?.metadata['turnId'];
    if (fresh[0]?.role !== 'tool' || conversationId === null || !isId(turnId)) return null;
    const turn = await this.rows.find(conversationId, turnId);
    return turn?.state === 'waiting_for_tools' && lastMessageOf(turn) === last?.id ? turn : null;
  }
}

const isId = (value: unknown): value is string => typeof value === 'string' && isUuid(value);
