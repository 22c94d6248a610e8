// Answers 404 or 405 when no route matches, before authentication.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestErrors } from '../errors/index.js';
import type { DoorStep } from './door-step.js';
import { RouteHints } from './route-hints.js';
import type { RouteRules } from './route-rules.js';

@Injectable()
export class RouteStep implements DoorStep {
  private readonly hints = new RouteHints([]);

  routeAdded(title: string): void {
    this.hints.add(title);
  }

  enter(request: FastifyRequest, reply: FastifyReply, { exists, hasParameters }: RouteRules): void {
    const isEmpty = hasParameters && hasEmptyParameter(request.params as Record<string, string>);
    if (!exists || isEmpty) this.refuse(request, reply);
  }

  /** @throws AppError 405 with the header `Allow` where other methods are taken, otherwise 404 */
  private refuse(request: FastifyRequest, reply: FastifyReply): never {
    const [path] = request.url.split('?', 1) as [string];
    const allowed = this.hints.methodsOf(path);
    if (allowed !== '') {
      void reply.header('allow', allowed);
      throw RequestErrors.methodNotAllowed({
        detail: isPreflight(request) ? NO_ORIGIN : `It takes ${allowed}.`,
      });
    }
    const meant = this.hints.near(path);
    throw RequestErrors.routeNotFound(
      meant === undefined ? {} : { detail: `Did you mean ${meant}?` },
    );
  }
}

/** Those of the configured origins are answered before. */
const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;

const NO_ORIGIN = 'The operator can name the origin of this page in CORS_ORIGINS to let it call.';

/** Nest also answers 404 to `/things//parts`, but only after it read the body. */
function hasEmptyParameter(parameters: Record<string, string>): boolean {
  for (const name in parameters) if (parameters[name] === '' && name !== '*') return true;
  return false;
}
