// What a model writes after a turn without being asked: titles and summaries, each by a job.
import { Injectable } from '@nestjs/common';
import { ConversationsRepository } from '../../conversations/index.js';
import { Config } from '../../platform/config/config.js';
import type { DigestModel } from '../../platform/config/model-settings.js';
import { Jobs } from '../../platform/jobs/index.js';
import { ModelCalls, type ModelRef } from '../models/index.js';
import { SUMMARY_JOB, type SummaryJob } from './summary.job.js';
import { TITLE_JOB, type TitleJob } from './title.job.js';

/** A conversation that has no title after so many messages gets none: each try costs a call. */
const MAX_TITLE_SEQ = 20;
/** Fewer messages that no summary covers are not worth a call. */
const MIN_LEFT_OUT = 20;

export interface CompletedTurn {
  conversationId: string;
  turnId: string;
  /** `seq` of the reply. */
  replySeq: number;
  /** The model of the turn. */
  model: ModelRef;
  /** Messages that neither the context nor a summary in it has. */
  leftOut: LeftOut;
}

/** `toSeq`: `seq` of the last one; 0 without any. */
export interface LeftOut {
  messages: number;
  toSeq: number;
}

@Injectable()
export class Digests {
  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly jobs: Jobs,
    private readonly calls: ModelCalls,
    private readonly config: Config,
  ) {}

  /** Call it in the transaction that completes the turn. */
  async afterTurn(turn: CompletedTurn): Promise<void> {
    await this.enqueueTitle(turn);
    await this.enqueueSummary(turn);
  }

  private async enqueueTitle(turn: CompletedTurn): Promise<void> {
    const { conversationId, replySeq: toSeq } = turn;
    const writer = this.writerOf(this.config.models.title, turn);
    if (!writer || toSeq > MAX_TITLE_SEQ) return;
    const conversation = await this.conversations.find(conversationId);
    if (conversation?.title !== null) return;
    const job: TitleJob = { conversationId, toSeq, ...writer };
    await this.jobs.enqueue(TITLE_JOB, job, { key: conversationId });
  }

  private async enqueueSummary(turn: CompletedTurn): Promise<void> {
    const { conversationId, leftOut } = turn;
    const writer = this.writerOf(this.config.models.summary, turn);
    if (!writer || leftOut.messages < MIN_LEFT_OUT) return;
    const job: SummaryJob = { conversationId, toSeq: leftOut.toSeq, ...writer };
    await this.jobs.enqueue(SUMMARY_JOB, job, { key: conversationId });
  }

  /** Null when nothing is to be written, or the provider is not configured any more. */
  private writerOf(wanted: DigestModel, { model, turnId }: CompletedTurn) {
    if (wanted === 'off') return null;
    const { provider, name } = wanted === 'auto' ? model : wanted;
    return this.calls.providers.includes(provider) ? { provider, model: name, turnId } : null;
  }
}
