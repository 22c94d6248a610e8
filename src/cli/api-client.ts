// Calls the API for commands, and retries while the server is busy or restarting.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientConfig } from '../platform/config/client-config.js';
import { withoutTrailingSlashes } from '../platform/config/web-address.js';
import { writeJson } from '../platform/input/exact-json.js';

/** The server refuses this request; others may succeed. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  /**
   * @param isTooLarge whether a smaller body may be taken
   * @param pointers what is wrong in the body, as JSON Pointers
   */
  constructor(
    message: string,
    readonly isTooLarge = false,
    readonly pointers: readonly string[] = [],
    readonly status: number | null = null,
  ) {
    super(message);
  }
}

/** The server refuses or misses every request, so the command cannot continue. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';

  constructor(
    message: string,
    readonly status: number | null = null,
  ) {
    super(message);
  }
}

/** Answer of the server. The status is null when the network failed. */
export interface ApiAnswer {
  status: number | null;
  retryAfter: number;
  body: {
    imported?: boolean;
    added?: number;
    branches?: number;
    differsAt?: number | null;
    erased?: number;
    conversation?: { id: string; lastSeq: number; deletedAt?: string | null };
    id?: string;
    data?: Record<string, unknown>[];
    nextCursor?: string | null;
    key?: string | null;
    title?: string;
    detail?: string;
    errors?: { pointer: string; message: string }[];
  };
}

const MAX_ATTEMPTS = 5;
const ANSWER_TIMEOUT_MS = 120_000;
/** Doubled after each attempt. */
const INITIAL_BACKOFF_MS = 250;
/** Upper limit, also for the server's `Retry-After`. */
const MAX_BACKOFF_MS = 30_000;
const RETRYABLE_STATUSES = new Set<number | null>([429, 502, 503, 504]);
/** Statuses caused by the key, the URL or the server: the next conversation would fail too. */
const FATAL_STATUSES = new Set<number | null>([401, 403, 404, 507]);

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Waits for the given milliseconds. */
export type Wait = (milliseconds: number) => Promise<unknown>;

export class ApiClient {
  private readonly base: string;
  private readonly headers: Record<string, string>;

  /** @param user a user id or externalId; null calls for no user */
  constructor(
    private readonly config: ClientConfig,
    user: string | null,
    private readonly wait: Wait = sleep,
  ) {
    this.base = `${withoutTrailingSlashes(config.url)}/`;
    this.headers = {
      authorization: `Bearer ${config.apiKey}`,
      // Sends the header as UTF-8: fetch takes each character as one byte.
      ...(user !== null && { 'threadkeep-user': Buffer.from(user).toString('latin1') }),
      'content-type': 'application/json',
    };
  }

  /** Lists all of a resource, page by page. */
  async *list(
    path: string,
    parameters: Record<string, string> = {},
  ): AsyncGenerator<Record<string, unknown>> {
    const query = new URLSearchParams({ limit: '100', ...parameters });
    for (let cursor: string | null = ''; cursor !== null;) {
      if (cursor !== '') query.set('cursor', cursor);
      const { body } = await this.call('GET', `${path}?${query.toString()}`);
      if (!Array.isArray(body.data)) throw this.notThreadkeep();
      yield* body.data;
      cursor = body.nextCursor ?? null;
    }
  }

  /**
   * Opens an answer that is read as a stream.
   * @throws RefusedError or UnavailableError
   */
  async open(path: string): Promise<AsyncIterable<Uint8Array>> {
    let stream: AsyncIterable<Uint8Array> | null = null;
    const answer = await this.retried(async () => {
      const response = await fetch(new URL(path, this.base), { headers: this.headers });
      if (response.status !== 200) return answerOf(response);
      stream = response.body;
      return { status: 200, retryAfter: 0, body: {} };
    });
    this.checked(answer);
    if (!stream) throw this.notThreadkeep();
    return stream;
  }

  /** @throws RefusedError or UnavailableError */
  async call(
    method: Method,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer> {
    const text = body === undefined ? null : writeJson(body);
    const send = async () =>
      answerOf(
        await fetch(new URL(path, this.base), {
          method,
          headers: { ...this.headers, ...headers },
          body: text,
          signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        }),
      );
    return this.checked(await this.retried(send));
  }

  /** @throws UnavailableError when the last attempt has no answer, or one that asks to try again */
  private async retried(send: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
    for (let tried = 1; ; tried++) {
      const answer = await send().catch((error: unknown): ApiAnswer => ({
        status: null,
        retryAfter: 0,
        body: { title: causeOf(error) },
      }));
      if (answer.status !== null && !RETRYABLE_STATUSES.has(answer.status)) return answer;
      if (tried === MAX_ATTEMPTS) throw this.unavailable(answer);
      await this.wait(Math.max(INITIAL_BACKOFF_MS * 2 ** (tried - 1), answer.retryAfter));
    }
  }

  /** @throws RefusedError or UnavailableError unless the answer is what was asked for */
  checked(answer: ApiAnswer): ApiAnswer {
    const { status, body } = answer;
    if (FATAL_STATUSES.has(status)) throw this.unavailable(answer);
    if (status === 413)
      throw new RefusedError(
        `${reasonOf(answer).replace(/\.$/, '')}; see MAX_BODY_BYTES of the server`,
        true,
      );
    const pointers = body.errors?.map(({ pointer }) => pointer);
    if (status !== 200 && status !== 201 && status !== 204)
      throw new RefusedError(reasonOf(answer), false, pointers, status);
    return answer;
  }

  notThreadkeep(): UnavailableError {
    return new UnavailableError(`${this.config.url} is not a Threadkeep server`);
  }

  private unavailable(answer: ApiAnswer): UnavailableError {
    const { url } = this.config;
    return new UnavailableError(
      answer.status === null
        ? `cannot reach ${url}: ${reasonOf(answer)}`
        : `${url} answers ${reasonOf(answer)}`,
      answer.status,
    );
  }
}

const answerOf = async (response: Response): Promise<ApiAnswer> => ({
  status: response.status,
  retryAfter: waitFor(response.headers.get('retry-after')),
  body: objectIn(await response.text()),
});

/** Returns the milliseconds to wait. `Retry-After` has seconds or a date. */
function waitFor(header: string | null): number {
  const wait =
    header !== null && /^\d+$/.test(header)
      ? Number(header) * 1000
      : Date.parse(header ?? '') - Date.now();
  return Math.min(Math.max(wait || 0, 0), MAX_BACKOFF_MS);
}

/**
 * Formats an error, such as `422 The body is not valid: /messages/12/role must be one of user,
 * assistant, system, tool`.
 */
function reasonOf({ status, body: { title = '', detail, errors = [] } }: ApiAnswer): string {
  const findings = errors.slice(0, 3).map(({ pointer, message }) => `${pointer} ${message}`.trim());
  if (errors.length > 3) findings.push(`and ${errors.length - 3} more`);
  const why = findings.length > 0 ? findings.join('; ') : detail;
  return `${status ?? ''} ${title}${why ? `: ${why}` : ''}`.trim();
}

/** Parses the answer. A proxy may answer with anything, so the result may be empty. */
function objectIn(text: string): ApiAnswer['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Returns the cause of a failed fetch, which its own message does not tell. */
function causeOf(error: unknown): string {
  const { cause = error } = error as { cause?: unknown };
  const { message, code } = cause as { message?: string; code?: string };
  return message || code || String(error);
}
