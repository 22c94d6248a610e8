// Repeats a whole transaction that PostgreSQL gave up for another one's sake.
import { setTimeout as sleep } from 'node:timers/promises';

const ATTEMPTS = 4;
const retryable = new Set(['40001', '40P01']);

const sqlState = (error: unknown): string | undefined => {
  const { code, driverError } = (error ?? {}) as { code?: string; driverError?: { code?: string } };
  return driverError?.code ?? code;
};

/** Up to four attempts on serialization_failure and deadlock_detected, with jitter; any other error is thrown at once. */
export async function retrySerializationFailures<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried >= ATTEMPTS || !retryable.has(sqlState(error) ?? '')) throw error;
      await sleep(Math.random() * 20 * 2 ** tried);
    }
  }
}
