// Calls the import endpoint, patiently: a server that is busy or restarting is asked again.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientConfig } from '../platform/config/client-config.js';
import { withoutTrailingSlashes } from '../platform/config/setting-kinds.js';

/** The server will not have this conversation; it may have others. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** No conversation can be imported as things are. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

export interface Imported {
  imported: boolean;
  messages: number;
}

/** Of the server, or with the status null of the network. */
interface Answer {
  status: number | null;
  /** Milliseconds. */
  retryAfter: number;
  body: {
    imported?: boolean;
    conversation?: { lastSeq: number };
    title?: string;
    detail?: string;
    errors?: { pointer: string; message: string }[];
  };
}

const ATTEMPTS = 5;
const ANSWER_TIMEOUT_MS = 120_000;
/** Doubled after each try. */
const FIRST_WAIT_MS = 250;
/** A server that asks for more is not waited for longer. */
const LONGEST_WAIT_MS = 30_000;
const worthAnotherTry = new Set<number | null>([429, 502, 503, 504]);
/** The fault of the key, the address or the server: the next conversation would meet it too. */
const hopeless = new Set<number | null>([401, 403, 404, 507]);

export class ImportClient {
  private readonly endpoint: URL;
  private readonly headers: Record<string, string>;

  /** `user` is a user id or externalId; `wait` is given milliseconds. */
  constructor(
    private readonly config: ClientConfig,
    user: string,
    private readonly wait: (milliseconds: number) => Promise<unknown> = sleep,
  ) {
    this.endpoint = new URL('v1/conversations/import', `${withoutTrailingSlashes(config.url)}/`);
    this.headers = {
      authorization: `Bearer ${config.apiKey}`,
      // A header is bytes: the server reads these as UTF-8.
      'threadkeep-user': Buffer.from(user).toString('latin1'),
      'content-type': 'application/json',
    };
  }

  /** @throws RefusedError or UnavailableError; the import key makes a repeated call harmless. */
  async import(body: object): Promise<Imported> {
    const text = JSON.stringify(body);
    for (let tried = 1; ; tried++) {
      const answer = await this.send(text);
      if (answer.status !== null && !worthAnotherTry.has(answer.status)) return this.read(answer);
      if (tried === ATTEMPTS) throw this.unavailable(answer);
      await this.wait(Math.max(FIRST_WAIT_MS * 2 ** (tried - 1), answer.retryAfter));
    }
  }

  private async send(body: string): Promise<Answer> {
    try {
      const response = await fetch(this.endpoint, {
        method: 'POST',
        headers: this.headers,
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

  private read(answer: Answer): Imported {
    const { status, body } = answer;
    if (hopeless.has(status)) throw this.unavailable(answer);
    if (status === 413)
      throw new RefusedError(
        `${reasonOf(answer).replace(/\.$/, '')}; see MAX_BODY_BYTES of the server`,
      );
    if (status !== 200 && status !== 201) throw new RefusedError(reasonOf(answer));
    if (body.imported === undefined || body.conversation === undefined)
      throw new UnavailableError(`${this.config.url} is not a Threadkeep server`);
    return { imported: body.imported, messages: body.conversation.lastSeq };
  }

  private unavailable(answer: Answer): UnavailableError {
    const { url } = this.config;
    return new UnavailableError(
      answer.status === null
        ? `cannot reach ${url}: ${reasonOf(answer)}`
        : `${url} answers ${reasonOf(answer)}`,
    );
  }
}

/** Milliseconds. The header gives seconds or a date. */
function waitFor(header: string | null): number {
  const wait =
    header !== null && /^\d+$/.test(header)
      ? Number(header) * 1000
      : Date.parse(header ?? '') - Date.now();
  return Math.min(Math.max(wait || 0, 0), LONGEST_WAIT_MS);
}

/** `422 The body is not valid: /messages/12/role must be one of user, assistant, system, tool`. */
function reasonOf({ status, body: { title = '', detail, errors = [] } }: Answer): string {
  const findings = errors.slice(0, 3).map(({ pointer, message }) => `${pointer} ${message}`.trim());
  if (errors.length > 3) findings.push(`and ${errors.length - 3} more`);
  const why = findings.length > 0 ? findings.join('; ') : detail;
  return `${status ?? ''} ${title}${why ? `: ${why}` : ''}`.trim();
}

/** A proxy in between may answer anything. */
function objectIn(text: string): Answer['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** fetch hides why it failed in the cause. */
function causeOf(error: unknown): string {
  const { cause = error } = error as { cause?: unknown };
  const { message, code } = cause as { message?: string; code?: string };
  return message || code || String(error);
}
