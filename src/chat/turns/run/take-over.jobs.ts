// Takes over turns whose process is gone: what the model said stays, and the turn ends; or, when the
// request wants it, the model is called again if it said nothing, and tools if their results are lost.
import { Injectable } from '@nestjs/common';
import { UnfinishedMessages } from '../../../conversations/index.js';
import {
  inBatches,
  JobHandler,
  type JobRun,
  Jobs,
  UserSweep,
} from '../../../platform/jobs/index.js';
import { isAdmitted, type TurnRow, TurnsRepository } from '../turns.repository.js';
import { TurnsService } from '../turns.service.js';
import { TurnRun } from './turn-run.js';
import { TurnRunner } from './turn-runner.js';

const TAKE_OVER_JOB = 'turn.take_over';
const BATCH_TURNS = 20;
/** Runs of one turn, at most. */
const MAX_ATTEMPTS = 3;

@Injectable()
export class TakeOverSweep extends UserSweep {
  override readonly name = 'turn.take_over_sweep';
  override readonly system = 'find the users with turns whose process is gone';
  override readonly every = 5;
  protected override readonly userJob = { name: TAKE_OVER_JOB, key: 'take_over' };

  constructor(
    private readonly turns: TurnsRepository,
    jobs: Jobs,
  ) {
    super(jobs);
  }

  protected override findUsers(after: string, limit: number): Promise<string[]> {
    return this.turns.usersWithAbandoned(after, limit);
  }
}

@Injectable()
export class TakeOverTurns extends JobHandler {
  override readonly name = TAKE_OVER_JOB;
  override readonly checkpointed = true;
  constructor(
    private readonly turns: TurnsRepository,
    private readonly service: TurnsService,
    private readonly runner: TurnRunner,
    private readonly endings: TurnRun,
    private readonly messages: UnfinishedMessages,
  ) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    await inBatches(job, BATCH_TURNS, async (limit) => {
      const abandoned = await this.turns.takeOver(this.runner.workerId, limit);
      for (const turn of abandoned) await this.takeOver(turn);
      return abandoned.length;
    });
  }

  private async takeOver(turn: TurnRow): Promise<void> {
    // A turn of this process whose lease could not be renewed in time goes on.
    if (this.runner.find(turn.id)) return;
    if (!isAdmitted(turn)) return this.service.startLater(turn);
    // Null for a whole reply, whose calls of tools were being run.
    const said = await this.messages.progressOf(turn.conversationId, turn.replySeq);
    const loses = said !== null && !said.isEmpty;
    const isRetried = !loses && turn.options.onCrash === 'retry' && turn.attempts < MAX_ATTEMPTS;
    if (isRetried && !turn.cancelRequested)
      return this.service.startLater(turn, said === null ? null : said.version);
    const next = await this.endings.endAsStored(turn, this.runner.workerId, {
      state: turn.cancelRequested ? 'cancelled' : 'interrupted',
      error: { code: 'turn.lost', message: 'The process that ran the turn is gone.' },
      reply: said?.isEmpty ? 'failed' : 'interrupted',
    });
    if (next) this.service.startLater(next);
  }
}
