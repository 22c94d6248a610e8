// Authenticates every request and denies by default.
import { type CanActivate, type ExecutionContext, Injectable, Optional } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AccessErrors, AppError } from '../errors/index.js';
import { ACCESS, type Access, USER_IN_QUERY, USER_PARAMETER } from './access.decorator.js';
import { AdmissionLog } from './admission-log.js';
import { defaultScope, isRead, type KeyScope, requireScopes, ROUTE_SCOPE } from './key-scopes.js';
import { TIME_LIMITS, type TimeLimits } from './time-limits.js';
import { CredentialVerifier, type Principal } from './principal.js';

/** Statuses that say no to whoever asks. */
const REFUSALS = new Set([401, 403, 429]);

/** What a route says of itself. */
interface RouteRules {
  access: Access | undefined;
  takesUserInQuery: boolean;
  limits: TimeLimits | undefined;
  /** Named by the route; else it follows from `access` and the method. */
  scope: KeyScope | undefined;
}

@Injectable()
export class AccessGuard implements CanActivate {
  /** By class and handler, as a handler may be inherited: looked up once, as reflection is slow for something in every request. */
  private readonly rules = new WeakMap<object, WeakMap<object, RouteRules>>();

  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: CredentialVerifier,
    @Optional() private readonly log?: AdmissionLog,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rules = this.rulesOf(context);
    if (rules.access === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    try {
      const admitted = this.decide(request, rules);
      return admitted instanceof Promise ? admitted.catch((error: unknown) => this.refuse(request, error)) : admitted;
    } catch (error) {
      return this.refuse(request, error);
    }
  }

  private decide(request: FastifyRequest, rules: RouteRules): true | Promise<true> {
    const { context } = request;
    context.limits = rules.limits;
    if (rules.takesUserInQuery) context.userInQuery = (request.query as Record<string, unknown>)[USER_PARAMETER];
    const principal = this.verifier.verify(bearerToken(request));
    if (principal instanceof Promise) return principal.then((found) => this.admit(request, found, rules));
    return this.admit(request, principal, rules);
  }

  private refuse({ context, ip }: FastifyRequest, error: unknown): never {
    if (error instanceof AppError && REFUSALS.has(error.definition.status)) this.log?.refused(error.code, ip, context.principal?.credentialId ?? null);
    throw error;
  }

  private admit(request: FastifyRequest, principal: Principal | null, rules: RouteRules): true {
    const admitted = admit(request, principal, rules);
    this.verifier.used?.(admitted, request.ip);
    return true;
  }

  private rulesOf(context: ExecutionContext): RouteRules {
    const [controller, handler] = [context.getClass(), context.getHandler()];
    const known = this.rules.get(controller)?.get(handler);
    if (known) return known;
    const rules = this.read(controller, handler);
    const ofClass = this.rules.get(controller) ?? new WeakMap<object, RouteRules>();
    this.rules.set(controller, ofClass.set(handler, rules));
    return rules;
  }

  private read(controller: ReturnType<ExecutionContext['getClass']>, handler: ReturnType<ExecutionContext['getHandler']>): RouteRules {
    return {
      access: this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [handler, controller]),
      takesUserInQuery: this.reflector.get<boolean | undefined>(USER_IN_QUERY, handler) === true,
      limits: this.reflector.get<TimeLimits | undefined>(TIME_LIMITS, handler),
      scope: this.reflector.getAllAndOverride<KeyScope | undefined>(ROUTE_SCOPE, [handler, controller]),
    };
  }
}

function bearerToken(request: FastifyRequest): string {
  const header = request.headers.authorization;
  if (!header) throw AccessErrors.unauthenticated({ detail: 'Send Authorization: Bearer <key>.' });
  const [scheme, token, ...rest] = header.split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) throw AccessErrors.unauthenticated();
  return token;
}

function admit(request: FastifyRequest, principal: Principal | null, { access, scope }: RouteRules): Principal {
  if (!principal) throw AccessErrors.unauthenticated();
  if (!access) throw AccessErrors.forbidden();
  request.context.principal = principal;
  const actsForUser = principal.kind === 'user' || request.headers['threadkeep-user'] !== undefined || request.context.userInQuery !== undefined;
  if (access === 'user' && !actsForUser) throw AccessErrors.userRequired();
  if (access === 'service' && actsForUser) throw AccessErrors.forbidden({ detail: 'Only a service key acting for no user may do that.' });
  if (principal.readOnly && !isRead(request.method)) throw AccessErrors.readOnly();
  requireScopes(principal, access, scope ?? defaultScope(access, request.method));
  return principal;
}
