import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbedderError } from './embedder.js';
import { OpenAiEmbedder } from './openai-embedder.js';

interface Seen {
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: { model: string; input: string[]; encoding_format: string };
}

const KEY = 'a-key-of-the-service';
const SECRET_TEXT = 'nobody may read this';

/** A vector from which its text can be read: the text is a number. */
const vectorOf = (text: string): number[] => [Math.cos(Number(text)), Math.sin(Number(text))];
const embeddings = (input: string[]) =>
  input.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) }));
const angleOf = (vector: Int8Array): number => Math.atan2(vector[1]!, vector[0]!);

// The real service costs money for each text, so a local HTTP server stands in for it.
describe('OpenAiEmbedder', () => {
  let server: Server;
  let seen: Seen[];
  let answer: (request: Seen, response: ServerResponse) => void;
  let embedder: OpenAiEmbedder;

  const json = (response: ServerResponse, body: unknown, status = 200) =>
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
  const baseUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const createEmbedder = (timeoutMs?: number) =>
    new OpenAiEmbedder({
      baseUrl: baseUrl(),
      apiKey: KEY,
      model: 'small',
      ...(timeoutMs ? { timeoutMs } : {}),
    });

  beforeEach(async () => {
    seen = [];
    answer = ({ body }, response) =>
      json(response, { object: 'list', data: embeddings(body.input) });
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({
          url: request.url,
          headers: request.headers,
          body: JSON.parse(Buffer.concat(chunks).toString()) as Seen['body'],
        });
        answer(seen.at(-1)!, response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    embedder = createEmbedder();
  });

  afterEach(async () => {
    await embedder.close();
    server.closeAllConnections();
    server.close();
  });

  async function errorOf(work: Promise<unknown>): Promise<EmbedderError> {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(EmbedderError);
    return error as EmbedderError;
  }

  it('a request has the form that the service expects', async () => {
    await embedder.embed(['1', '2']);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      url: '/v1/embeddings',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: { model: 'small', input: ['1', '2'], encoding_format: 'float' },
    });
  });

  it('texts are sent in batches of a hundred, and vectors keep their order', async () => {
    const texts = Array.from({ length: 201 }, (_, i) => String(i / 100));
    const vectors = await embedder.embed(texts);
    expect(seen.map(({ body }) => body.input.length)).toEqual([100, 100, 1]);
    vectors.forEach((vector, i) => expect(angleOf(vector)).toBeCloseTo(i / 100, 1));
    expect(await embedder.embed([])).toEqual([]);
  });

  it('vectors are assigned by their index, not by their position', async () => {
    answer = ({ body }, response) => json(response, { data: embeddings(body.input).reverse() });
    const vectors = await embedder.embed(['0', '1', '2']);
    expect(vectors.map((vector) => Math.round(angleOf(vector)))).toEqual([0, 1, 2]);
  });

  it('texts are cut and cleaned so that the service does not refuse them', async () => {
    answer = ({ body }, response) =>
      json(response, { data: body.input.map((_, index) => ({ index, embedding: [1, 0] })) });
    await embedder.embed(['é'.repeat(300_000), ' \n', '', 'a\ud83d']);
    const [long, ...others] = seen[0]!.body.input;
    expect(Buffer.byteLength(long!)).toBe(8_000);
    expect(others).toEqual(['-', '-', 'a\ufffd']);
  });

  it.each([
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [429, true],
    [500, true],
    [503, true],
    [204, false],
  ])('the status %i is reported, with retryable %j', async (status, retryable) => {
    answer = (_, response) =>
      status === 204
        ? response.writeHead(204).end()
        : json(response, { error: { message: `${SECRET_TEXT} ${KEY}` } }, status);
    const error = await errorOf(embedder.embed([SECRET_TEXT]));
    expect(error).toMatchObject({
      message: `The embedding service answered ${status}.`,
      retryable,
    });
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['no JSON', `{"data": ${SECRET_TEXT}`],
    ['no data', {}],
    ['no data', null],
    ['no data', '"text"'],
    ['no data', { data: { 0: 1 } }],
    ['1 vectors to 2 texts', { data: embeddings(['1']) }],
    ['3 vectors to 2 texts', { data: embeddings(['1', '2', '3']) }],
    [
      'two vectors to one text',
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 0, embedding: [1] },
        ],
      },
    ],
    [
      'a vector to no text',
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 2, embedding: [1] },
        ],
      },
    ],
    [
      'a vector to no text',
      {
        data: [
          { index: -1, embedding: [1] },
          { index: 1, embedding: [1] },
        ],
      },
    ],
    ['a vector to no text', { data: [{ index: '__proto__', embedding: [1] }, null] }],
    [
      'no vector of 1 to 4096 numbers',
      {
        data: [
          { index: 0, embedding: [] },
          { index: 1, embedding: [] },
        ],
      },
    ],
    [
      'no vector of 1 to 4096 numbers',
      { data: [{ index: 0, embedding: 'AACAPw==' }, { index: 1 }] },
    ],
    [
      'no vector of 1 to 4096 numbers',
      {
        data: [
          { index: 0, embedding: Array(4_097).fill(1) },
          { index: 1, embedding: [1] },
        ],
      },
    ],
    [
      'a vector of something else than numbers',
      '{"data":[{"index":0,"embedding":[1e999]},{"index":1,"embedding":[1]}]}',
    ],
    [
      'a vector of something else than numbers',
      {
        data: [
          { index: 0, embedding: [null] },
          { index: 1, embedding: [1] },
        ],
      },
    ],
    [
      'a vector of something else than numbers',
      {
        data: [
          { index: 0, embedding: ['1'] },
          { index: 1, embedding: [1] },
        ],
      },
    ],
    [
      'vectors of different lengths',
      {
        data: [
          { index: 0, embedding: [1, 0] },
          { index: 1, embedding: [1] },
        ],
      },
    ],
  ])('an answer with %s is refused', async (what, body) => {
    answer = (_, response) => json(response, body);
    const error = await errorOf(embedder.embed(['1', '2']));
    expect(error).toMatchObject({
      message: `The embedding service answered ${what}.`,
      retryable: true,
    });
  });

  it('vectors of other dimensions than before are refused', async () => {
    await embedder.embed(['1']);
    answer = (_, response) => json(response, { data: [{ index: 0, embedding: [1, 2, 3] }] });
    expect(await errorOf(embedder.embed(['1']))).toMatchObject({
      message: expect.stringContaining('3 dimensions after 2'),
      retryable: false,
    });
  });

  it('an answer is read up to a bounded size', async () => {
    const closed = new Promise<void>((resolve) => {
      answer = (_, response) => {
        response.on('close', resolve).writeHead(200);
        const flood = (): void =>
          void (response.writable && response.write(Buffer.alloc(1 << 20, 32), flood));
        flood();
      };
    });
    expect((await errorOf(embedder.embed(['1']))).message).toContain('more than 33554432 bytes');
    await closed;
  });

  it('a redirect is not followed', async () => {
    answer = (_, response) => response.writeHead(307, { location: `${baseUrl()}/elsewhere` }).end();
    expect(await errorOf(embedder.embed(['1']))).toMatchObject({
      message: 'The embedding service answered 307.',
      retryable: false,
    });
    expect(seen.map(({ url }) => url)).toEqual(['/v1/embeddings']);
  });

  it.each([
    ['says nothing', (): void => undefined],
    [
      'stops in the middle',
      (_: Seen, response: ServerResponse): void => void response.writeHead(200).write('{"data":['),
    ],
  ])('an embedding fails in bounded time when the service %s', async (_, silence) => {
    answer = silence;
    await embedder.close();
    embedder = createEmbedder(50);
    expect(await errorOf(embedder.embed(['1']))).toMatchObject({
      message: 'The embedding service did not answer in time.',
      retryable: true,
    });
  });

  it('a service that cannot be reached, or hangs up, gives a retryable error', async () => {
    answer = (_, response) => response.destroy();
    const cut = await errorOf(embedder.embed([SECRET_TEXT]));
    server.close();
    server.closeAllConnections();
    const gone = await errorOf(
      new OpenAiEmbedder({
        baseUrl: 'http://127.0.0.1:1/v1',
        apiKey: KEY,
        model: 'small',
      }).embedQuestion(SECRET_TEXT),
    );
    for (const error of [cut, gone]) {
      expect(error).toMatchObject({
        message: 'The embedding service cannot be reached.',
        retryable: true,
      });
      expect(String(error.cause)).not.toMatch(new RegExp(`${KEY}|${SECRET_TEXT}`));
    }
  });

  it('an aborted call ends with the reason of its caller', async () => {
    const abort = new AbortController();
    const closed = new Promise<void>((resolve) => {
      answer = (_, response) => {
        response.on('close', resolve);
        abort.abort(new Error('enough'));
      };
    });
    await expect(embedder.embed(['1'], abort.signal)).rejects.toThrow('enough');
    await closed;
    await expect(embedder.embed(['1'], abort.signal)).rejects.toThrow('enough');
    expect(seen).toHaveLength(1);
  });

  it('closing the embedder rejects what is in flight', async () => {
    answer = () => void embedder.close();
    expect(await errorOf(embedder.embed(['1']))).toMatchObject({
      message: 'The embedder is closed.',
      retryable: false,
    });
    expect(await errorOf(embedder.embed(['1']))).toMatchObject({
      message: 'The embedder is closed.',
    });
  });
});
