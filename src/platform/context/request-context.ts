// The context of each request: credential, user and limits. AsyncLocalStorage carries it through
// our own async code only.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import type { Span } from '../telemetry/tracing/span.js';
import { actorOf } from './actor.js';
import type { Principal } from './principal.js';
import { ownerOf, type Scope, ScopeMissingError, UserScope } from './scope.js';
import type { TimeLimits } from './time-limits.js';

export class RequestContext {
  principal: Principal | undefined;
  /** Set when the door admits the request. No handler runs without it. */
  admitted = false;
  /** The scope that the door has decided on. UserScopeInterceptor seals it before the handler. */
  admittedScope: Scope | undefined;
  /** The user parameter of the query, on a route that takes it; unchecked. */
  userInQuery: unknown;
  /** Its name. */
  userParameter: string | undefined;
  /** True when a replica may answer: only for a GET whose client does not ask for the primary. */
  allowsReplica = false;
  /** The route's own time limits of the database. */
  limits: TimeLimits | undefined;
  /** What the work of this context is traced under. Undefined without traces. */
  span: Span | undefined;
  private sealed: Scope | undefined;

  constructor(
    /** Our id of the request. */
    readonly requestId: string,
    /** The client's id of the request. */
    readonly clientRequestId?: string,
  ) {}

  get scope(): Scope | undefined {
    return this.sealed;
  }

  /** Sets the scope once. A second call is a programming error. */
  seal(scope: Scope): void {
    if (this.sealed) throw new Error('the scope of this context is already sealed');
    this.sealed = scope;
  }
}

/** The request id of background work. */
const BACKGROUND = 'background';

@Injectable()
export class RequestContexts {
  private readonly storage = new AsyncLocalStorage<RequestContext>();

  run<T>(context: RequestContext, work: () => T): T {
    return this.storage.run(context, work);
  }

  current(): RequestContext | undefined {
    return this.storage.getStore();
  }

  /** The credential that acts, for histories. */
  get actor(): string {
    return actorOf(this.current()?.principal);
  }

  /** True for work outside a request, such as a job. */
  get isBackground(): boolean {
    return this.current()?.requestId === BACKGROUND;
  }

  get allowsReplica(): boolean {
    return this.current()?.allowsReplica === true;
  }

  /** @throws ScopeMissingError when no scope was sealed */
  scope(): Scope {
    const scope = this.storage.getStore()?.scope;
    if (!scope) throw new ScopeMissingError();
    return scope;
  }

  /**
   * The owner of what this work creates: a user's id, or `service`.
   * @throws ScopeMissingError when no scope was sealed
   */
  get owner(): string {
    return ownerOf(this.scope());
  }

  /** @throws ScopeMissingError outside a user's scope, and in the scope of the system */
  userScope(): UserScope {
    const scope = this.scope();
    if (scope.kind !== 'user') throw new ScopeMissingError();
    return scope;
  }

  /** Runs work outside a request (import, job, test) in the scope of a user. */
  runAsUser<T>(userId: string, work: () => Promise<T>): Promise<T> {
    return this.runIn(new UserScope(userId), work);
  }

  /** Runs work of the background, which opens its own scopes, and traces it under a span. */
  runInBackground<T>(span: Span, work: () => Promise<T>): Promise<T> {
    const context = new RequestContext(BACKGROUND);
    context.span = span;
    return this.run(context, work);
  }

  runIn<T>(scope: Scope, work: () => Promise<T>): Promise<T> {
    const outer = this.current();
    const context = new RequestContext(outer?.requestId ?? BACKGROUND, outer?.clientRequestId);
    context.principal = this.current()?.principal;
    context.limits = this.current()?.limits;
    context.span = outer?.span;
    context.seal(scope);
    return this.run(context, work);
  }
}
