import { describe, expect, it, jest } from '@jest/globals';
import { retrySerializationFailures } from './retry.js';

const failure = (code: string) => Object.assign(new Error(code), { code });

/** Fails with each error in turn, then succeeds. */
const failing = (...errors: unknown[]) => jest.fn(async () => (errors.length > 0 ? Promise.reject(errors.shift() as Error) : 'done'));

describe('a transaction that PostgreSQL gave up', () => {
  it('is run once when nothing fails', async () => {
    const attempt = failing();
    await expect(retrySerializationFailures(attempt)).resolves.toBe('done');
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it('is repeated after a serialization failure and a deadlock, from the driver or from TypeORM', async () => {
    const attempt = failing(failure('40001'), failure('40P01'), { driverError: failure('40P01') });
    await expect(retrySerializationFailures(attempt)).resolves.toBe('done');
    expect(attempt).toHaveBeenCalledTimes(4);
  });

  it('fails with the fourth failure', async () => {
    const attempt = failing(...['1', '2', '3', '4'].map((message) => Object.assign(failure('40001'), { message })));
    await expect(retrySerializationFailures(attempt)).rejects.toMatchObject({ message: '4' });
    expect(attempt).toHaveBeenCalledTimes(4);
  });

  it.each([failure('23505'), failure('40003'), new Error('Connection terminated'), null, undefined, 'text'])('is not repeated after anything else (%#)', async (error) => {
    const attempt = failing(error);
    await expect(retrySerializationFailures(attempt)).rejects.toBe(error);
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});
