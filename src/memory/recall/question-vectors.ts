// Makes the vector of a question. When the vector is not ready in time, the search uses words only.
import { Injectable, Logger } from '@nestjs/common';
import {
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  handleAll,
  timeout,
  TimeoutStrategy,
} from 'cockatiel';
import { RequestContexts } from '../../platform/context/index.js';
import { FairSemaphore } from '../../platform/fairness/index.js';
import { HealthParts, type PartState } from '../../platform/health/health-parts.js';
import { Embedder } from '../embedding/embedder.js';
import type { TextIndex } from '../search/text-index.js';

/** A search waits at most this long for the vector of its question. */
const EMBED_TIMEOUT_MS = 2_000;
/** Share of the questions embedded at once that one user may have. */
const MAX_SHARE_OF_USER = 0.25;
const MAX_CONSECUTIVE_FAILURES = 3;
const OPEN_CIRCUIT_MS = 5_000;

@Injectable()
export class QuestionVectors {
  private readonly logger = new Logger(QuestionVectors.name);
  private readonly breaker = circuitBreaker(handleAll, {
    breaker: new ConsecutiveBreaker(MAX_CONSECUTIVE_FAILURES),
    halfOpenAfter: OPEN_CIRCUIT_MS,
  });
  private readonly timeout = timeout(EMBED_TIMEOUT_MS, {
    strategy: TimeoutStrategy.Aggressive,
    abortOnReturn: false,
  });
  private readonly slots: FairSemaphore;

  constructor(
    private readonly embedder: Embedder,
    private readonly contexts: RequestContexts,
    health: HealthParts,
  ) {
    const total = embedder.questionsAtOnce;
    this.slots = new FairSemaphore({
      total,
      perOwner: Math.ceil(total * MAX_SHARE_OF_USER),
      maxWaitingPerOwner: 0,
    });
    health.add('embedder', () => this.state());
    this.breaker.onBreak(() =>
      this.logger.warn({ msg: 'the embedder does not answer: searches go by words for now' }),
    );
  }

  /**
   * Returns undefined when there is no embedder, or none that answers, or when it is not loaded yet
   * or busy with other questions. That makes a search worse; it neither fails nor delays it.
   */
  async embedFor(texts: TextIndex, question: string): Promise<Int8Array | undefined> {
    return texts.size === 0 ? undefined : this.embed(texts.questionForEmbedding(question));
  }

  /** Embeds a question that has been prepared already. */
  async embed(asked: string): Promise<Int8Array | undefined> {
    // While one search probes whether the embedder is back, the others do not wait for it.
    if (this.embedder.model === null || this.breaker.state === CircuitState.HalfOpen)
      return undefined;
    const release = this.embedder.isReady()
      ? this.slots.tryTake(this.contexts.userScope().userId)
      : null;
    if (release === null) return undefined;
    return this.breaker
      .execute(() =>
        this.timeout.execute(({ signal }) => this.embedder.embedQuestion(asked, signal)),
      )
      .catch(() => undefined)
      .finally(release);
  }

  private state(): PartState {
    const isDown = this.breaker.state !== CircuitState.Closed;
    return {
      ...this.embedder.describe(),
      ...(isDown ? { effect: 'searches go by words' } : {}),
    };
  }
}
