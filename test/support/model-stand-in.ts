// Stands in for model providers on loopback: it speaks their wire formats, and fails by script.
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type ModelWords, wireEvents } from './model-wires.js';

/** One answer. Without anything it says `Hello there.` and finishes. */
export interface ScriptedAnswer extends ModelWords {
  /** Instead of an answer of a model. */
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Milliseconds before the head. */
  headDelayMs?: number;
  /** Milliseconds before each delta. */
  delayMs?: number;
  /** Holds the answer after so many deltas, until the promise is fulfilled. */
  hold?: { afterDeltas: number; until: Promise<unknown> };
  /** Closes the socket after so many deltas; with `withinEvent` in the middle of the next one. */
  drop?: { afterDeltas: number; withinEvent?: boolean };
  /** Sends this object as the provider's error after so many deltas, and ends. */
  fail?: { afterDeltas: number; error: object };
  /** Writes each byte by itself, so that characters arrive in halves. */
  byteByByte?: boolean;
}

export class StandInRequest {
  /** Resolves when the connection of the answer is closed, or the answer is written. */
  readonly closed: Promise<void>;
  /** True when the client closed the connection before the whole answer was written. */
  wasAborted = false;
  /** Deltas that were written so far. */
  deltas = 0;

  constructor(
    readonly path: string,
    readonly headers: IncomingHttpHeaders,
    readonly body: Record<string, unknown>,
    /** Of the client: requests of one connection have the same. */
    readonly port: number | undefined,
    response: ServerResponse,
  ) {
    this.closed = once(response, 'close').then(() => {
      this.wasAborted = !response.writableFinished && !response.errored;
    });
  }
}

export class ModelStandIn {
  /** All requests, in order. */
  readonly requests: StandInRequest[] = [];
  /** What is answered when no answer is scripted. */
  fallback: ScriptedAnswer = { text: ['Hello', ' there.'] };
  private readonly script: ScriptedAnswer[] = [];

  constructor(private readonly server: Server) {}

  /** Scripts the answers to the next requests, in order. */
  next(...answers: ScriptedAnswer[]): void {
    this.script.push(...answers);
  }

  /** Forgets requests and scripted answers. */
  forget(): void {
    this.requests.length = 0;
    this.script.length = 0;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /**
   * Environment with a provider for each wire format: `stand-in` (OpenAI-compatible), `chat`,
   * `responses`, `claude` and `gemini`, whose key is `stand-in-key`.
   */
  get environment(): Record<string, string> {
    const provider = (api: string, path = '/v1') => ({
      api,
      baseUrl: `${this.url}${path}`,
      apiKey: 'stand-in-key',
    });
    const providers = {
      'stand-in': provider('openai-compatible'),
      chat: provider('openai-chat'),
      responses: provider('openai-responses'),
      claude: provider('anthropic'),
      gemini: provider('google', '/v1beta'),
    };
    // What models write unasked would take the answers of a script.
    return { MODEL_PROVIDERS: JSON.stringify(providers), TITLE_MODEL: 'off', SUMMARY_MODEL: 'off' };
  }

  /** Environment with these providers, all OpenAI-compatible. */
  environmentFor(...names: string[]): Record<string, string> {
    const provider = { api: 'openai-compatible', baseUrl: `${this.url}/v1`, apiKey: 'x' };
    return { MODEL_PROVIDERS: JSON.stringify(Object.fromEntries(names.map((n) => [n, provider]))) };
  }

  /** Resolves with the next request that has not come yet. */
  async requested(count = this.requests.length + 1): Promise<StandInRequest> {
    while (this.requests.length < count) await once(this.server, 'scripted');
    return this.requests[count - 1]!;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const seen = new StandInRequest(
      request.url ?? '',
      request.headers,
      (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
      request.socket.remotePort,
      response,
    );
    // Each pause between two deltas listens for the end of the connection.
    response.setMaxListeners(0);
    const script = this.script.shift() ?? this.fallback;
    this.requests.push(seen);
    this.server.emit('scripted');
    if (script.headDelayMs !== undefined) await pause(script.headDelayMs, response);
    if (script.status !== undefined || script.body !== undefined) {
      const type = { 'content-type': 'application/json', ...script.headers };
      response.writeHead(script.status ?? 200, type).end(script.body ?? '{}');
    } else await writeAnswer(seen, script, response);
  }
}

async function writeAnswer(
  seen: StandInRequest,
  script: ScriptedAnswer,
  response: ServerResponse,
): Promise<void> {
  const model = seen.body['model'];
  const events = wireEvents(seen.path, script, typeof model === 'string' ? model : 'a-model');
  if (!events) return void response.writeHead(404).end('{"error":{"message":"no such path"}}');
  response.writeHead(200, { 'content-type': 'text/event-stream', ...script.headers });
  response.flushHeaders();
  for (const { bytes, isDelta } of events) {
    if (isDelta && (await fault(seen, script, bytes, response))) return;
    if (response.destroyed) return;
    if (isDelta && script.delayMs !== undefined) await pause(script.delayMs, response);
    await write(response, bytes, script.byteByByte === true);
    if (isDelta) seen.deltas += 1;
  }
  if (await fault(seen, script, Buffer.of(), response)) return;
  response.end();
}

/** Does what the script has at this place. @returns true when the answer ends with it */
async function fault(
  seen: StandInRequest,
  { hold, drop, fail }: ScriptedAnswer,
  next: Buffer,
  response: ServerResponse,
): Promise<boolean> {
  if (hold?.afterDeltas === seen.deltas) await Promise.race([hold.until, once(response, 'close')]);
  if (fail?.afterDeltas === seen.deltas) {
    const isNamed = seen.path.endsWith('/messages');
    const data = isNamed ? { type: 'error', error: fail.error } : { error: fail.error };
    response.end(`${isNamed ? 'event: error\n' : ''}data: ${JSON.stringify(data)}\n\n`);
    return true;
  }
  if (drop?.afterDeltas !== seen.deltas) return false;
  if (drop.withinEvent) await write(response, next.subarray(0, next.length - 4), false);
  response.destroy();
  return true;
}

/** Resolves when the bytes have left this process, so that a drop behind them loses none. */
async function write(response: ServerResponse, bytes: Buffer, byteByByte: boolean): Promise<void> {
  const pieces = byteByByte ? [...bytes].map((byte) => Buffer.of(byte)) : [bytes];
  for (const piece of pieces) {
    await new Promise<void>((resolve) => response.write(piece, () => resolve()));
    if (byteByByte) await new Promise(setImmediate);
  }
}

const pause = (milliseconds: number, response: ServerResponse): Promise<unknown> =>
  response.destroyed
    ? Promise.resolve()
    : Promise.race([wait(milliseconds, undefined, { ref: false }), once(response, 'close')]);

export async function startModelStandIn(): Promise<ModelStandIn> {
  const server = createServer((request, response) => {
    standIn.answer(request, response).catch(() => response.destroy());
  });
  const standIn = new ModelStandIn(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return standIn;
}
