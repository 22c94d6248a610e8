// Sends requests to model providers: only to the operator's base URL, and without redirects.
import type { Agent, RequestInit as UndiciInit } from 'undici';
import type { ModelProvider, ModelSettings } from '../../../platform/config/model-settings.js';
import { isPlainObject } from '../../../platform/input/index.js';
import { undici } from '../../../platform/optional-packages.js';
import { ModelCallError } from '../model-call-error.js';

/** Bytes of a whole answer. The events of an answer take many times more than its text. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;
const USER_AGENT = 'threadkeep';

/** A request of one call, in the form in which the packages of providers take it. */
export type SendRequest = typeof globalThis.fetch;

/**
 * The connections to all providers. An operator's base URL may be on this machine: it is trusted as
 * the operator names it. Users name neither it nor anything beyond it.
 */
export class ModelFetch {
  /** Opened, and its package loaded, with the first request. */
  private agent: Agent | undefined;
  private isClosed = false;

  constructor(
    private readonly limits: Pick<ModelSettings, 'headTimeoutMs' | 'silenceTimeoutMs'>,
    private readonly maxAnswerBytes = MAX_ANSWER_BYTES,
  ) {}

  /**
   * Makes the fetch of one call.
   * @param extra fields of the request's body; those that the call sets itself win
   * @param onSend called right before the request is sent
   */
  for(
    { name, baseUrl }: ModelProvider,
    extra: Readonly<Record<string, unknown>>,
    onSend: () => void,
  ): SendRequest {
    const base = new URL(`${baseUrl}/`).href;
    return async (url, init) => {
      const target = new URL(url instanceof Request ? url.url : url).href;
      if (!target.startsWith(base))
        throw new ModelCallError('model.refused', 'The name of the model leads to another URL.');
      const request = requestOf(init ?? {}, extra);
      if (this.isClosed) throw new TypeError('fetch failed', { cause: new Error('closed') });
      const dispatcher = (this.agent ??= this.openAgent());
      onSend();
      const response = await undici().fetch(target, { ...request, dispatcher });
      const fault = faultOf(response, name);
      if (fault === null) return response;
      await response.body?.cancel();
      throw new ModelCallError('model.bad_answer', fault, { status: response.status });
    };
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.agent?.destroy();
  }

  private openAgent(): Agent {
    const { headTimeoutMs, silenceTimeoutMs } = this.limits;
    return new (undici().Agent)({
      headersTimeout: headTimeoutMs,
      bodyTimeout: silenceTimeoutMs,
      maxResponseSize: this.maxAnswerBytes,
      connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, headTimeoutMs) },
    });
  }
}

const requestOf = (init: RequestInit, extra: Readonly<Record<string, unknown>>): UndiciInit => ({
  ...(init as object as UndiciInit),
  headers: [...requestHeaders(init)],
  body: typeof init.body === 'string' ? withFields(init.body, extra) : null,
  redirect: 'manual',
});

/** A service without a key gets no empty one. Compression would hold deltas back. */
function requestHeaders(init: RequestInit): Headers {
  const headers = new Headers(init.headers);
  headers.set('user-agent', USER_AGENT);
  headers.set('accept-encoding', 'identity');
  for (const name of ['authorization', 'x-api-key', 'x-goog-api-key'])
    if (/^(?:Bearer)?\s*$/.test(headers.get(name) ?? '')) headers.delete(name);
  return headers;
}

function withFields(body: string, extra: Readonly<Record<string, unknown>>): string {
  if (Object.keys(extra).length === 0) return body;
  const own = JSON.parse(body) as Record<string, unknown>;
  const inside = Object.entries(extra).map(([name, value]) => {
    const set = own[name];
    return [
      name,
      isPlainObject(value) && isPlainObject(set) ? { ...value, ...set } : (set ?? value),
    ];
  });
  return JSON.stringify({ ...own, ...Object.fromEntries(inside) });
}

function faultOf({ status, headers }: Response, provider: string): string | null {
  if (status >= 300 && status < 400)
    return `The provider ${provider} redirects. Its base URL must be the one it redirects to.`;
  if (status < 300 && /^text\/html/i.test(headers.get('content-type') ?? ''))
    return `The provider ${provider} answers with HTML. Its base URL may be wrong.`;
  return null;
}
