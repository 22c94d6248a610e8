// Who is asking: one context for each request, carried by AsyncLocalStorage through our own async code only.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { actorOf } from './actor.js';
import type { Principal } from './principal.js';
import { type Scope, ScopeMissingError, UserScope } from './scope.js';
import type { TimeLimits } from './time-limits.js';

export class RequestContext {
  principal: Principal | undefined;
  /** Set once the door has let the request in: no handler runs without it. */
  admitted = false;
  /** Whose rows the door lets it touch. UserScopeInterceptor seals it before the handler. */
  admittedScope: Scope | undefined;
  /** What the query says of the user, where the route takes that; not yet looked at. */
  userInQuery: unknown;
  /** Whether answers may be read from a replica: only a GET's, whose client does not ask for the primary. */
  allowsReplica = false;
  /** Of the database, where the route has its own. */
  limits: TimeLimits | undefined;
  private sealed: Scope | undefined;

  constructor(
    /** Ours, whatever the client calls it. */
    readonly requestId: string,
    /** What the client calls it. */
    readonly clientRequestId?: string,
  ) {}

  get scope(): Scope | undefined {
    return this.sealed;
  }

  /** Write-once: a second call is a programming error. */
  seal(scope: Scope): void {
    if (this.sealed) throw new Error('the scope of this context is already sealed');
    this.sealed = scope;
  }
}

/** The request id of work that no request has asked for. */
const BACKGROUND = 'background';

/** No user has an id like this. */
const SERVICE = 'service';

@Injectable()
export class RequestContexts {
  private readonly storage = new AsyncLocalStorage<RequestContext>();

  run<T>(context: RequestContext, work: () => T): T {
    return this.storage.run(context, work);
  }

  current(): RequestContext | undefined {
    return this.storage.getStore();
  }

  /** Whose credential it is that acts, for histories. */
  get actor(): string {
    return actorOf(this.current()?.principal);
  }

  /** Whether no request waits for this work, such as a job's. */
  get isBackground(): boolean {
    return this.current()?.requestId === BACKGROUND;
  }

  get allowsReplica(): boolean {
    return this.current()?.allowsReplica === true;
  }

  /** @throws ScopeMissingError when nobody said whose rows these are. */
  scope(): Scope {
    const scope = this.storage.getStore()?.scope;
    if (!scope) throw new ScopeMissingError();
    return scope;
  }

  /** Who owns what this work makes: a user's id, or `service`. @throws as `scope` does */
  get owner(): string {
    const scope = this.scope();
    return scope.kind === 'user' ? scope.userId : SERVICE;
  }

  /** @throws ScopeMissingError outside a user's scope, also inside a system one. */
  userScope(): UserScope {
    const scope = this.scope();
    if (scope.kind !== 'user') throw new ScopeMissingError();
    return scope;
  }

  /** Work outside a request (import, job, test) as one user. */
  runAsUser<T>(userId: string, work: () => Promise<T>): Promise<T> {
    return this.runIn(new UserScope(userId), work);
  }

  runIn<T>(scope: Scope, work: () => Promise<T>): Promise<T> {
    const outer = this.current();
    const context = new RequestContext(outer?.requestId ?? BACKGROUND, outer?.clientRequestId);
    context.principal = this.current()?.principal;
    context.limits = this.current()?.limits;
    context.seal(scope);
    return this.run(context, work);
  }
}
