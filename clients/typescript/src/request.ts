// Requests with the types of their routes, such as `GET /v1/memories/{id}`.
import type { paths } from './api.js';
import type { Deadline } from './deadline.js';
import { resumed, type ServerEvent } from './events.js';
import { List, type Page } from './list.js';
import type { Call, CallOptions, Transport } from './transport.js';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Path = keyof paths;
type MethodsOf<P> = { [M in Method]: P extends Record<Lowercase<M>, object> ? M : never }[Method];

/** Method and path of a route, as the API document has it. */
export type Route = { [P in Path]: `${MethodsOf<paths[P]>} ${P}` }[Path];

type OperationOf<R> = R extends `${infer M} ${infer P extends Path}`
  ? paths[P][Lowercase<M> & keyof paths[P]]
  : never;
type JsonOf<C> = C extends { content: { 'application/json': infer B } } ? B : never;
type BodyOf<O> = O extends { requestBody: infer C }
  ? { body: JsonOf<C> }
  : O extends { requestBody?: infer C }
    ? { body?: JsonOf<NonNullable<C>> }
    : object;

/** Parameters, query and body of a route. */
export type RequestOf<R extends Route> = CallOptions &
  BodyOf<OperationOf<R>> &
  (OperationOf<R> extends { parameters: infer P } ? P : object);

/** What a route answers: undefined when it has no content. */
export type AnswerOf<R extends Route> =
  OperationOf<R> extends { responses: infer A }
    ? { [S in keyof A]: A[S] extends { content: Record<string, infer T> } ? T : undefined }[keyof A]
    : never;

/** Parameters of the query of a route. */
export type QueryOf<R extends Route> =
  RequestOf<R> extends { query?: infer Q } ? Omit<NonNullable<Q>, 'cursor'> : never;

type Input<R extends Route> =
  object extends RequestOf<R> ? [request?: RequestOf<R>] : [request: RequestOf<R>];

interface AnyRequest extends CallOptions {
  path?: Record<string, string>;
  query?: object;
  body?: unknown;
}

/** Calls any route. */
export class Requests {
  constructor(protected readonly transport: Transport) {}

  /** @throws ThreadkeepError, or the reason of the signal */
  async request<R extends Route>(route: R, ...[request]: Input<R>): Promise<AnswerOf<R>> {
    return this.transport.send(callOf(route, request), readAnswer<AnswerOf<R>>);
  }

  /** Lists what a route pages through. */
  list<T>(route: Route, { query, ...request }: AnyRequest = {}): List<T> {
    return new List((cursor) => {
      // A cursor goes on where the page before ended, which counts the offset already.
      const place = cursor === undefined ? {} : { cursor, offset: undefined };
      return this.transport.send(
        callOf(route, { ...request, query: { ...query, ...place } }),
        readAnswer<Page<T>>,
      );
    });
  }

  /** Gives the answer of a route as it begins. Its body is read, or cancelled, by the caller. */
  open(route: Route, request: AnyRequest): Promise<Response> {
    return this.transport.send(callOf(route, request), async (response, deadline) => {
      deadline.end();
      return response;
    });
  }

  /** Streams the events of a route. After a cut it goes on behind the last event. */
  events(route: Route, request: AnyRequest, lastEventId?: string): AsyncGenerator<ServerEvent> {
    return resumed(this.transport, callOf(route, request), lastEventId);
  }
}

function callOf(route: Route, { path = {}, ...request }: AnyRequest = {}): Call {
  const [method, template] = route.split(' ') as [Method, string];
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => segment(name, path[name]));
  return { ...request, method, path: filled };
}

/** @throws TypeError for what would lead to another route */
function segment(name: string, value: unknown): string {
  if (typeof value !== 'string' || /^\.{0,2}$/.test(value))
    throw new TypeError(`${name} must be a text, and neither empty nor dots`);
  return encodeURIComponent(value);
}

async function readAnswer<T>(response: Response, deadline: Deadline): Promise<T> {
  const text = await response.text();
  deadline.end();
  const isJson = response.headers.get('content-type')?.includes('json');
  return (isJson ? JSON.parse(text) : text || undefined) as T;
}
