import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Lifecycle } from './lifecycle.js';
import { stopOnSignals } from './shutdown.js';

const handlers = new Map<unknown, () => void>();
const exit = jest.fn<(code?: number) => never>();
const server = new EventEmitter();
const lifecycle = new Lifecycle();
let close: jest.Mock<() => Promise<void>>;

beforeEach(() => {
  jest.useFakeTimers();
  exit.mockReset();
  close = jest.fn(() => new Promise<void>(() => undefined));
  jest.spyOn(process, 'exit').mockImplementation(exit as never);
  jest
    .spyOn(process, 'on')
    .mockImplementation(((name: string, handler: () => void) =>
      handlers.set(name, handler)) as never);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

function signal(name: 'SIGTERM' | 'SIGINT', closing?: () => Promise<void>, delay = 0): void {
  if (closing) close.mockImplementation(closing);
  const app = { close, get: () => lifecycle, getHttpServer: () => server };
  lifecycle.onApplicationBootstrap();
  stopOnSignals(app as unknown as INestApplication, { delay, timeout: 10 });
  handlers.get(name)!();
}

describe('a signal to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s closes the application and ends with 0',
    async (name) => {
      signal(name, () => Promise.resolve());
      await jest.advanceTimersByTimeAsync(0);
      expect(close).toHaveBeenCalledTimes(1);
      expect(exit.mock.calls).toEqual([[0]]);
    },
  );

  it('is readiness first: for a while it serves on, and keeps no connection', async () => {
    signal('SIGTERM', () => Promise.resolve(), 3);
    expect(lifecycle.accepting).toBe(false);
    const response = { shouldKeepAlive: true };
    server.emit('request', {}, response);
    expect(response.shouldKeepAlive).toBe(false);
    await jest.advanceTimersByTimeAsync(2_999);
    expect(close).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(close).toHaveBeenCalledTimes(1);
    expect(exit.mock.calls).toEqual([[0]]);
  });

  it('from a terminal does not wait for a balancer', async () => {
    signal('SIGINT', () => Promise.resolve(), 3);
    await jest.advanceTimersByTimeAsync(0);
    expect(exit.mock.calls).toEqual([[0]]);
  });

  it('ends with 1 when closing fails', async () => {
    signal('SIGTERM', () => Promise.reject(new Error('no')));
    await jest.advanceTimersByTimeAsync(0);
    expect(exit.mock.calls).toEqual([[1]]);
  });

  it('ends with 1 when closing takes longer than the time-out', async () => {
    signal('SIGTERM');
    await jest.advanceTimersByTimeAsync(9_999);
    expect(exit).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(exit.mock.calls).toEqual([[1]]);
  });

  it('ends at once when it is given twice', () => {
    exit.mockImplementation(() => {
      throw new Error('exited');
    });
    signal('SIGTERM');
    expect(() => handlers.get('SIGTERM')!()).toThrow('exited');
    expect(exit.mock.calls).toEqual([[1]]);
    expect(close).toHaveBeenCalledTimes(1);
  });
});
