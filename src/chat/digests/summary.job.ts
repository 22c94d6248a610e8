// Summarises the messages of a conversation that contexts leave out, each time from the summary of
// before.
import { Injectable } from '@nestjs/common';
import { SummariesRepository, SummariesService } from '../../context-window/index.js';
import {
  ConversationPaths,
  ConversationsRepository,
  MessageTrees,
  type WrittenByModel,
} from '../../conversations/index.js';
import { AppError } from '../../platform/errors/index.js';
import { JobHandler, type JobRun } from '../../platform/jobs/index.js';
import { ModelWriter } from './model-writer.js';
import { readSaid } from './said.js';

export const SUMMARY_JOB = 'conversation.summarise';

export interface SummaryJob extends WrittenByModel {
  conversationId: string;
  /** `seq` of the last message that a context left out. */
  toSeq: number;
}

/** Read by one run. The next turn goes on with the rest. */
const LIMITS = { messages: 200, bytes: 262_144, charactersEach: 4_000 };
const MAX_OUTPUT_TOKENS = 4_000;
const MAX_SUMMARY_CHARACTERS = 16_000;

const TASK =
  'Summarise the beginning of a conversation for the model that continues it. "summary" is what came before the messages, and belongs in the new summary. Keep names, numbers, dates, wishes, decisions, promises and open questions; leave out small talk. At most 400 words of plain text, in the language of the conversation. Answer with the summary only.';

@Injectable()
export class SummariseConversation extends JobHandler<SummaryJob> {
  override readonly name = SUMMARY_JOB;
  override readonly checkpointed = true;
  override readonly backoff = 5;

  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly trees: MessageTrees,
    private readonly paths: ConversationPaths,
    private readonly summaries: SummariesService,
    private readonly rows: SummariesRepository,
    private readonly writer: ModelWriter,
  ) {
    super();
  }

  override async run({ conversationId, toSeq, ...source }: SummaryJob, job: JobRun): Promise<void> {
    const conversation = await this.conversations.find(conversationId);
    if (!conversation) return;
    const before = await this.rows.latest(conversationId, toSeq);
    const whole = await this.trees.pathTo(conversationId, toSeq);
    // A summary of another branch says what was never said on this one.
    const isOnPath = before !== null && whole.placeOf(before.toSeq) !== null;
    const path = isOnPath ? whole.between(before.toSeq, toSeq + 1) : whole;
    const { texts, lastSeq } = await readSaid(this.paths, conversationId, path, LIMITS);
    if (lastSeq === null) return;
    const written = await this.writer.write({
      source,
      task: TASK,
      material: { summary: isOnPath ? before.content : null, messages: texts },
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      signal: job.signal,
    });
    const content = written?.slice(0, MAX_SUMMARY_CHARACTERS).toWellFormed().trim() ?? '';
    if (content === '') return;
    const fromSeq = isOnPath ? before.fromSeq : whole.seqAt(1);
    const made = { source, erasures: conversation.erasures };
    await job
      .step(() => this.summaries.create(conversationId, { fromSeq, toSeq: lastSeq, content }, made))
      .catch((error: unknown) => {
        // The conversation is gone, something of it was erased meanwhile, or the guard refuses it.
        if (!(error instanceof AppError) || error.definition.status >= 500) throw error;
      });
  }
}
