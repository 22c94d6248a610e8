import { describe, expect, it } from '@jest/globals';
import { FairSemaphore } from './fair-semaphore.js';

/** Work that ends when the test says so. */
function gate(): { open: () => void; work: () => Promise<string>; started: () => boolean } {
  let open = (): void => {};
  let started = false;
  const opened = new Promise<string>((resolve) => (open = () => resolve('done')));
  return { open, work: () => ((started = true), opened), started: () => started };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a fair semaphore', () => {
  it('runs as many as its total at a time, in the order of arrival', async () => {
    const semaphore = new FairSemaphore({ total: 2, perOwner: 2 });
    const gates = [gate(), gate(), gate(), gate()];
    const runs = gates.map(({ work }) => semaphore.run('ada', work));
    await settled();
    expect(gates.map(({ started }) => started())).toEqual([true, true, false, false]);
    gates[1]!.open();
    await settled();
    expect(gates.map(({ started }) => started())).toEqual([true, true, true, false]);
    for (const { open } of gates) open();
    expect(await Promise.all(runs)).toEqual(['done', 'done', 'done', 'done']);
  });

  it('gives a place back when work fails', async () => {
    const semaphore = new FairSemaphore({ total: 1, perOwner: 1 });
    await expect(semaphore.run('ada', () => Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );
    expect(await semaphore.run('ada', async () => 'next')).toBe('next');
  });

  it('leaves a place to others, however much one owner brings', async () => {
    const semaphore = new FairSemaphore({ total: 3, perOwner: 2 });
    const greedy = Array.from({ length: 50 }, gate);
    const runs = greedy.map(({ work }) => semaphore.run('greedy', work));
    await settled();
    expect(greedy.filter(({ started }) => started())).toHaveLength(2);
    expect(await semaphore.run('ada', async () => 'at once')).toBe('at once');
    for (const { open } of greedy) open();
    await Promise.all(runs);
  });

  it('lets owners who wait take turns', async () => {
    const semaphore = new FairSemaphore({ total: 1, perOwner: 1 });
    const order: string[] = [];
    const first = gate();
    const runs = [semaphore.run('ada', first.work)];
    for (const owner of ['greedy', 'greedy', 'greedy', 'bob', 'eve']) {
      runs.push(semaphore.run(owner, async () => (order.push(owner), owner)));
    }
    first.open();
    await Promise.all(runs);
    expect(order).toEqual(['greedy', 'bob', 'eve', 'greedy', 'greedy']);
  });

  it('refuses work of an owner who has too much waiting, and nobody else', async () => {
    const semaphore = new FairSemaphore({ total: 1, perOwner: 1, maxWaitingPerOwner: 1 });
    const first = gate();
    const runs = [
      semaphore.run('greedy', first.work),
      semaphore.run('greedy', async () => 'waited'),
    ];
    await expect(semaphore.run('greedy', first.work)).rejects.toMatchObject({
      code: 'request.too_much_at_once',
      details: { retryAfter: 1 },
    });
    runs.push(semaphore.run('ada', async () => 'waited, too'));
    first.open();
    expect(await Promise.all(runs)).toEqual(['done', 'waited', 'waited, too']);
  });

  it('is not waited for longer than the signal says, and passes whoever has left', async () => {
    const semaphore = new FairSemaphore({ total: 1, perOwner: 1 });
    const [first, left] = [gate(), gate()];
    const leaving = new AbortController();
    const running = semaphore.run('ada', first.work);
    const waiting = semaphore.run('bob', left.work, leaving.signal);
    const next = semaphore.run('eve', async () => 'next');
    leaving.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    first.open();
    expect(await Promise.all([running, next])).toEqual(['done', 'next']);
    expect(left.started()).toBe(false);
    await expect(semaphore.run('bob', left.work, leaving.signal)).rejects.toThrow('enough');
    expect(await semaphore.run('bob', async () => 'free again')).toBe('free again');
  });

  it('is taken without waiting while there is one and its owner has a share, and given back once', async () => {
    const semaphore = new FairSemaphore({ total: 2, perOwner: 1 });
    const release = semaphore.tryTake('ada')!;
    expect(semaphore.tryTake('ada')).toBeNull();
    const other = semaphore.tryTake('bob')!;
    expect([semaphore.isFull, semaphore.tryTake('eve')]).toEqual([true, null]);
    const waiting = semaphore.run('eve', async () => 'next');
    release();
    release();
    expect(await waiting).toBe('next');
    expect(semaphore.tryTake('ada')).not.toBeNull();
    expect(semaphore.tryTake('eve')).toBeNull();
    other();
    expect(semaphore.tryTake('eve')).not.toBeNull();
  });
});
