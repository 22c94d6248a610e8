// The global user-scope interceptor: from here on every database statement of the request is
// filtered by its owner.
import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AccessErrors } from '../errors/index.js';
import { DirectInterceptor } from '../interceptors/index.js';
import type { RequestContext } from './request-context.js';

/**
 * Seals the scope that the door has decided on: a user's, or the system's for a service key that
 * acts for no user. ScopedDatabase reads it for each transaction. Public routes have no scope, so
 * their statements throw ScopeMissingError.
 */
@Injectable()
export class UserScopeInterceptor extends DirectInterceptor {
  /**
   * @throws AppError 403 for a request that the door has not admitted, so that no handler can be
   * reached another way
   */
  override enter(execution: ExecutionContext): void {
    const request = execution
      .switchToHttp()
      .getRequest<FastifyRequest & { context: RequestContext | null }>();
    if (request?.context?.admitted !== true) throw AccessErrors.forbidden();
    const { admittedScope } = request.context;
    if (admittedScope) request.context.seal(admittedScope);
  }
}
