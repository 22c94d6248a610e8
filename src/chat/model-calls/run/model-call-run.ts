// Makes one model call, and stores what came of it. No connection to the database is held meanwhile.
import { Injectable, Logger } from '@nestjs/common';
import { toAppError } from '../../../platform/errors/index.js';
import { ModelKeysService } from '../../model-keys/model-keys.service.js';
import { ModelCallError, ModelCalls, type ModelEvent } from '../../models/index.js';
import { insist } from '../../turns/run/insist.js';
import type { Reply } from '../../turns/run/reply.js';
import type { FinalModelCallState, ModelCallFailure } from '../model-call.entity.js';
import {
  type ModelCallOutcome,
  ModelCallQueueRepository,
  type RunningCall,
} from '../model-call-queue.repository.js';
import { callOf } from '../model-call-request.js';
import type { LiveCall } from './live-call.js';

type Finish = Extract<ModelEvent, { type: 'finish' }>;

const ENDS = {
  cancelled: 'The call was cancelled.',
  stopped: 'The service stopped while the model answered.',
  lost: 'The process that made the call is gone.',
} as const;

@Injectable()
export class ModelCallRun {
  private readonly logger = new Logger('ModelCalls');

  constructor(
    private readonly queue: ModelCallQueueRepository,
    private readonly models: ModelCalls,
    private readonly keys: ModelKeysService,
  ) {}

  /** Runs a call that this process holds, in the scope of its user. */
  async run(live: LiveCall, workerId: string): Promise<void> {
    const call = await insist(() => this.queue.findRunning(live.id, workerId));
    if (!call) return;
    if (call.cancelRequested) live.stop('cancelled');
    const { reply } = live;
    let finish: Finish | null = null;
    let error: ModelCallFailure | null = null;
    try {
      finish = await this.answer(call, live);
    } catch (thrown) {
      error = this.errorOf(thrown, live);
    }
    // Nothing is stored of a call that another process may have begun.
    if (live.end === 'lost') return;
    const isPutBack = live.end === 'stopped' && error !== null && call.onCrash === 'retry';
    if (isPutBack && (await insist(() => this.queue.release(call.id, workerId)))) return;
    const outcome = outcomeOf(reply, finish, error, live);
    await insist(() => this.queue.finish(call.id, workerId, outcome));
  }

  private async answer(
    call: RunningCall,
    { userId: owner, signal, reply }: LiveCall,
  ): Promise<Finish> {
    const { provider, model } = call;
    const request = await this.queue.requestOf(call);
    const apiKey = await this.keys.find(provider);
    const events = this.models.stream({
      ...callOf(request),
      model: { provider, name: model },
      signal,
      ...(apiKey === null ? {} : { apiKey }),
      wait: { order: 'background', owner, maxWaitMs: null },
    });
    let finish: Finish | null = null;
    for await (const event of events) {
      if (event.type === 'finish') finish = event;
      else reply.apply(event);
    }
    return finish!;
  }

  private errorOf(thrown: unknown, { end, id }: LiveCall): ModelCallFailure {
    if (end) return { code: `model_call.${end}`, message: ENDS[end] };
    if (thrown instanceof ModelCallError) return { code: thrown.code, message: thrown.message };
    const error = toAppError(thrown);
    if (error.definition.status >= 500)
      this.logger.error({ msg: 'a model call has failed', modelCallId: id, err: thrown });
    return { code: error.code, message: error.definition.title };
  }
}

function outcomeOf(
  reply: Reply,
  finish: Finish | null,
  error: ModelCallFailure | null,
  { end }: LiveCall,
): ModelCallOutcome {
  const state: FinalModelCallState =
    error === null ? 'completed' : end === 'cancelled' ? 'cancelled' : 'failed';
  return {
    state,
    reply: error !== null && reply.isEmpty ? null : JSON.stringify(reply.values),
    finishReason: finish?.reason ?? null,
    usage: finish?.usage ?? null,
    costUsd: finish?.costUsd ?? null,
    error,
  };
}
