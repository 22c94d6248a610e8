// Bounds every call to Redis by a time-out, and a circuit breaker that stops calling a Redis that
// does not answer.
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
import { isErrorReply } from './error-reply.js';

const CALL_TIMEOUT_MS = 100;
const MAX_FAILURES = 5;
const HALF_OPEN_AFTER_MS = 1_000;

/** False for an error reply and for a value that is not JSON: both come from a Redis that works. */
const isConnectionFault = (error: Error): boolean =>
  !(error instanceof SyntaxError) && !isErrorReply(error);

export class RedisGuard {
  private readonly logger = new Logger(RedisGuard.name);
  private readonly breaker = circuitBreaker(handleWhen(isConnectionFault), {
    halfOpenAfter: HALF_OPEN_AFTER_MS,
    breaker: new ConsecutiveBreaker(MAX_FAILURES),
  });
  private readonly timeout;

  /** @param consequence what is logged of an outage after “Redis does not answer: ” */
  constructor(consequence: string, milliseconds = CALL_TIMEOUT_MS) {
    this.timeout = timeout(milliseconds, {
      strategy: TimeoutStrategy.Aggressive,
      abortOnReturn: false,
    });
    this.breaker.onBreak(() => this.logger.warn(`Redis does not answer: ${consequence}`));
    this.breaker.onReset(() => this.logger.log('Redis answers again'));
  }

  /** Rejects with the error of Redis, after the time-out, or at once while the circuit is open. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    // Other calls would wait for the one that probes Redis.
    if (this.breaker.state === CircuitState.HalfOpen) throw new BrokenCircuitError();
    // `wrap` would add a listener for every call to one signal, and Node warns from the eleventh.
    return this.breaker.execute(() => this.timeout.execute(work));
  }
}
