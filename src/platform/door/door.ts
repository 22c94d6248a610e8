// The door is the admission pipeline: it takes each request through its steps before a byte of the
// body is read.
import type { INestApplication, Type } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { uuidv7 } from 'uuidv7';
import { Config } from '../config/config.js';
import { AdmissionLog, RequestContext, RequestContexts } from '../context/index.js';
import { AppError, RequestErrors } from '../errors/index.js';
import { ownOrigin } from '../http/index.js';
import '../telemetry/tracing/request-spans.js';
import type { BodyAllowance } from './body.step.js';
import { JSON_TYPE } from './body.step.js';
import { BodyReader } from './body-reader.js';
import { BodyUserStep } from './body-user.step.js';
import { Connections } from './connections.js';
import type { DoorStep } from './door-step.js';
import {
  isDescription,
  NO_ROUTE,
  REFERENCE_PATH,
  RouteTable,
  type RouteRules,
} from './route-rules.js';
import { type Headers, type SecurityHeaders } from './security-headers.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined for a request without a body. */
    bodyAllowance?: BodyAllowance;
    /** Whether the handler stores JSON text, which holds what PostgreSQL's types do not. */
    keepsAsSent: boolean;
  }
}

type Done = (error?: Error) => void;

/** Statuses that refuse the credential. They are recorded. */
const REFUSALS = new Set([401, 403, 429]);

export class Door {
  private readonly steps: readonly DoorStep[];
  private readonly connections: Connections;
  private readonly bodies: BodyReader;
  private readonly contexts: RequestContexts;
  private readonly routes: RouteTable;
  private readonly log: AdmissionLog;
  private readonly hasAuthorizationServers: boolean;

  /** @param steps in order; providers of the application */
  constructor(
    private readonly app: INestApplication,
    steps: readonly Type<DoorStep>[],
    private readonly security: SecurityHeaders,
  ) {
    this.steps = steps.map((step) => app.get(step));
    this.connections = app.get(Connections);
    this.bodies = app.get(BodyReader);
    this.contexts = app.get(RequestContexts);
    this.routes = new RouteTable(app);
    this.log = app.get(AdmissionLog, { strict: false });
    this.hasAuthorizationServers = app.get(Config).identity.authorizationServers.length > 0;
  }

  /**
   * Call it before any route is registered. A route that exists already has no rules, and
   * UserScopeInterceptor refuses its requests.
   */
  install(instance: FastifyInstance): void {
    const { door, shutdownTimeout } = this.app.get(Config);
    this.connections.install(instance, door.maxConnections, shutdownTimeout);
    instance.decorateRequest('context', null as never);
    instance.decorateRequest('bodyAllowance', undefined as never);
    instance.decorateRequest('keepsAsSent', false);
    instance.decorateRequest('problemAdditions', undefined as never);
    instance.decorateRequest('challenge', undefined as never);
    instance.addHook('onRequest', (request, reply, done) => this.open(request, reply, done));
    instance.addHook('onRoute', (route) => {
      const methods = [route.method].flat();
      const rules = this.routes.get(methods[0]!, route.url);
      if (rules.exists) this.tellOfRoute(methods, route.url);
      const headers = this.headersOf(route.url);
      const enter = (request: FastifyRequest, reply: FastifyReply, done: Done) =>
        this.enter(rules, headers, request, reply, done);
      route.onRequest = [enter, ...[route.onRequest ?? []].flat()];
      if (rules.userInBody) {
        const steps = [this.app.get(BodyUserStep)];
        const readUser = (request: FastifyRequest, reply: FastifyReply, done: Done) =>
          this.take(steps, 0, rules, request, reply, done);
        route.preValidation = [readUser, ...[route.preValidation ?? []].flat()];
      }
    });
    // Not in onRequest: the body is read in the socket's async context, not in the one that
    // onRequest opens.
    instance.addHook('preValidation', (request, _reply, done) =>
      this.contexts.run(request.context, done),
    );
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser(JSON_TYPE, (request, payload, done) => {
      this.bodies.read(request, payload, (error, value) => {
        if (error && !payload.complete) this.connections.closeAfterAnswer(payload.socket);
        done(error, value);
      });
    });
    instance.addContentTypeParser('*', (_request, _payload, done) =>
      done(RequestErrors.unsupportedMediaType()),
    );
  }

  private tellOfRoute(methods: readonly string[], path: string): void {
    for (const step of this.steps)
      for (const method of methods) step.routeAdded?.(`${method} ${path}`);
  }

  private headersOf(path: string): Headers {
    if (path === REFERENCE_PATH) return this.security.reference;
    return isDescription(path) ? this.security.pages : this.security.answers;
  }

  /** Runs before the route is known. Without a route, no step follows. */
  private open(request: FastifyRequest, reply: FastifyReply, done: Done): void {
    request.context = createContext(request);
    if (!this.connections.begin(request, reply)) return void request.raw.socket.destroy();
    void reply.header('x-request-id', request.id);
    if (request.is404) this.enter(NO_ROUTE, this.security.answers, request, reply, done);
    else done();
  }

  private enter(
    rules: RouteRules,
    headers: Headers,
    request: FastifyRequest,
    reply: FastifyReply,
    done: Done,
  ): void {
    void reply.headers(headers);
    if (rules.problemAdditions) request.problemAdditions = rules.problemAdditions;
    if (rules.resourceMetadata !== undefined && this.hasAuthorizationServers)
      request.challenge = challengeOf(request, rules.resourceMetadata);
    this.take(this.steps, 0, rules, request, reply, done);
  }

  /** Runs the steps in order, and waits only for a step that returns a promise. */
  private take(
    steps: readonly DoorStep[],
    first: number,
    rules: RouteRules,
    request: FastifyRequest,
    reply: FastifyReply,
    done: Done,
  ): void {
    try {
      for (let i = first; i < steps.length; i++) {
        const waiting = steps[i]!.enter(request, reply, rules);
        if (waiting === undefined) continue;
        const goOn = () => this.take(steps, i + 1, rules, request, reply, done);
        return void waiting.then(goOn, (error: Error) => this.refuse(error, request, reply, done));
      }
    } catch (error) {
      return this.refuse(error as Error, request, reply, done);
    }
    done();
  }

  private refuse(error: Error, request: FastifyRequest, reply: FastifyReply, done: Done): void {
    this.connections.refuseBody(request, reply);
    if (error instanceof AppError && REFUSALS.has(error.definition.status)) {
      this.log.refused(error.code, request.ip, request.context.principal?.credentialId ?? null);
    }
    done(error);
  }
}

function challengeOf(request: FastifyRequest, path: string): string | undefined {
  const origin = ownOrigin(request);
  return origin && `Bearer resource_metadata="${origin}${path}"`;
}

/** Recorded requests have an id of ours, which a client cannot choose. */
function createContext({ id, headers, span }: FastifyRequest): RequestContext {
  const context =
    headers['x-request-id'] === id ? new RequestContext(uuidv7(), id) : new RequestContext(id);
  context.span = span;
  return context;
}
