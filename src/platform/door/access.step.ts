// Decides whether a credential may use a route. Denies by default: a route that says nothing is refused.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Principal } from '../context/index.js';
import { AccessErrors } from '../errors/index.js';
import type { DoorStep } from './door-step.js';
import type { RouteRules } from './route-rules.js';

const readMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

@Injectable()
export class AccessStep implements DoorStep {
  enter(request: FastifyRequest, _reply: FastifyReply, { access, limits }: RouteRules): void {
    request.context.limits = limits;
    if (access !== 'public') admit(request, request.context.principal, access);
    request.context.admitted = true;
  }
}

function admit(request: FastifyRequest, principal: Principal | undefined, access: Access | undefined): void {
  if (!principal) throw AccessErrors.unauthenticated();
  if (!access) throw AccessErrors.forbidden();
  const actsForUser = principal.kind === 'user' || request.headers['threadkeep-user'] !== undefined || request.context.userInQuery !== undefined;
  if (access === 'user' && !actsForUser) throw AccessErrors.userRequired();
  if (access === 'service' && actsForUser) throw AccessErrors.forbidden({ detail: 'Only a service key acting for no user may do that.' });
  if (principal.readOnly && !readMethods.has(request.method)) throw AccessErrors.readOnly();
}
