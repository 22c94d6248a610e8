// A circuit breaker for each provider: one that keeps failing is not called for a time.
import { Injectable, Logger } from '@nestjs/common';
import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
} from 'cockatiel';
import { ModelCallError } from '../model-call-error.js';

export const MAX_CONSECUTIVE_FAILURES = 5;
export const OPEN_CIRCUIT_MS = 10_000;

/**
 * True for a failure of the provider itself. A key that it refuses, a request that it cannot take,
 * and a rate limit may be one user's alone.
 */
const isFaultOfProvider = (error: Error): boolean =>
  error instanceof ModelCallError &&
  ['model.unavailable', 'model.timeout', 'model.bad_answer'].includes(error.code);

@Injectable()
export class ProviderBreakers {
  private readonly logger = new Logger(ProviderBreakers.name);
  private readonly breakers = new Map<string, CircuitBreakerPolicy>();

  /**
   * Does the part of a call that tells whether the provider works.
   * @throws ModelCallError `model.unavailable` at once while the circuit is open
   */
  async run<T>(provider: string, work: () => Promise<T>): Promise<T> {
    const breaker = this.breakers.get(provider) ?? this.add(provider);
    // Other calls would wait for the one that probes the provider.
    if (breaker.state === CircuitState.HalfOpen) throw unavailable(provider);
    return breaker.execute(work).catch((error: unknown) => {
      throw error instanceof BrokenCircuitError ? unavailable(provider) : error;
    });
  }

  private add(provider: string): CircuitBreakerPolicy {
    const isFault = (error: Error): boolean =>
      isFaultOfProvider(error) || (breaker.state === CircuitState.HalfOpen && isUndecided(error));
    const breaker: CircuitBreakerPolicy = circuitBreaker(handleWhen(isFault), {
      breaker: new ConsecutiveBreaker(MAX_CONSECUTIVE_FAILURES),
      halfOpenAfter: OPEN_CIRCUIT_MS,
    });
    breaker.onBreak(() =>
      this.logger.warn({ msg: 'a model provider fails: it is not called for a time', provider }),
    );
    breaker.onReset(() => this.logger.log({ msg: 'a model provider answers again', provider }));
    this.breakers.set(provider, breaker);
    return breaker;
  }
}

/** A probe that was aborted does not tell that the provider works. */
const isUndecided = (error: Error): boolean =>
  error instanceof ModelCallError && error.code === 'model.aborted';

const unavailable = (provider: string): ModelCallError =>
  new ModelCallError(
    'model.unavailable',
    `The provider ${provider} has failed several times, and is not called for a time.`,
    { retryAfterSeconds: OPEN_CIRCUIT_MS / 1_000 },
  );
