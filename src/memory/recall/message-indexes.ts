// Gives a search the index of the user's messages, up to date, and the vector of its question.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { HeavyWork } from '../../platform/heavy-work/index.js';
import { MessageEmbeddingRepository } from '../embedding/messages/message-embedding.repository.js';
import { MessageEmbeddings } from '../embedding/messages/message-embeddings.js';
import { toIndexLimits } from './index-limits.js';
import { MessageIndex, type MessageIndexSettings } from './message-index.js';
import { MessageIndexRepository } from './message-index.repository.js';
import { QuestionVectors } from './question-vectors.js';
import type { SearchQuery } from './search-query.js';
import { UserIndexes } from './user-indexes.js';

@Injectable()
export class MessageIndexes {
  private readonly settings: MessageIndexSettings;

  constructor(
    private readonly rows: MessageIndexRepository,
    private readonly vectors: MessageEmbeddingRepository,
    private readonly embeddings: MessageEmbeddings,
    private readonly questions: QuestionVectors,
    private readonly indexes: UserIndexes,
    work: HeavyWork,
    config: Config,
  ) {
    this.settings = {
      model: embeddings.model,
      maxMessagesWithVectors: embeddings.maxMessages,
      limits: toIndexLimits(config),
      runQueued: (build) => work.run('search', build),
    };
  }

  /**
   * Runs `work` with the index, which then has all that was committed before the call.
   * @throws AppError 503 while a long history is read for the first time
   */
  use<T>(work: (index: MessageIndex) => Promise<T>): Promise<T> {
    const make = () => new MessageIndex(this.rows, this.vectors, this.settings);
    return this.indexes.use('messages', make, async (index) => {
      try {
        await index.catchUp();
      } finally {
        this.indexes.keep('messages', index);
      }
      return work(index);
    });
  }

  /**
   * Embeds a question, where the index has vectors to compare with. Has those made that are missing.
   * A search for all of its words, or for stop words, goes by words: it neither needs nor makes vectors.
   */
  async vectorOf(
    index: MessageIndex,
    { query, read }: { query: string; read?: SearchQuery },
  ): Promise<Int8Array | undefined> {
    if (read?.written.match === 'all' || read?.hasStopWordsOnly === true) return undefined;
    if (await index.catchUpVectors()) await this.embeddings.request();
    this.indexes.keep('messages', index);
    const { texts } = index;
    return texts.hasVectors ? this.questions.embedFor(texts, query) : undefined;
  }
}
