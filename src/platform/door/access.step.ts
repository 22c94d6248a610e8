// Decides whether a credential may use a route. Denies by default: a route without a rule is
// refused.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  CredentialVerifier,
  defaultScope,
  isRead,
  type Principal,
  requireScopes,
} from '../context/index.js';
import { AccessErrors } from '../errors/index.js';
import type { DoorStep } from './door-step.js';
import type { RouteRules } from './route-rules.js';

@Injectable()
export class AccessStep implements DoorStep {
  constructor(private readonly verifier: CredentialVerifier) {}

  enter(request: FastifyRequest, _reply: FastifyReply, rules: RouteRules): void {
    request.context.limits = rules.limits;
    if (rules.access !== 'public') {
      const admitted = admit(request, request.context.principal, rules);
      this.verifier.used?.(admitted, request.ip);
    }
    request.context.admitted = true;
  }
}

function admit(
  request: FastifyRequest,
  principal: Principal | undefined,
  { access, scope, userInBody }: RouteRules,
): Principal {
  if (!principal) throw AccessErrors.unauthenticated();
  if (!access) throw AccessErrors.forbidden();
  const actsForUser =
    principal.kind === 'user' ||
    request.headers['threadkeep-user'] !== undefined ||
    request.context.userInQuery !== undefined;
  if (access === 'user' && !actsForUser && !userInBody) throw AccessErrors.userRequired();
  if (access === 'service' && actsForUser)
    throw AccessErrors.forbidden({ detail: 'Only a service key acting for no user may do that.' });
  const needed = scope ?? defaultScope(access, request.method);
  if (principal.readOnly && needed !== 'read' && !isRead(request.method))
    throw AccessErrors.readOnly();
  requireScopes(principal, access === 'any' && actsForUser ? 'user' : access, needed);
  return principal;
}
