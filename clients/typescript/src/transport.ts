// Sends requests, and sends them again where that is safe.
import { Deadline, pause } from './deadline.js';
import { errorOf, ThreadkeepError } from './errors.js';

export interface ClientOptions {
  /** Where the service is, such as `http://127.0.0.1:3000`. */
  baseUrl: string;
  /** A key or token. A function is asked before each request, for tokens that expire. */
  apiKey: string | (() => string | Promise<string>);
  /** Milliseconds that one try may take (60,000); of a stream, until it begins. */
  timeoutMs?: number;
  /** Tries of a request in all, at most (4). */
  maxAttempts?: number;
  /** Longest `Retry-After`, in milliseconds, that is waited for (30,000). A longer one ends the call. */
  maxRetryAfterMs?: number;
  /** Milliseconds of silence after which a stream counts as cut (20,000). The service sends something every 5 seconds. */
  maxSilenceMs?: number;
  fetch?: typeof fetch;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, its waiting and its tries. The call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  maxAttempts?: number | undefined;
  /** Of a POST, in place of a random one, or of a PUT: the same key is the same request, for 24 hours. */
  idempotencyKey?: string | undefined;
  /** Called before the request is sent again, with the reason. */
  onRetry?: ((reason: unknown) => void) | undefined;
  headers?: Record<string, string> | undefined;
}

export interface Call extends CallOptions {
  method: string;
  /** With its parameters in it. */
  path: string;
  query?: object | undefined;
  body?: unknown;
}

/** Reads an answer. It ends the deadline when it has done so. */
export type Read<T> = (response: Response, deadline: Deadline) => Promise<T>;

const DEFAULTS = {
  timeoutMs: 60_000,
  maxAttempts: 4,
  maxRetryAfterMs: 30_000,
  maxSilenceMs: 20_000,
};
/** Doubled after each try. */
const INITIAL_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 8_000;
/** Statuses with which a proxy says that the service is away or busy. */
const TRANSIENT_STATUSES = new Set<number | null>([429, 502, 503, 504]);

export class Transport {
  private readonly options: Required<ClientOptions>;

  /** @param user for whom a service key acts */
  constructor(
    options: ClientOptions,
    private readonly user?: string,
  ) {
    this.options = { ...DEFAULTS, fetch: (...request) => fetch(...request), ...options };
  }

  get maxSilenceMs(): number {
    return this.options.maxSilenceMs;
  }

  actingFor(user: string): Transport {
    return new Transport(this.options, user);
  }

  /**
   * Sends a request until it is answered.
   * @throws ThreadkeepError, or the reason of the signal
   */
  async send<T>(call: Call, read: Read<T>): Promise<T> {
    const { signal, maxAttempts = this.options.maxAttempts } = call;
    const init = await this.requestOf(call);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(call, init, read);
      } catch (error) {
        signal?.throwIfAborted();
        const wait = attempt < maxAttempts ? this.waitBefore(call, error, attempt) : null;
        if (wait === null) throw error;
        await pause(wait, signal);
        call.onRetry?.(error);
      }
    }
  }

  private async attempt<T>(call: Call, init: RequestInit, read: Read<T>): Promise<T> {
    const deadline = new Deadline(call.timeoutMs ?? this.options.timeoutMs, call.signal);
    try {
      const { signal } = deadline;
      const response = await this.options.fetch(this.urlOf(call), { ...init, signal });
      if (!response.ok) throw await errorOf(response);
      return await read(response, deadline);
    } catch (error) {
      deadline.end();
      if (error instanceof ThreadkeepError) throw error;
      throw connectionError(error, deadline, this.options.baseUrl);
    }
  }

  /**
   * @returns milliseconds, or null for what is not sent again: a PATCH, which may have been done,
   * and what Threadkeep has refused without `Retry-After`. Each POST has a key, so it is done once.
   */
  private waitBefore({ method }: Call, error: unknown, attempt: number): number | null {
    if (method === 'PATCH' || !(error instanceof ThreadkeepError)) return null;
    const { code, status, retryAfterMs } = error;
    if (retryAfterMs !== null)
      return retryAfterMs > this.options.maxRetryAfterMs ? null : retryAfterMs;
    const isTransient =
      code.startsWith('client.') && (status === null || TRANSIENT_STATUSES.has(status));
    return isTransient ? backoff(attempt) : null;
  }

  private async requestOf({ method, body, headers, idempotencyKey }: Call): Promise<RequestInit> {
    const { apiKey } = this.options;
    const all = new Headers({
      authorization: `Bearer ${typeof apiKey === 'string' ? apiKey : await apiKey()}`,
      ...headers,
    });
    if (this.user !== undefined) all.set('threadkeep-user', asBytes(this.user));
    const key = idempotencyKey ?? (method === 'POST' ? randomKey() : null);
    if (key !== null) all.set('idempotency-key', key);
    if (body === undefined) return { method, headers: all };
    all.set('content-type', 'application/json');
    return { method, headers: all, body: JSON.stringify(body) };
  }

  private urlOf({ path, query = {} }: Call): string {
    const given = Object.entries(query).filter(
      ([, value]) => value !== undefined && value !== null,
    );
    const texts = given.map(([name, value]) => [name, parameter(value)] as const);
    const search = new URLSearchParams(Object.fromEntries(texts)).toString();
    return `${this.options.baseUrl.replace(/\/$/, '')}${path}${search && `?${search}`}`;
  }
}

/** Writes lists with commas, and filters as JSON. */
function parameter(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A header has bytes: each character of the result is one byte of the UTF-8. */
const asBytes = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text));

/** `crypto.randomUUID` is missing in pages that came without TLS. */
export const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

/** Half of it is random, so that many clients do not come back together. */
export const backoff = (attempt: number): number =>
  Math.min(INITIAL_BACKOFF_MS * 2 ** (attempt - 1), MAX_BACKOFF_MS) * (0.5 + Math.random() / 2);

/** @param baseUrl where nothing answered, for what says so */
export function connectionError(
  cause: unknown,
  { isOver }: Deadline,
  baseUrl?: string,
): ThreadkeepError {
  if (isOver) return new ThreadkeepError({ code: 'client.timeout', title: 'No answer in time' });
  if (cause instanceof SyntaxError)
    return new ThreadkeepError(
      { code: 'client.bad_answer', title: 'The answer is not JSON' },
      null,
      { cause },
    );
  const detail = baseUrl === undefined ? {} : { detail: `Is Threadkeep at ${baseUrl}?` };
  const title = 'The connection failed';
  return new ThreadkeepError({ code: 'client.unreachable', title, ...detail }, null, { cause });
}
