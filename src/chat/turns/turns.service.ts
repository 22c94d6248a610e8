// Turns: the user's message, the model's reply, and what became of the call between them.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import {
  type AppendInput,
  ConversationErrors,
  type ConversationReference,
  ConversationsRepository,
} from '../../conversations/index.js';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { AppError } from '../../platform/errors/index.js';
import { Config } from '../../platform/config/config.js';
import { SecretsGuard } from '../../platform/secrets-guard/index.js';
import { refuseFiles } from './refused-files.js';
import { ToolRounds } from './tools/tool-rounds.js';
import { lastMessageOf } from './tools/turn-messages.js';
import { TurnModels } from './turn-models.js';
import { TurnRunner } from './run/turn-runner.js';
import { TurnInput } from './turn-input.js';
import { TurnQueue } from './turn-queue.js';
import { isFinal, type TurnOptions, type WhenBusy } from './turn.entity.js';
import { TurnErrors } from './turns.errors.js';
import { type TurnRow, TurnsRepository } from './turns.repository.js';

export interface TurnRequest {
  /** Messages to append before the reply; none to answer again. */
  input: AppendInput;
  options: TurnOptions;
  whenBusy: WhenBusy;
}

/** How often a turn tries to begin or to wait, when others begin and end meanwhile. */
const MAX_ATTEMPTS = 5;

@Injectable()
export class TurnsService {
  constructor(
    private readonly turns: TurnsRepository,
    private readonly models: TurnModels,
    private readonly runner: TurnRunner,
    private readonly rounds: ToolRounds,
    private readonly input: TurnInput,
    private readonly queue: TurnQueue,
    private readonly conversations: ConversationsRepository,
    private readonly contexts: RequestContexts,
    private readonly database: ScopedDatabase,
    private readonly guard: SecretsGuard,
    private readonly config: Config,
  ) {}

  /**
   * Appends the messages and begins the reply, in one transaction, or keeps them until the turns
   * before have ended. The model is called after the commit.
   * @throws AppError as an append and `TurnModels.choose`; 409 while another turn is running; 413
   *   and 429 as `TurnQueue.enqueue`; 422 when the guard finds a secret, or as `refuseFiles`
   */
  async create(
    conversation: ConversationReference,
    request: TurnRequest,
    createIfMissing: boolean,
  ): Promise<TurnRow> {
    const { options, whenBusy } = request;
    this.models.requireProviders();
    await this.refuseSecrets(options);
    const known = await this.conversations.findConfig(conversation);
    if (known || createIfMissing) {
      const { model } = await (known
        ? this.models.chooseIn(known, options)
        : this.models.chooseAlone(options));
      this.refuseFiles(request.input, model.provider);
    }
    for (let attempt = 1; ; attempt++)
      try {
        return await this.database.transaction(async () => {
          const id = uuidv7();
          const waiting =
            known &&
            (await this.queue.enqueue({ id, conversationId: known.id, ...request }, whenBusy));
          return waiting ?? (await this.begin(conversation, id, request, createIfMissing));
        });
      } catch (error) {
        const isBusy = error instanceof AppError && error.code === TurnErrors.busy.code;
        if (!isBusy || whenBusy === 'reject' || attempt === MAX_ATTEMPTS) throw error;
      }
  }

  private async begin(
    conversation: ConversationReference,
    id: string,
    { input, options }: TurnRequest,
    createIfMissing: boolean,
  ): Promise<TurnRow> {
    const begun = await this.input.append(conversation, id, input, createIfMissing);
    const { workerId } = this.runner;
    const turn = await this.turns.insert({ id, options, ...begun, workerId });
    if (!turn) throw TurnErrors.busy();
    this.startLater(turn);
    return turn;
  }

  /** @throws AppError 404 without the conversation or the turn */
  async get(conversationId: string, id: string): Promise<TurnRow> {
    const turn = await this.turns.find(conversationId, id);
    if (turn) return turn;
    const conversation = await this.conversations.find(conversationId);
    throw conversation === null ? ConversationErrors.notFound() : TurnErrors.notFound();
  }

  /** Lists turns, newest first. @throws AppError 404 without the conversation */
  async list(conversationId: string, before: string | null, limit: number): Promise<TurnRow[]> {
    await this.conversations.get(conversationId);
    return this.turns.list(conversationId, before, limit);
  }

  /** The turn that holds the conversation; null when none does. @throws AppError 404 */
  async active(conversationId: string): Promise<TurnRow | null> {
    await this.conversations.get(conversationId);
    return this.turns.findActive(conversationId);
  }

  /**
   * Ends a turn. What the model said until then stays. One that has ended stays as it is.
   * @throws AppError 404 without the conversation or the turn
   */
  async cancel(conversationId: string, id: string): Promise<TurnRow> {
    const turn = await this.get(conversationId, id);
    const cancelled = await this.database.transaction(async () => {
      const row = await this.turns.cancel(turn.id);
      if (row) this.database.afterCommit(() => this.runner.cancel(id));
      if (row && isFinal(row.state)) {
        const next = await this.turns.promote(conversationId, this.runner.workerId);
        if (next) this.startLater(next);
      }
      return row;
    });
    return cancelled ?? this.get(conversationId, id);
  }

  /**
   * Appends results of tools, and goes on with the turn that waits for them.
   * @param options how the model is called from now on; without them, as before
   * @throws AppError 404 without the conversation or the turn; 409 when it does not wait; 422 for a
   *   result of a call that the service has run, or as `refuseFiles`
   */
  async giveResults(
    conversationId: string,
    id: string,
    input: AppendInput,
    options: TurnOptions | null = null,
  ): Promise<TurnRow> {
    if (options) await this.refuseSecrets(options);
    const chosen = options && (await this.models.choose(conversationId, options));
    const waiting = await this.get(conversationId, id);
    if (waiting.state !== 'waiting_for_tools') throw TurnErrors.notWaiting();
    const provider = chosen?.model.provider ?? waiting.provider;
    if (provider !== null) this.refuseFiles(input, provider);
    await this.rounds.refuseAnswered(waiting, input);
    return this.database.transaction(async () => {
      await this.turns.lock(id);
      const place = { ...input.place, parentId: lastMessageOf(waiting) };
      const results = { ...input, place };
      const { reply } = await this.input.append(conversationId, id, results, false);
      const turn = await this.turns.resume(id, reply, this.runner.workerId, options);
      if (!turn) throw TurnErrors.notWaiting();
      this.startLater(turn);
      return turn;
    });
  }

  /** Runs a turn after the commit. @param version that of its stored reply; null when it is whole */
  startLater(turn: TurnRow, version: number | null = 0): void {
    const { userId } = this.contexts.userScope();
    this.database.afterCommit(() => this.runner.start(userId, turn, version));
  }

  private refuseFiles({ messages }: AppendInput, provider: string): void {
    const api = this.config.models.providers.get(provider)?.api;
    if (api) refuseFiles(messages, provider, api);
  }

  /** Options are kept with the turn. */
  private async refuseSecrets(options: TurnOptions): Promise<void> {
    const { model, parameters, agentConfigAlias, context, tools, instructions } = options;
    await this.guard.refuse(
      {
        '/model': model,
        '/parameters': parameters,
        '/toolChoice': options.toolChoice,
        '/agentConfigAlias': agentConfigAlias,
        '/context': context,
        '/tools': tools,
        '/instructions': instructions,
      },
      this.config.memoryGuard,
    );
  }
}
