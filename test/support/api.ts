// The API as a client sees it who does not give up: JSON over kept sockets, and retries under one Idempotency-Key.
import { setTimeout as sleep } from 'node:timers/promises';
import { Wire, type WireResponse } from './wire.js';

export interface Answer<T = unknown> {
  status: number;
  headers: WireResponse['headers'];
  body: T;
}

/** What an append answers. */
export interface Appended {
  data: { id: string; seq: number; content: string }[];
}

/** Milliseconds for which one request is tried again: a slow machine takes long to start a server. */
const PATIENCE_MS = 120_000;

export class Api {
  private readonly wire: Wire;
  /** Requests that `insist` had to repeat, counted once for each time. */
  repeated = 0;
  /** How often each status was answered; 0 is a connection that broke. */
  readonly statuses: Record<number, number> = {};

  /** `sockets` bounds the connections; requests beyond wait here for one. */
  constructor(
    url: string,
    private readonly headers: Record<string, string>,
    sockets = 100,
  ) {
    this.wire = new Wire(url, sockets);
  }

  async post<T>(
    path: string,
    body: unknown = {},
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return parsed(await this.wire.json('POST', path, { ...this.headers, ...headers }, body));
  }

  async get<T>(path: string): Promise<Answer<T>> {
    return parsed(await this.wire.json('GET', path, this.headers));
  }

  /** Repeats a write until it is answered for good: 5xx, 409 in flight and broken connections are tried again. */
  insist<T>(path: string, body: unknown, key: string): Promise<Answer<T>> {
    return this.untilAnswered(() => this.post<T>(path, body, { 'idempotency-key': key }));
  }

  /** As `insist`, for a read. */
  read<T>(path: string): Promise<Answer<T>> {
    return this.untilAnswered(() => this.get<T>(path));
  }

  close(): void {
    this.wire.close();
  }

  private async untilAnswered<T>(attempt: () => Promise<Answer<T>>): Promise<Answer<T>> {
    let last: Answer<T> | null = null;
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
      last = await attempt().catch(() => null);
      const status = last?.status ?? 0;
      this.statuses[status] = (this.statuses[status] ?? 0) + 1;
      if (last && last.status < 500 && last.status !== 409) return last;
      this.repeated++;
      await sleep(20 + Math.random() * 80);
    }
    throw new Error(
      `no answer in ${PATIENCE_MS} ms, the last: ${JSON.stringify(last?.body ?? 'no connection')}`,
    );
  }
}

const parsed = <T>({ status, headers, text }: WireResponse): Answer<T> => ({
  status,
  headers,
  body: (text ? JSON.parse(text) : null) as T,
});
