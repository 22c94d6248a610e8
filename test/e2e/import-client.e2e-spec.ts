import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ImportClient, RefusedError, UnavailableError } from '../../src/cli/import-client.js';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));
  };
const done = json(201, { imported: true, conversation: { id: 'c', lastSeq: 7 } });
const imported = {
  ...{ id: 'c', imported: true, added: 0, branches: 0, messages: 7 },
  ...{ differsAt: null, isDeleted: false, erased: 0 },
};
const problem = (status: number, title: string, more: object = {}, headers = {}) =>
  json(status, { title, status, ...more }, headers);
const hangUp: Answer = (response) => response.socket?.destroy();

describe('the import client', () => {
  let server: Server;
  let url: string;
  let answers: Answer[];
  let waits: number[];
  let requests: { url: string | undefined; headers: IncomingMessage['headers']; body: string }[];

  /** Gives the answers in turn, and the last one for ever. */
  beforeEach(async () => {
    requests = [];
    waits = [];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        requests.push({
          url: request.url,
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        });
        (answers.length > 1 ? answers.shift()! : answers[0]!)(response, request);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const client = (address = url, user = 'ada') =>
    new ImportClient(
      { url: address, apiKey: 'tk_key' },
      user,
      false,
      async (milliseconds) => void waits.push(milliseconds),
    );
  const outcome = async (...given: Answer[]) => {
    answers = given;
    return client()
      .import({ importKey: 'key' })
      .catch((error: unknown) => error as Error);
  };

  it('sends the conversation with API key and user, below the path of the URL', async () => {
    answers = [done];
    await expect(client(`${url}/base/`, 'Zoë 😀').import({ importKey: 'ü' })).resolves.toEqual(
      imported,
    );
    expect(requests).toMatchObject([
      {
        url: '/base/v1/conversations/import',
        body: '{"importKey":"ü"}',
        headers: { authorization: 'Bearer tk_key' },
      },
    ]);
    expect(
      Buffer.from(requests[0]!.headers['threadkeep-user'] as string, 'latin1').toString(),
    ).toBe('Zoë 😀');
  });

  it('distinguishes new conversations from existing ones', async () => {
    const conversation = { id: 'c', lastSeq: 9, deletedAt: null };
    const grown = { imported: false, added: 2, branches: 1, differsAt: null, conversation };
    expect(await outcome(json(200, grown))).toEqual({
      id: 'c',
      imported: false,
      added: 2,
      branches: 1,
      messages: 9,
      differsAt: null,
      isDeleted: false,
      erased: 0,
    });
  });

  it.each([
    ['429', problem(429, 'Too many', {}, { 'retry-after': '0' })],
    ['503', problem(503, 'Busy', {}, { 'retry-after': new Date(Date.now() - 1000).toUTCString() })],
    ['502 of a proxy', json(502, 'bad gateway')],
    ['503 without a sensible Retry-After', problem(503, 'Busy', {}, { 'retry-after': 'soon' })],
    ['a lost connection', hangUp],
  ])('retries after %s', async (_, failure) => {
    expect(await outcome(failure, failure, done)).toEqual(imported);
    expect(requests).toHaveLength(3);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
  });

  it('backs off exponentially, honours Retry-After, and waits 30 seconds at most', async () => {
    await outcome(hangUp, hangUp, hangUp, done);
    expect(waits).toEqual([250, 500, 1000]);
    waits = [];
    const busy = (after: string) => problem(503, 'Busy', {}, { 'retry-after': after });
    await outcome(
      busy('2'),
      busy('0'),
      busy('3600'),
      busy(new Date(Date.now() + 3_600_000).toUTCString()),
      done,
    );
    expect(waits).toEqual([2000, 500, 30_000, 30_000]);
  });

  it('gives up after five attempts', async () => {
    const busy = await outcome(problem(503, 'Busy', { detail: 'come back' }));
    expect(busy).toBeInstanceOf(UnavailableError);
    expect((busy as Error).message).toBe(`${url} answers 503 Busy: come back`);
    expect(requests).toHaveLength(5);
    const lost = await outcome(hangUp);
    expect(lost).toBeInstanceOf(UnavailableError);
    expect((lost as Error).message).toContain(`cannot reach ${url}: `);
    await expect(client('http://127.0.0.1:1').import({})).rejects.toThrow(
      /^cannot reach http:\/\/127\.0\.0\.1:1: .+/,
    );
  });

  it.each([401, 403, 404, 507])('ends the import on status %d', async (status) => {
    const error = await outcome(problem(status, 'No'));
    expect(error).toBeInstanceOf(UnavailableError);
    expect((error as Error).message).toBe(`${url} answers ${status} No`);
    expect(requests).toHaveLength(1);
  });

  it('reports why a conversation was refused', async () => {
    const errors = [1, 2, 3, 4, 5].map((n) => ({ pointer: `/messages/${n}`, message: 'is wrong' }));
    const error = await outcome(problem(422, 'Not valid', { errors }));
    expect(error).toBeInstanceOf(RefusedError);
    expect((error as Error).message).toBe(
      '422 Not valid: /messages/1 is wrong; /messages/2 is wrong; /messages/3 is wrong; and 2 more',
    );
    const whole = await outcome(
      problem(422, 'Not valid', {
        detail: 'too deep',
        errors: [{ pointer: '', message: 'too deep' }],
      }),
    );
    expect((whole as Error).message).toBe('422 Not valid: too deep');
    expect(((await outcome(problem(413, 'Too large'))) as Error).message).toBe(
      '413 Too large; see MAX_BODY_BYTES of the server',
    );
    expect(
      ((await outcome((response) => response.writeHead(500).end('<html>'))) as Error).message,
    ).toBe('500');
  });

  it('adds a memory once, whatever it is sent again', async () => {
    answers = [
      json(200, { data: [{ metadata: { importKey: 'a' } }, {}], nextCursor: 'more' }),
      json(200, { data: [{ metadata: { importKey: 'b' } }], nextCursor: null }),
      problem(503, 'Busy'),
      json(201, { id: 'm' }),
    ];
    const one = client();
    const memory = (importKey: string) => ({ content: 'x', metadata: { importKey } });
    expect(await one.add('memory', memory('b'), null)).toBe('known');
    expect(await one.add('memory', memory('c'), null)).toBe('added');
    expect(await one.add('memory', memory('c'), null)).toBe('known');
    expect(requests.map((request) => request.url)).toEqual([
      '/v1/memories?limit=100&fields=id%2Cmetadata',
      '/v1/memories?limit=100&fields=id%2Cmetadata&cursor=more',
      '/v1/memories?unlessDeleted=true',
      '/v1/memories?unlessDeleted=true',
    ]);
    const [, , first, retry] = requests.map(({ headers }) => headers['idempotency-key']);
    expect(first).toEqual(retry);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
  });

  it('detects that the server is not Threadkeep', async () => {
    for (const answer of [
      json(200, { hello: 'world' }),
      json(200, null),
      ((response) => response.end('<html>')) as Answer,
    ]) {
      const error = await outcome(answer);
      expect(error).toBeInstanceOf(UnavailableError);
      expect((error as Error).message).toBe(`${url} is not a Threadkeep server`);
    }
  });
});
