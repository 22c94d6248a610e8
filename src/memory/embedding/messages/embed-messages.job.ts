// Makes vectors of one user's messages in the background. Until a message has its vector, search
// finds it by its words.
import { Injectable } from '@nestjs/common';
import { JobHandler, type JobRun } from '../../../platform/jobs/index.js';
import { searchableMessage } from '../../recall/indexed-text.js';
import {
  type IndexedMessage,
  MESSAGE_PAGE,
  MessageIndexRepository,
} from '../../recall/message-index.repository.js';
import { Embedder } from '../embedder.js';
import {
  MessageEmbeddingRepository,
  type SeqRange,
  type UnembeddedConversation,
} from './message-embedding.repository.js';
import { EMBED_MESSAGES_JOB, EMBED_MESSAGES_KEY, MessageEmbeddings } from './message-embeddings.js';

/** How many messages one step embeds and saves, and of how many conversations at most. */
const MESSAGES_PER_STEP = 32;
/** After so many messages, other jobs have their turn. */
const MESSAGES_PER_RUN = 1_000;

/** Messages of a conversation that were read. */
interface ReadMessages extends SeqRange {
  /** What those say that may have a vector. */
  texts: { id: string; text: string }[];
}

/** Calls the model outside of any transaction. */
@Injectable()
export class EmbedMessages extends JobHandler {
  override readonly name = EMBED_MESSAGES_JOB;
  override readonly checkpointed = true;

  constructor(
    private readonly messages: MessageIndexRepository,
    private readonly rows: MessageEmbeddingRepository,
    private readonly embeddings: MessageEmbeddings,
    private readonly embedder: Embedder,
  ) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    const { model, maxMessages } = this.embeddings;
    if (model === null || (await this.rows.countMessages()) > maxMessages) return;
    let done = 0;
    let step: ReadMessages[] = [];
    for (const conversation of await this.rows.next(model, MESSAGES_PER_RUN)) {
      for await (const messages of this.finishedOf(conversation)) {
        step.push(messages);
        done += countOf(messages);
        const isLast = done >= MESSAGES_PER_RUN;
        if (!isLast && sumOf(step) < MESSAGES_PER_STEP && step.length < MESSAGES_PER_STEP) continue;
        await this.embed(model, step, job, done);
        step = [];
        if (isLast) return job.again(EMBED_MESSAGES_KEY);
      }
    }
    await this.embed(model, step, job, done);
  }

  /**
   * Reads the messages of the conversation that were not looked through, up to one that is in
   * progress, or sealed: it may say something later.
   */
  private async *finishedOf({
    id: conversationId,
    upTo,
    lastSeq,
  }: UnembeddedConversation): AsyncGenerator<ReadMessages> {
    for (let after = upTo; after < lastSeq;) {
      const page = await this.messages.after(conversationId, after);
      const held = page.findIndex(({ isOpen, isSealed }) => isOpen || isSealed);
      const ready = held < 0 ? page : page.slice(0, held);
      for (let first = 0; first < ready.length; first += MESSAGES_PER_STEP) {
        const some = ready.slice(first, first + MESSAGES_PER_STEP);
        const range = { conversationId, after, upTo: some.at(-1)!.seq };
        yield { ...range, texts: textsOf(some, conversationId) };
        after = range.upTo;
      }
      if (held >= 0) return;
      if (page.length > 0) continue;
      // Numbers without messages.
      const end = Math.min(lastSeq, after + MESSAGE_PAGE.rows);
      yield { conversationId, after, upTo: end, texts: [] };
      after = end;
    }
  }

  private async embed(
    model: string,
    step: readonly ReadMessages[],
    job: JobRun,
    done: number,
  ): Promise<void> {
    const texts = step.flatMap((read) => read.texts.map(({ text }) => text));
    const vectors = texts.length === 0 ? [] : await this.embedder.embed(texts, job.signal);
    let next = 0;
    job.report(done);
    for (const { texts: said, ...range } of step) {
      const saved = said.map(({ id }) => ({ id, vector: vectors[next++]! }));
      // One conversation at a time: an erasure may hold several.
      await job.step(() => this.rows.save(model, { ...range, vectors: saved }));
    }
  }
}

const countOf = ({ after, upTo }: SeqRange): number => upTo - after;
const sumOf = (step: readonly SeqRange[]): number =>
  step.reduce((sum, range) => sum + countOf(range), 0);

const textsOf = (messages: readonly IndexedMessage[], conversationId: string) =>
  messages.flatMap((message) => {
    const text = wordsOf(message, conversationId);
    return text === null ? [] : [{ id: message.id, text }];
  });

/** What a user or an assistant says; null for all else, and for what has no vector. */
function wordsOf(message: IndexedMessage, conversationId: string): string | null {
  const { role, isErased } = message;
  if (isErased || (role !== 'user' && role !== 'assistant')) return null;
  try {
    const { text } = searchableMessage(message, conversationId);
    return /\S/.test(text) ? text : null;
  } catch {
    // Such a message cannot be searched by its words, either.
    return null;
  }
}
