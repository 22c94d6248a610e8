import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ModelCallError } from '../model-call-error.js';
import type { GateLimits } from './gate-limits.js';
import { ProviderGate } from './provider-gate.js';

const MINUTE_MS = 60_000;

/** A gate, and the names of the calls that were let in, in order. */
function opened(limits: GateLimits) {
  const gate = new ProviderGate('a-provider', limits);
  const entered: string[] = [];
  const leaves: (() => void)[] = [];
  const refused: ModelCallError[] = [];
  const enter = (
    name: string,
    order: 'foreground' | 'background' = 'foreground',
    { maxWaitMs = null, signal }: { maxWaitMs?: number | null; signal?: AbortSignal } = {},
  ) =>
    void gate
      .enter({ order, owner: name[0]!, maxWaitMs }, signal ?? new AbortController().signal)
      .then((leave) => {
        entered.push(name);
        leaves.push(leave);
      })
      .catch((error: unknown) => refused.push(error as ModelCallError));
  const leave = async () => {
    leaves.shift()!();
    await jest.advanceTimersByTimeAsync(0);
  };
  return { gate, entered, refused, enter, leave };
}

const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

describe('the places of a provider', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('are any number without limits', async () => {
    const { entered, enter, gate } = opened({});
    for (let i = 0; i < 1_000; i++) enter(`a${i}`);
    await pass(0);
    expect(entered).toHaveLength(1_000);
    expect(gate.room(7)).toBe(7);
  });

  it('go to foreground work first, and to users in turn', async () => {
    const { entered, enter, leave } = opened({ concurrency: 1 });
    enter('a1');
    enter('x1', 'background');
    for (const name of ['a2', 'a3', 'b1', 'a4', 'c1']) enter(name);
    await pass(0);
    while (entered.length < 7) await leave();
    expect(entered).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'a4', 'x1']);
  });

  it('are refused after the longest wait, and left alone after an abort', async () => {
    const { entered, refused, enter, leave } = opened({ concurrency: 1 });
    const abort = new AbortController();
    enter('a1');
    enter('a2', 'foreground', { maxWaitMs: 5_000 });
    enter('b1', 'background', { signal: abort.signal });
    enter('c1', 'background', { signal: AbortSignal.abort() });
    abort.abort();
    await pass(4_999);
    expect(refused.map(({ code }) => code)).toEqual(['model.aborted', 'model.aborted']);
    await pass(1);
    expect(refused[2]).toMatchObject({
      code: 'model.busy',
      retryable: true,
      retryAfterSeconds: expect.any(Number),
    });
    await leave();
    expect(entered).toEqual(['a1']);
    enter('a3');
    await pass(0);
    expect(entered).toEqual(['a1', 'a3']);
  });

  it('send no more requests in any minute than they may, those tried again included', async () => {
    const { gate, entered, enter } = opened({ requestsPerMinute: 3 });
    enter('a1');
    await pass(20_000);
    enter('a2');
    expect(gate.room(10)).toBe(1);
    expect(await gate.reserve()).toBe(0);
    enter('a3');
    enter('b1');
    await pass(39_999);
    expect(entered).toEqual(['a1', 'a2']);
    await pass(2);
    expect(entered).toEqual(['a1', 'a2', 'a3']);
    // A request that is promised for later counts from then on.
    expect(await gate.reserve()).toBeGreaterThan(0);
    expect(gate.room(10)).toBe(0);
    await pass(MINUTE_MS);
    expect(entered).toEqual(['a1', 'a2', 'a3', 'b1']);
  });

  it('are counted for background work without those that wait', async () => {
    const { gate, enter, leave } = opened({ concurrency: 4 });
    for (const name of ['a1', 'a2', 'a3']) enter(name);
    await pass(0);
    expect([gate.room(10), gate.room(0)]).toEqual([1, 0]);
    for (const name of ['a4', 'a5']) enter(name);
    await pass(0);
    expect(gate.room(10)).toBe(0);
    await leave();
    await leave();
    expect(gate.room(10)).toBe(1);
  });
});
