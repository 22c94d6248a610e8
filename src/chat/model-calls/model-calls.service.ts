// Model calls without a conversation: accepted now, and made when there is a place at the provider.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { MessagesService } from '../../conversations/index.js';
import { Config } from '../../platform/config/config.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import type { ListQuery, Page } from '../../platform/list/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { SecretsGuard } from '../../platform/secrets-guard/index.js';
import { refuseFiles } from '../turns/refused-files.js';
import { TurnModels } from '../turns/turn-models.js';
import type { ListedModelCallDto } from './dto/model-call.dto.js';
import { PRIORITIES } from './model-call.entity.js';
import { type ModelCallInput, requestOf } from './model-call-request.js';
import { ModelCallErrors } from './model-calls.errors.js';
import type { ModelCallRow } from './model-call-row.js';
import { ModelCallsRepository } from './model-calls.repository.js';
import { ModelCallRunner } from './run/model-call-runner.js';

/** Calls of one user that wait. */
const MAX_WAITING = 1_000;

@Injectable()
export class ModelCallsService {
  constructor(
    private readonly calls: ModelCallsRepository,
    private readonly models: TurnModels,
    private readonly runner: ModelCallRunner,
    private readonly messages: MessagesService,
    private readonly database: ScopedDatabase,
    private readonly guard: SecretsGuard,
    private readonly quotas: Quotas,
    private readonly config: Config,
  ) {}

  /**
   * Accepts a call. It is made after the commit, by any process.
   * @throws AppError as `TurnModels.chooseAlone` and `refuseFiles`; 403 and 422 as an append; 413, 429 and 507 for
   *   what is too much
   */
  async create(input: ModelCallInput): Promise<ModelCallRow> {
    await this.refuseSecrets(input);
    const chosen = await this.models.chooseAlone(input.options);
    const { provider, name: model } = chosen.model;
    const api = this.config.models.providers.get(provider)?.api;
    if (api) refuseFiles(input.messages, provider, api);
    const request = JSON.stringify(requestOf(input, chosen));
    const adding = { modelCalls: 1, modelCallBytes: Buffer.byteLength(request) };
    const priority = PRIORITIES[input.priority];
    const call = { id: uuidv7(), priority, provider, model, request, onCrash: input.onCrash };
    const made = await this.quotas.within(adding, () => this.calls.insert(call, MAX_WAITING));
    if (!made) throw queueFull();
    this.database.afterCommit(() => this.runner.wake());
    return made;
  }

  /** @throws AppError 404 */
  async get(id: string): Promise<ModelCallRow> {
    const call = await this.calls.find(id);
    if (!call) throw ModelCallErrors.notFound();
    return call;
  }

  list(query: ListQuery): Promise<Page<ListedModelCallDto>> {
    return this.calls.list(query);
  }

  /** Ends a call. One that has ended stays as it is. @throws AppError 404 */
  async cancel(id: string): Promise<ModelCallRow> {
    const cancelled = await this.calls.cancel(id);
    if (cancelled) this.database.afterCommit(() => this.runner.cancel(id));
    return cancelled ?? this.get(id);
  }

  /** Puts a failed call into the queue again. @throws AppError 404; 409 unless it has failed; 429 */
  async retry(id: string): Promise<ModelCallRow> {
    const retried = await this.calls.retry(id, MAX_WAITING);
    if (!retried) {
      const { state } = await this.get(id);
      throw state === 'failed'
        ? queueFull()
        : ModelCallErrors.notFailed({ detail: `It is ${state}.` });
    }
    this.database.afterCommit(() => this.runner.wake());
    return retried;
  }

  /** Removes a call, and ends it when it runs. @throws AppError 404 */
  async remove(id: string): Promise<void> {
    if (!(await this.calls.remove(id))) throw ModelCallErrors.notFound();
    this.database.afterCommit(() => this.runner.cancel(id));
  }

  /** All of it is kept with the call. */
  private async refuseSecrets({ messages, system, options }: ModelCallInput): Promise<void> {
    await this.messages.check({ messages, isBatch: true });
    const { model, parameters, agentConfigAlias, tools, toolChoice } = options;
    await this.guard.refuse(
      {
        '/system': system,
        '/model': model,
        '/parameters': parameters,
        '/agentConfigAlias': agentConfigAlias,
        '/tools': tools,
        '/toolChoice': toolChoice,
      },
      this.config.memoryGuard,
    );
  }
}

const queueFull = () =>
  ModelCallErrors.queueFull({ detail: `At most ${MAX_WAITING} of a user can wait.` });
