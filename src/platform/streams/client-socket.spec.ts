import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { WebSocket } from 'ws';
import { ClientSocket } from './client-socket.js';

/** What the connection of a client does, without one. */
class FakeConnection extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly pings: string[] = [];
  readonly pong = jest.fn<(data: Buffer) => void>();
  readonly terminate = jest.fn(() => {
    this.readyState = 3;
    this.emit('close');
  });

  ping(data: string): void {
    this.pings.push(data);
  }
}

describe('the connection of a client that is silent', () => {
  let connection: FakeConnection;
  beforeEach(() => {
    jest.useFakeTimers();
    connection = new FakeConnection();
    new ClientSocket(connection as unknown as WebSocket);
  });
  afterEach(() => {
    connection.terminate();
    jest.useRealTimers();
  });

  const afterEachSecond = (seconds: number, act: (second: number) => void) => {
    for (let second = 0; second < seconds; second++) {
      jest.advanceTimersByTime(1_000);
      act(second);
    }
  };

  it('is kept while it answers the heart-beats', () => {
    afterEachSecond(120, () => connection.emit('pong', Buffer.from(connection.pings.at(-1) ?? '')));
    expect(connection.pings.length).toBeGreaterThan(20);
    expect(connection.terminate).not.toHaveBeenCalled();
  });

  it('is kept while its answers come late, but before the silence is too long', () => {
    afterEachSecond(120, (second) => {
      if (second % 5 === 1) connection.emit('pong', Buffer.from(connection.pings.at(-2) ?? ''));
    });
    expect(connection.terminate).not.toHaveBeenCalled();
  });

  it.each([
    ['nothing', () => undefined],
    ['pongs that nobody asked for', () => connection.emit('pong', Buffer.from('alive'))],
    [
      'the answer to the first heart-beat alone',
      () => connection.emit('pong', Buffer.from(connection.pings[0] ?? '')),
    ],
    ['pings', () => connection.emit('ping', Buffer.from('p'))],
  ])('is ended when it sends %s', (_, act) => {
    afterEachSecond(60, act);
    expect(connection.terminate).toHaveBeenCalled();
  });

  it('gets an answer to the last of its pings as soon as nothing waits to be sent', () => {
    connection.emit('ping', Buffer.from('first'));
    connection.bufferedAmount = 10;
    for (let i = 0; i < 20; i++) connection.emit('ping', Buffer.from(`more ${i}`));
    expect(connection.pong.mock.calls).toEqual([[Buffer.from('first')]]);
    connection.bufferedAmount = 0;
    jest.advanceTimersByTime(5_000);
    expect(connection.pong.mock.calls).toEqual([[Buffer.from('first')], [Buffer.from('more 19')]]);
  });
});
