import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import type { Agent, buildConnector, RequestInit as UndiciInit } from 'undici';
import { undici } from '../optional-packages.js';
import { EgressError } from './egress-error.js';
import { type EgressRules } from './egress-rules.js';
import { limitedAnswer } from './limited-answer.js';
import { portOf } from './public-url.js';

export interface EgressLimits {
  /** Milliseconds for a request with its redirects and its whole answer. */
  timeout?: number;
  /** Bytes of one answer, after decompression. */
  maxBytes?: number;
  /** Called as well as thrown, because the reader of the body may ignore the error. */
  onTooLarge?: (error: EgressError) => void;
}

export interface Address {
  address: string;
  family: number;
}
/** Resolves a name to all its addresses. */
export type Resolve = (host: string) => Promise<Address[]>;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 3;
const systemResolve: Resolve = (host) => lookup(host, { all: true });

/** Gives the checked addresses, so that the name is not resolved a second time. */
const pinnedTo =
  (addresses: Address[]): LookupFunction =>
  (_host, { all }, done) =>
    all ? done(null, addresses) : done(null, addresses[0]!.address, addresses[0]!.family);

/** The only way to connect to targets that users name. It connects to checked addresses only. */
export class Egress {
  /** Opened, and its package loaded, with the first request. */
  private agent: Agent | undefined;
  private isClosed = false;

  constructor(
    private readonly rules: EgressRules,
    private readonly resolve: Resolve = systemResolve,
  ) {}

  /**
   * As the global fetch, within the rules. Follows up to three redirects, within the origin, that
   * keep the method.
   * @throws EgressError; the reason of the signal; TypeError when the server cannot be reached.
   * Reading the body may throw these too.
   */
  readonly fetch = async (
    url: string | URL,
    init: RequestInit = {},
    limits: EgressLimits = {},
  ): Promise<Response> => {
    const late = new AbortController();
    setTimeout(() => late.abort(new EgressError('too_slow')), limits.timeout ?? 30_000).unref();
    const signal = AbortSignal.any([late.signal, ...(init.signal ? [init.signal] : [])]);
    try {
      const response = await this.follow(this.rules.checkUrl(String(url)), { ...init, signal });
      return limitedAnswer(
        response,
        limits.maxBytes ?? 4 * 1024 * 1024,
        limits.onTooLarge ?? (() => {}),
      );
    } catch (error) {
      throw EgressError.behind(error) ?? error;
    }
  };

  /** Closes all connections. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.agent?.destroy();
  }

  private async follow(url: URL, init: RequestInit): Promise<Response> {
    let next = url;
    for (let redirects = 0; ; redirects++) {
      const response = await this.send(next, init);
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
      if (location === null || init.redirect === 'manual') return response;
      await response.body?.cancel();
      const keepsMethod = response.status >= 307 || /^(get|head)$/i.test(init.method ?? 'get');
      if (redirects === MAX_REDIRECTS || !keepsMethod || init.redirect === 'error')
        throw new EgressError('redirect');
      next = this.redirected(next, location);
    }
  }

  private redirected(from: URL, location: string): URL {
    const target = URL.canParse(location, from.href) ? new URL(location, from) : null;
    if (target?.origin !== from.origin) throw new EgressError('redirect');
    target.hash = '';
    return this.rules.checkUrl(target.href);
  }

  /** Node's own fetch does not accept the agent of another undici. */
  private send(url: URL, init: RequestInit): Promise<Response> {
    if (this.isClosed) throw new TypeError('fetch failed', { cause: new Error('closed') });
    const headers = [...new Headers(init.headers)];
    return undici().fetch(url, {
      ...(init as object as UndiciInit),
      headers,
      redirect: 'manual',
      dispatcher: (this.agent ??= this.openAgent()),
    });
  }

  private openAgent(): Agent {
    return new (undici().Agent)({
      connections: 16,
      keepAliveTimeout: 1_000,
      connect: (options, callback) => void this.connect(options, callback),
    });
  }

  private async connect(
    options: buildConnector.Options,
    callback: buildConnector.Callback,
  ): Promise<void> {
    try {
      const addresses = await this.checked(options.hostname, portOf(options));
      undici().buildConnector({ lookup: pinnedTo(addresses) })(options, callback);
    } catch (error) {
      callback(EgressError.behind(error) ?? new EgressError('unresolved'), null);
    }
  }

  private async checked(host: string, port: number): Promise<Address[]> {
    const addresses = isIP(host)
      ? [{ address: host, family: isIP(host) }]
      : await this.resolve(host);
    this.rules.checkAddresses(
      host,
      port,
      addresses.map(({ address }) => address),
    );
    return addresses;
  }
}
