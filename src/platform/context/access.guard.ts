// Authenticates every request and denies by default.
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AccessErrors } from '../errors/index.js';
import { ACCESS, type Access, USER_IN_QUERY, USER_PARAMETER } from './access.decorator.js';
import { TIME_LIMITS, type TimeLimits } from './time-limits.js';
import { CredentialVerifier, type Principal } from './principal.js';

const readMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What a route says of itself. */
interface RouteRules {
  access: Access | undefined;
  takesUserInQuery: boolean;
  limits: TimeLimits | undefined;
}

@Injectable()
export class AccessGuard implements CanActivate {
  /** By class and handler, as a handler may be inherited: looked up once, as reflection is slow for something in every request. */
  private readonly rules = new WeakMap<object, WeakMap<object, RouteRules>>();

  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: CredentialVerifier,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { access, takesUserInQuery, limits } = this.rulesOf(context);
    if (access === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.context.limits = limits;
    if (takesUserInQuery) request.context.userInQuery = (request.query as Record<string, unknown>)[USER_PARAMETER];
    const principal = this.verifier.verify(bearerToken(request));
    if (principal instanceof Promise) return principal.then((found) => admit(request, found, access));
    return admit(request, principal, access);
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

function admit(request: FastifyRequest, principal: Principal | null, access: Access | undefined): true {
  if (!principal) throw AccessErrors.unauthenticated();
  if (!access) throw AccessErrors.forbidden();
  request.context.principal = principal;
  const actsForUser = principal.kind === 'user' || request.headers['threadkeep-user'] !== undefined || request.context.userInQuery !== undefined;
  if (access === 'user' && !actsForUser) throw AccessErrors.userRequired();
  if (access === 'service' && actsForUser) throw AccessErrors.forbidden({ detail: 'Only a service key acting for no user may do that.' });
  if (principal.readOnly && !readMethods.has(request.method)) throw AccessErrors.readOnly();
  return true;
}
