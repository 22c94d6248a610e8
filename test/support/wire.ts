// Plain HTTP over real sockets that are kept open: what goes out is sent as it is, what comes back is not interpreted.
import { Agent, type IncomingHttpHeaders, request as open } from 'node:http';

export interface WireRequest {
  method: string;
  /** Path and query, encoded as they go over the wire. */
  path: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer | undefined;
}

export interface WireResponse {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export class Wire {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    connections = 50,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  send({ method, path, headers = {}, body }: WireRequest): Promise<WireResponse> {
    const { hostname, port } = new URL(this.url);
    // Node frames the body of a GET, DELETE or OPTIONS only when it is told the length.
    const framing = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const request = open(
        { agent: this.agent, hostname, port, method, path, headers: { ...headers, ...framing } },
        (response) => {
          const chunks: Buffer[] = [];
          const answer = (): WireResponse => ({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          });
          const isStream = response.headers['content-type']?.startsWith('text/event-stream');
          response.on('data', (chunk: Buffer) => {
            chunks.push(chunk);
            // A stream may have no end: it is read until it has said how things are, or a heart-beat
            // says that there is nothing to say, as of a conversation without a head.
            if (!isStream || !/^event: (?:head|call)$|\n\n:\s*$/m.test(answer().text)) return;
            resolve(answer());
            response.destroy();
          });
          response.on('error', reject);
          response.on('end', () => resolve(answer()));
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  json(
    method: string,
    path: string,
    headers: Record<string, string | string[]>,
    body?: unknown,
  ): Promise<WireResponse> {
    if (body === undefined) return this.send({ method, path, headers });
    return this.send({
      method,
      path,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Works through `items` in order, `width` of them at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
}

/** What must not differ between another user's id and an id nobody has: all but the request's own marks. */
export function comparable({ status, headers, text }: WireResponse): unknown {
  const isProblem =
    headers['content-type']?.startsWith('application/problem+json') === true && text !== '';
  const body: unknown = isProblem
    ? without(JSON.parse(text) as object, ['requestId', 'instance'])
    : text;
  return { status, headers: without(headers, ['date', 'x-request-id', 'content-length']), body };
}

const without = (value: object, names: string[]): object =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
