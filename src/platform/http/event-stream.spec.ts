import { get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import fastify, { type FastifyInstance } from 'fastify';
import { eventually } from '../../../test/support/wait.js';
import { EventStream } from './event-stream.js';

const CHUNK = `data: ${'x'.repeat(65_536)}\n\n`;

let server: FastifyInstance;
let makeEvents: () => AsyncGenerator<string>;
const left = jest.fn();
const finished = jest.fn();
beforeAll(async () => {
  server = fastify();
  server.get('/', (_request, reply) => {
    void reply.header('content-type', 'text/event-stream');
    new EventStream(makeEvents(), left).send(reply, 202);
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

const reset = () => {
  left.mockReset();
  finished.mockReset();
};

const open = (source: () => AsyncGenerator<string>) => {
  reset();
  makeEvents = source;
  const { port } = server.server.address() as AddressInfo;
  return new Promise<IncomingMessage>((done, fail) =>
    get({ host: '127.0.0.1', port, agent: false }, done).on('error', fail),
  );
};

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

describe('a stream of events', () => {
  it('sends the head before there is an event, and then each event', async () => {
    let go = () => {};
    const wait = new Promise<void>((done) => (go = done));
    const response = await open(async function* () {
      await wait;
      yield 'a';
      yield 'ü';
    });
    expect(response.statusCode).toBe(202);
    expect(response.headers['content-type']).toBe('text/event-stream');
    go();
    expect(await textOf(response)).toBe('aü');
  });

  it('asks for no more than its client reads', async () => {
    let made = 0;
    const response = await open(async function* () {
      try {
        for (; ; made++) {
          await Promise.resolve();
          yield CHUNK;
        }
      } finally {
        finished();
      }
    });
    response.pause();
    let seen = -1;
    // What the kernel and the client keep is read without the client.
    await eventually(async () => {
      seen = made;
      await new Promise((done) => setTimeout(done, 200));
      return made === seen;
    });
    expect(made * CHUNK.length).toBeLessThan(32 * 1_048_576);
    response.destroy();
    await eventually(() => Promise.resolve(finished.mock.calls.length > 0));
    expect(left).toHaveBeenCalledTimes(1);
  });

  it('is told at once that its client has left, while it waits for something', async () => {
    const response = await open(async function* () {
      try {
        yield 'a';
        await new Promise<void>((done) => left.mockImplementationOnce(() => done()));
        yield 'b';
      } finally {
        finished();
      }
    });
    response.once('data', () => response.destroy());
    await eventually(() => Promise.resolve(finished.mock.calls.length > 0));
  });

  it.each(['waits for an event', 'waits for its client'])(
    'is told of the end of a connection on which it stands behind another one: it %s',
    async (what) => {
      let [opened, ended] = [0, 0];
      const waiting: (() => void)[] = [];
      const source = async function* () {
        opened++;
        try {
          for (;;) {
            yield CHUNK;
            if (what === 'waits for an event')
              await new Promise<void>((done) => waiting.push(done));
          }
        } finally {
          ended++;
        }
      };
      reset();
      left.mockImplementation(() => waiting.forEach((done) => done()));
      makeEvents = source;
      const { port } = server.server.address() as AddressInfo;
      const socket = connect(port, '127.0.0.1');
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2));
      await eventually(() => Promise.resolve(opened === 2));
      socket.destroy();
      await eventually(() => Promise.resolve(ended === 2));
    },
  );

  it('ends the connection when an event fails, and logs it', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const response = await open(async function* () {
      yield 'a';
      await Promise.resolve();
      throw new Error('no database');
    });
    await expect(textOf(response)).rejects.toThrow('aborted');
    expect(log).toHaveBeenCalledTimes(1);
    log.mockRestore();
  });

  it('ends when nobody reads it', () => {
    const source = (async function* () {
      yield 'a';
    })();
    const next = jest.spyOn(source, 'return');
    new EventStream(source, left).close();
    expect(next).toHaveBeenCalled();
    expect(left).toHaveBeenCalled();
  });
});
