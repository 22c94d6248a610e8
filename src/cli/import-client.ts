// Calls the API for an import, and retries while the server is busy or restarting.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MemoryBody } from '../conversations/import/formats/index.js';
import type { ClientConfig } from '../platform/config/client-config.js';
import { withoutTrailingSlashes } from '../platform/config/setting-kinds.js';
import { writeJson } from '../platform/input/exact-json.js';

/** The server refuses this conversation; others may succeed. */
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
  ) {
    super(message);
  }
}

/** The server refuses or misses every request, so the import cannot continue. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

export interface Imported {
  /** False when the conversation was there. */
  imported: boolean;
  /** Messages that were stored. */
  added: number;
  /** Messages that the conversation has now. */
  messages: number;
  /** The seq of the first message that is another one there, or null. */
  differsAt: number | null;
  isDeleted: boolean;
}

/** Answer of the server. The status is null when the network failed. */
interface ImportAnswer {
  status: number | null;
  retryAfter: number;
  body: {
    imported?: boolean;
    added?: number;
    differsAt?: number | null;
    conversation?: { lastSeq: number; deletedAt?: string | null };
    id?: string;
    data?: { metadata?: Record<string, unknown> }[];
    nextCursor?: string | null;
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

type Method = 'GET' | 'POST';

export class ImportClient {
  private readonly base: string;
  private readonly headers: Record<string, string>;
  private memoryKeys: Set<string> | undefined;

  /**
   * @param user a user id or externalId
   * @param wait sleeps for the given milliseconds
   */
  constructor(
    private readonly config: ClientConfig,
    private readonly user: string,
    private readonly wait: (milliseconds: number) => Promise<unknown> = sleep,
  ) {
    this.base = `${withoutTrailingSlashes(config.url)}/`;
    this.headers = {
      authorization: `Bearer ${config.apiKey}`,
      // Sends the header as UTF-8: fetch takes each character as one byte.
      'threadkeep-user': Buffer.from(user).toString('latin1'),
      'content-type': 'application/json',
    };
  }

  /**
   * Imports one conversation, or some of its messages. Repeating the call is harmless, because the
   * import key identifies the conversation.
   * @throws RefusedError or UnavailableError
   */
  async import(body: object): Promise<Imported> {
    const answer = await this.call('POST', 'v1/conversations/import', body);
    const { imported, added = 0, differsAt = null, conversation } = answer.body;
    if (imported === undefined || conversation === undefined) throw this.notThreadkeep();
    const { lastSeq, deletedAt = null } = conversation;
    return { imported, added, messages: lastSeq, differsAt, isDeleted: deletedAt !== null };
  }

  /**
   * Adds a memory unless there is one with the `importKey` of its metadata.
   * @returns whether it was added
   * @throws RefusedError or UnavailableError
   */
  async addMemory(body: MemoryBody): Promise<boolean> {
    this.memoryKeys ??= await this.listMemoryKeys();
    const { importKey } = body.metadata;
    if (this.memoryKeys.has(importKey)) return false;
    // A retry after a lost answer adds nothing.
    const key = createHash('sha256')
      .update(`${this.user} ${writeJson(body)}`)
      .digest('hex');
    const answer = await this.call('POST', 'v1/memories', body, { 'idempotency-key': key });
    if (answer.body.id === undefined) throw this.notThreadkeep();
    this.memoryKeys.add(importKey);
    return true;
  }

  private async listMemoryKeys(): Promise<Set<string>> {
    const keys = new Set<string>();
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = new URLSearchParams({ limit: '100', fields: 'metadata' });
      if (cursor !== '') query.set('cursor', cursor);
      const { body } = await this.call('GET', `v1/memories?${query.toString()}`);
      if (!Array.isArray(body.data)) throw this.notThreadkeep();
      for (const { metadata } of body.data)
        if (typeof metadata?.['importKey'] === 'string') keys.add(metadata['importKey']);
      cursor = body.nextCursor ?? null;
    }
    return keys;
  }

  private async call(
    method: Method,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<ImportAnswer> {
    const text = body === undefined ? null : writeJson(body);
    for (let tried = 1; ; tried++) {
      const answer = await this.send(method, path, text, headers);
      if (answer.status !== null && !RETRYABLE_STATUSES.has(answer.status))
        return this.checked(answer);
      if (tried === MAX_ATTEMPTS) throw this.unavailable(answer);
      await this.wait(Math.max(INITIAL_BACKOFF_MS * 2 ** (tried - 1), answer.retryAfter));
    }
  }

  private async send(
    method: Method,
    path: string,
    body: string | null,
    headers: Record<string, string>,
  ): Promise<ImportAnswer> {
    try {
      const response = await fetch(new URL(path, this.base), {
        method,
        headers: { ...this.headers, ...headers },
        body,
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      return {
        status: response.status,
        retryAfter: waitFor(response.headers.get('retry-after')),
        body: objectIn(await response.text()),
      };
    } catch (error) {
      return { status: null, retryAfter: 0, body: { title: causeOf(error) } };
    }
  }

  private checked(answer: ImportAnswer): ImportAnswer {
    const { status, body } = answer;
    if (FATAL_STATUSES.has(status)) throw this.unavailable(answer);
    if (status === 413)
      throw new RefusedError(
        `${reasonOf(answer).replace(/\.$/, '')}; see MAX_BODY_BYTES of the server`,
        true,
      );
    const pointers = body.errors?.map(({ pointer }) => pointer);
    if (status !== 200 && status !== 201) throw new RefusedError(reasonOf(answer), false, pointers);
    return answer;
  }

  private notThreadkeep(): UnavailableError {
    return new UnavailableError(`${this.config.url} is not a Threadkeep server`);
  }

  private unavailable(answer: ImportAnswer): UnavailableError {
    const { url } = this.config;
    return new UnavailableError(
      answer.status === null
        ? `cannot reach ${url}: ${reasonOf(answer)}`
        : `${url} answers ${reasonOf(answer)}`,
    );
  }
}

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
function reasonOf({ status, body: { title = '', detail, errors = [] } }: ImportAnswer): string {
  const findings = errors.slice(0, 3).map(({ pointer, message }) => `${pointer} ${message}`.trim());
  if (errors.length > 3) findings.push(`and ${errors.length - 3} more`);
  const why = findings.length > 0 ? findings.join('; ') : detail;
  return `${status ?? ''} ${title}${why ? `: ${why}` : ''}`.trim();
}

/** Parses the answer. A proxy may answer with anything, so the result may be empty. */
function objectIn(text: string): ImportAnswer['body'] {
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
