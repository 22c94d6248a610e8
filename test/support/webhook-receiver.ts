// A receiver of webhooks on loopback, which keeps what it got and answers as a test says.
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { eventually } from './wait.js';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface WebhookPayload {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

type Answer = (path: string, response: Parameters<RequestListener>[1]) => void;

export class WebhookReceiver {
  readonly received: Received[] = [];
  /** What it answers from now on: 204 by default. */
  answer: Answer = (_path, response) => void response.writeHead(204).end();
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  readonly address: string;

  private constructor(server: Server) {
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.server = server;
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => {});
    });
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url!;
        this.received.push({
          path,
          headers: request.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
        this.answer(path, response);
      });
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new WebhookReceiver(server);
  }

  url(path: string): string {
    return this.address + path;
  }

  at(path: string): Received[] {
    return this.received.filter((one) => one.path === path);
  }

  /** Waits until a path got so many requests. */
  async until(path: string, count: number): Promise<Received[]> {
    await eventually(async () => this.at(path).length >= count);
    return this.at(path);
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, 'close');
  }
}

/** As an application does it, with the published package. @throws for a wrong signature */
export const verified = ({ body, headers }: Received, secret: string): WebhookPayload =>
  new Webhook(secret).verify(body, headers as Record<string, string>) as WebhookPayload;
