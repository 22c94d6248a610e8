import { describe, expect, it, jest } from '@jest/globals';
import { CommitUnknownError, Retry, type Repeatable } from './retry.js';

const retry = new Retry();

const failure = (code: string) => Object.assign(new Error(code), { code });

/** Fails with each error in turn, then succeeds. */
const failing = (...errors: unknown[]) =>
  jest.fn(async () => (errors.length > 0 ? Promise.reject(errors.shift() as Error) : 'done'));

describe('a transaction that PostgreSQL gave up', () => {
  it('is run once when nothing fails', async () => {
    const attempt = failing();
    await expect(retry.serializationFailures(attempt)).resolves.toBe('done');
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it('is repeated after a serialization failure and a deadlock, from the driver or from TypeORM', async () => {
    const attempt = failing(failure('40001'), failure('40P01'), { driverError: failure('40P01') });
    await expect(retry.serializationFailures(attempt)).resolves.toBe('done');
    expect(attempt).toHaveBeenCalledTimes(4);
  });

  it('fails with the fourth failure', async () => {
    const attempt = failing(
      ...['1', '2', '3', '4'].map((message) => Object.assign(failure('40001'), { message })),
    );
    await expect(retry.serializationFailures(attempt)).rejects.toMatchObject({ message: '4' });
    expect(attempt).toHaveBeenCalledTimes(4);
  });

  it.each([
    failure('23505'),
    failure('40003'),
    new Error('Connection terminated'),
    null,
    undefined,
    'text',
  ])('is not repeated after anything else (%#)', async (error) => {
    const attempt = failing(error);
    await expect(retry.serializationFailures(attempt)).rejects.toBe(error);
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});

describe('what was under way on a lost connection', () => {
  const lost = new Error('Connection terminated unexpectedly');
  const unsent = new Error('Client has encountered a connection error and is not queryable');
  const unknown = new CommitUnknownError('lost');
  const silent = new Error('Query read timeout');
  const refused = failure('ECONNREFUSED');
  const terminated = failure('57P01');

  it.each<[Repeatable, Error[]]>([
    ['always', [lost, unsent, terminated, unknown]],
    ['uncommitted', [lost, unsent, terminated]],
    ['unsent', [unsent]],
  ])('is run again, once, when that can do no harm: %s', async (repeatable, harmless) => {
    for (const error of [lost, unsent, unknown, silent, refused, terminated]) {
      const once = failing(error);
      const running = retry.lostConnection(repeatable, once);
      await (harmless.includes(error)
        ? expect(running).resolves.toBe('done')
        : expect(running).rejects.toBe(error));
      const twice = failing(error, error, error);
      await expect(retry.lostConnection(repeatable, twice)).rejects.toBe(error);
      expect(twice).toHaveBeenCalledTimes(harmless.includes(error) ? 2 : 1);
    }
  });
});
