// Says whether messages are found by meaning, and has the missing vectors of a user made.
import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../../../platform/config/config.js';
import { RequestContexts } from '../../../platform/context/index.js';
import { Jobs } from '../../../platform/jobs/index.js';
import { Embedder } from '../embedder.js';

export const EMBED_MESSAGES_JOB = 'message.embed';
export const EMBED_MESSAGES_KEY = 'embed-messages';

/** One process asks for the vectors of a user at most once in this time. */
const ASK_AGAIN_AFTER_MS = 5_000;
const MAX_USERS_KNOWN = 10_000;

@Injectable()
export class MessageEmbeddings {
  /** The model of the vectors; null when messages are found by their words only. */
  readonly model: string | null;
  /** A user with more messages has them found by words only. */
  readonly maxMessages: number;
  private readonly logger = new Logger(MessageEmbeddings.name);
  private readonly asked = new LRUCache<string, true>({
    max: MAX_USERS_KNOWN,
    ttl: ASK_AGAIN_AFTER_MS,
  });

  constructor(
    embedder: Embedder,
    { embedMessages, identity, memoryVectorsInProcess }: Config,
    private readonly jobs: Jobs,
    private readonly contexts: RequestContexts,
  ) {
    // A vector tells what its message says, so a sealed message has none.
    this.model = embedMessages && !identity.sealMessages ? embedder.model : null;
    this.maxMessages = memoryVectorsInProcess;
  }

  /** Has the vectors made that messages of the user in scope lack. Nobody waits for them. */
  async request(): Promise<void> {
    const { userId } = this.contexts.userScope();
    if (this.asked.has(userId)) return;
    this.asked.set(userId, true);
    await this.jobs
      .enqueue(EMBED_MESSAGES_JOB, {}, { key: EMBED_MESSAGES_KEY })
      .catch((error: unknown) =>
        this.logger.warn({ msg: 'vectors of messages could not be asked for', err: error }),
      );
  }
}
