import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { InOrder } from './in-order.js';

/** Tasks that end when they are told to. */
class Tasks {
  readonly begun: string[] = [];
  readonly taken: string[] = [];
  private readonly ends = new Map<string, (error?: Error) => void>();

  constructor(private readonly order: InOrder) {}

  add = (name: string, key: unknown = name, weight = 1) =>
    this.order.add(
      { key, weight },
      () => {
        this.begun.push(name);
        return new Promise<string>((resolve, reject) => {
          this.ends.set(name, (error) => (error ? reject(error) : resolve(name)));
        });
      },
      (result) => Promise.resolve(void this.taken.push(result())),
    );

  end = (name: string, error?: Error) => this.ends.get(name)!(error);
}

describe('tasks in order', () => {
  it('run at the same time up to the limit, and give their results in order', async () => {
    const order = new InOrder(2);
    const tasks = new Tasks(order);
    await tasks.add('a');
    await tasks.add('b');
    const third = tasks.add('c');
    tasks.end('b');
    await nextTurn();
    expect(tasks).toMatchObject({ begun: ['a', 'b'], taken: [] });
    tasks.end('a');
    await third;
    expect(tasks).toMatchObject({ begun: ['a', 'b', 'c'], taken: ['a'] });
    tasks.end('c');
    await order.drain();
    expect(tasks.taken).toEqual(['a', 'b', 'c']);
  });

  it('with the same key run one after the other, also when the first one fails', async () => {
    const order = new InOrder(3);
    const tasks = new Tasks(order);
    await tasks.add('a', 'key');
    await tasks.add('b', 'key');
    await tasks.add('c', 'other');
    expect(tasks.begun).toEqual(['a', 'c']);
    tasks.end('a', new Error('refused'));
    await nextTurn();
    expect(tasks.begun).toEqual(['a', 'c', 'b']);
    await expect(order.drain()).rejects.toThrow('refused');
    tasks.end('b');
    tasks.end('c');
    await order.drain();
    expect(tasks.taken).toEqual(['b', 'c']);
  });

  it('give what they have thrown in their place; later results are not lost', async () => {
    const order = new InOrder(3);
    const tasks = new Tasks(order);
    for (const name of ['a', 'b', 'c']) await tasks.add(name);
    for (const name of ['c', 'a']) tasks.end(name);
    tasks.end('b', new Error('refused'));
    await expect(order.drain()).rejects.toThrow('refused');
    expect(tasks.taken).toEqual(['a']);
    await order.drainDone();
    expect(tasks.taken).toEqual(['a', 'c']);
  });

  it('wait for room for what they weigh, and run alone when they weigh more than all', async () => {
    const tasks = new Tasks(new InOrder(3));
    await tasks.add('a', 'a', 1);
    const heavy = tasks.add('b', 'b', 5);
    await nextTurn();
    expect(tasks.begun).toEqual(['a']);
    tasks.end('a');
    await heavy;
    expect(tasks).toMatchObject({ begun: ['a', 'b'], taken: ['a'] });
  });
});
