import { describe, expect, it } from '@jest/globals';
import { Places } from './places.js';

const never = new AbortController().signal;

/** Work that ends when it is told to. */
function gate(): { open: () => void; work: () => Promise<string>; started: () => boolean } {
  let open = (): void => {};
  let started = false;
  const opened = new Promise<string>((resolve) => (open = () => resolve('done')));
  return { open, work: () => ((started = true), opened), started: () => started };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('places', () => {
  it('are given to so many at a time, in order', async () => {
    const places = new Places(2);
    const gates = [gate(), gate(), gate(), gate()];
    const runs = gates.map(({ work }) => places.run(work, never));
    await settled();
    expect(gates.map(({ started }) => started())).toEqual([true, true, false, false]);
    gates[1]!.open();
    await settled();
    expect(gates.map(({ started }) => started())).toEqual([true, true, true, false]);
    for (const { open } of gates) open();
    expect(await Promise.all(runs)).toEqual(['done', 'done', 'done', 'done']);
  });

  it('are given back by work that fails', async () => {
    const places = new Places(1);
    await expect(places.run(() => Promise.reject(new Error('broken')), never)).rejects.toThrow('broken');
    expect(await places.run(async () => 'next', never)).toBe('next');
  });

  it('are not waited for longer than somebody wants to, and pass who has left', async () => {
    const places = new Places(1);
    const [first, left, last] = [gate(), gate(), gate()];
    const leaving = new AbortController();
    const running = places.run(first.work, never);
    const waiting = places.run(left.work, leaving.signal);
    const next = places.run(last.work, never);
    leaving.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    first.open();
    last.open();
    expect(await Promise.all([running, next])).toEqual(['done', 'done']);
    expect(left.started()).toBe(false);
    await expect(places.run(left.work, leaving.signal)).rejects.toThrow('enough');
    expect(await places.run(async () => 'free again', never)).toBe('free again');
  });
});
