// Answers 404 when no route matches, before authentication.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestErrors } from '../errors/index.js';
import type { DoorStep } from './door-step.js';
import type { RouteRules } from './route-rules.js';

@Injectable()
export class RouteStep implements DoorStep {
  enter(
    request: FastifyRequest,
    _reply: FastifyReply,
    { exists, hasParameters }: RouteRules,
  ): void {
    if (!exists || (hasParameters && hasEmptyParameter(request.params as Record<string, string>)))
      throw RequestErrors.routeNotFound();
  }
}

/** Nest also answers 404 to `/things//parts`, but only after it read the body. */
function hasEmptyParameter(parameters: Record<string, string>): boolean {
  for (const name in parameters) if (parameters[name] === '' && name !== '*') return true;
  return false;
}
