// Every call to Redis is short or not made: a timeout, and a breaker that stops asking a Redis that does not answer.
import { Logger } from '@nestjs/common';
import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhen,
  timeout,
  TimeoutStrategy,
} from 'cockatiel';
import { ErrorReply } from 'redis';

/** Milliseconds a call may take. */
const TIMEOUT = 100;
const FAILURES = 5;
const HALF_OPEN_AFTER = 1_000;

/** An error that Redis itself answered, and a value that is no JSON, come from a Redis that works. */
const isSilence = (error: Error): boolean =>
  !(error instanceof ErrorReply) && !(error instanceof SyntaxError);

export class RedisGuard {
  private readonly logger = new Logger(RedisGuard.name);
  private readonly breaker = circuitBreaker(handleWhen(isSilence), {
    halfOpenAfter: HALF_OPEN_AFTER,
    breaker: new ConsecutiveBreaker(FAILURES),
  });
  private readonly timeout;

  constructor(milliseconds = TIMEOUT) {
    this.timeout = timeout(milliseconds, {
      strategy: TimeoutStrategy.Aggressive,
      abortOnReturn: false,
    });
    this.breaker.onBreak(() =>
      this.logger.warn('Redis does not answer: the cache goes on in this process alone'),
    );
    this.breaker.onReset(() => this.logger.log('Redis answers again'));
  }

  /** Rejects with what Redis said, when it said nothing in time, and at once while it is known to say nothing. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    // While one call finds out whether Redis is back, the others would have to wait for it.
    if (this.breaker.state === CircuitState.HalfOpen) throw new BrokenCircuitError();
    // Not `wrap`: it hangs a listener of every call on one signal, and Node warns from the eleventh.
    return this.breaker.execute(() => this.timeout.execute(work));
  }
}
