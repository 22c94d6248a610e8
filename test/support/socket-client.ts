// A client of the WebSocket, which keeps what it gets.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type RawData, WebSocket } from 'ws';
import type { TestApp } from './app.js';
import { eventually } from './wait.js';

export interface SocketMessage {
  type: 'watching' | 'event' | 'end' | 'error' | 'leave';
  watch?: string;
  event?: string;
  id?: string | null;
  data?: Record<string, unknown>;
  code?: string;
  [name: string]: unknown;
}

export interface SocketOptions {
  headers?: Record<string, string>;
  protocols?: string[];
  path?: string;
}

/** An upgrade that was refused, as an ordinary answer. */
export interface Refusal {
  status: number;
  type: string | undefined;
  body: Record<string, unknown>;
}

export class SocketClient {
  readonly messages: SocketMessage[] = [];
  closed: { code: number; reason: string } | null = null;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (text: RawData) =>
      this.messages.push(JSON.parse((text as Buffer).toString()) as SocketMessage),
    );
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  static async open(api: TestApp, options: SocketOptions = {}): Promise<SocketClient> {
    const opened = await SocketClient.try(api, options);
    if (opened instanceof SocketClient) return opened;
    throw new Error(`refused: ${JSON.stringify(opened)}`);
  }

  static async try(
    api: TestApp,
    { headers = {}, protocols = [], path = '/v1/stream' }: SocketOptions,
  ): Promise<SocketClient | Refusal> {
    const url = (await api.app.getUrl()).replace('http', 'ws');
    const socket = new WebSocket(`${url}${path}`, protocols, { headers });
    const client = new SocketClient(socket);
    const refused = once(socket, 'unexpected-response') as Promise<[unknown, IncomingMessage]>;
    const opened = await Promise.race([once(socket, 'open'), refused]);
    if (opened.length === 0) {
      refused.catch(() => undefined);
      return client;
    }
    const [, answer] = await refused;
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    return { status: answer.statusCode!, type: answer.headers['content-type'], body };
  }

  send = (message: object) => this.socket.send(JSON.stringify(message));
  watch = (fields: object) => this.send({ type: 'watch', ...fields });

  /** The events of one watch. */
  of = (watch: string): SocketMessage[] =>
    this.messages.filter((message) => message.type === 'event' && message.watch === watch);
  errors = (): SocketMessage[] => this.messages.filter(({ type }) => type === 'error');
  ended = () => eventually(async () => this.closed !== null);

  /** Waits until there is such a message. */
  until = (test: (message: SocketMessage) => boolean) =>
    eventually(async () => this.messages.some(test));

  /** Cuts the connection. */
  cut = () => this.socket.terminate();
}
