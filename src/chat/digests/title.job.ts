// Gives a title to a conversation that has none.
import { Injectable } from '@nestjs/common';
import {
  ConversationPaths,
  ConversationsRepository,
  MessageTrees,
  type TitleSource,
} from '../../conversations/index.js';
import { Config } from '../../platform/config/config.js';
import { JobHandler, type JobRun } from '../../platform/jobs/index.js';
import { SecretsGuard } from '../../platform/secrets-guard/index.js';
import { ModelWriter } from './model-writer.js';
import { readSaid } from './said.js';

export const TITLE_JOB = 'conversation.title';

export interface TitleJob extends TitleSource {
  conversationId: string;
}

/** A title is made of the first messages. */
const LIMITS = { messages: 6, bytes: 65_536, charactersEach: 2_000 };
const MAX_OUTPUT_TOKENS = 1_000;
const MAX_TITLE_CHARACTERS = 120;

const TASK =
  'Write a title for a conversation: at most six words, in the language of the conversation, plain text on one line, without quotes or a full stop. Answer with the title only.';

@Injectable()
export class TitleConversation extends JobHandler<TitleJob> {
  override readonly name = TITLE_JOB;
  override readonly checkpointed = true;
  override readonly backoff = 5;

  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly trees: MessageTrees,
    private readonly paths: ConversationPaths,
    private readonly writer: ModelWriter,
    private readonly guard: SecretsGuard,
    private readonly config: Config,
  ) {
    super();
  }

  override async run({ conversationId, ...source }: TitleJob, job: JobRun): Promise<void> {
    const conversation = await this.conversations.find(conversationId);
    if (conversation?.title !== null) return;
    const path = await this.trees.pathTo(conversationId, source.toSeq);
    const { texts } = await readSaid(this.paths, conversationId, path, LIMITS);
    if (texts.length === 0) return;
    const written = await this.writer.write({
      source,
      task: TASK,
      material: texts,
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      signal: job.signal,
    });
    const title = written === null ? null : titleIn(written);
    if (title === null || (await this.isRefused(title))) return;
    const { erasures } = conversation;
    await job.step(() => this.conversations.giveTitle(conversationId, title, source, erasures));
  }

  private async isRefused(title: string): Promise<boolean> {
    return (await this.guard.refused({ title }, this.config.messageGuard)).length > 0;
  }
}

/** Marks around a title that models add, and a full stop behind it. */
const MARKS = new Set(' \t\r#*_"\'`“”«»„.');

/** The first line, without marks around it; null without a word. */
export function titleIn(text: string): string | null {
  const line = text.split('\n', 1)[0]!.slice(0, MAX_TITLE_CHARACTERS);
  let [start, end] = [0, line.length];
  while (start < end && MARKS.has(line[start]!)) start++;
  while (end > start && MARKS.has(line[end - 1]!)) end--;
  return start === end ? null : line.slice(start, end).toWellFormed();
}
