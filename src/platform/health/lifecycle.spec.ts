import { describe, expect, it } from '@jest/globals';
import { Lifecycle } from './lifecycle.js';

describe('the life of the process', () => {
  it('accepts requests from the end of start-up to the beginning of shutdown', () => {
    const lifecycle = new Lifecycle();
    const now = () => [lifecycle.started, lifecycle.accepting];
    expect(now()).toEqual([false, false]);
    lifecycle.onApplicationBootstrap();
    expect(now()).toEqual([true, true]);
    lifecycle.beforeApplicationShutdown();
    expect(now()).toEqual([true, false]);
  });
});
