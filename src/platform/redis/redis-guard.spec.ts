import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ErrorReply } from 'redis';
import { RedisGuard } from './redis-guard.js';

const never = () => new Promise<never>(() => undefined);
const refuse = () => Promise.reject(new Error('connection refused'));
const answer = () => Promise.resolve('PONG');

/** Calls `work` so often, one after the other, and says how often that reached it. */
async function reached(
  guard: RedisGuard,
  times: number,
  work: () => Promise<unknown>,
): Promise<number> {
  let calls = 0;
  const counting = () => {
    calls++;
    return work();
  };
  for (let i = 0; i < times; i++) await guard.run(counting).catch(() => undefined);
  return calls;
}

describe('the guard in front of Redis', () => {
  let warnings: unknown[];
  beforeEach(() => {
    warnings = [];
    jest
      .spyOn(Logger.prototype, 'warn')
      .mockImplementation((message: unknown) => void warnings.push(message));
    jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  });
  afterEach(() => void jest.restoreAllMocks());

  const later = (milliseconds: number) =>
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + milliseconds);

  it('passes on what Redis says, and what it refuses', async () => {
    const guard = new RedisGuard('a test goes on');
    await expect(guard.run(answer)).resolves.toBe('PONG');
    await expect(guard.run(() => Promise.reject(new ErrorReply('WRONGTYPE')))).rejects.toThrow(
      'WRONGTYPE',
    );
  });

  it.each([
    ['does not answer', never],
    ['refuses connections', refuse],
  ])('asks five times when Redis %s, and then no more', async (_, work) => {
    expect(await reached(new RedisGuard('a test goes on', 5), 20, work)).toBe(5);
    expect(warnings).toHaveLength(1);
  });

  it.each([
    ['an error of Redis itself', () => Promise.reject(new ErrorReply('OOM'))],
    ['a value that is no JSON', () => Promise.reject(new SyntaxError('Unexpected token'))],
  ])('goes on asking after %s', async (_, work) => {
    expect(await reached(new RedisGuard('a test goes on'), 20, work)).toBe(20);
  });

  it('asks once after a second, refuses the others meanwhile, and asks all again when that was answered', async () => {
    const guard = new RedisGuard('a test goes on');
    await reached(guard, 5, refuse);
    later(1_100);
    let respond: (reply: string) => void = () => undefined;
    const probe = guard.run(() => new Promise<string>((resolve) => (respond = resolve)));
    expect(await reached(guard, 5, answer)).toBe(0);
    respond('PONG');
    await expect(probe).resolves.toBe('PONG');
    expect(await reached(guard, 5, answer)).toBe(5);
  });

  it('waits for another second when the one call was not answered either', async () => {
    const guard = new RedisGuard('a test goes on');
    await reached(guard, 5, refuse);
    later(1_100);
    expect(await reached(guard, 5, refuse)).toBe(1);
    later(1_100);
    expect(await reached(guard, 1, answer)).toBe(1);
  });
});
