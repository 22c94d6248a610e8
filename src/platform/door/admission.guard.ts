// Refuses what no door has let in: a handler that is reached by another way is not open.
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RequestContext } from '../context/index.js';
import { AccessErrors } from '../errors/index.js';

@Injectable()
export class AdmissionGuard implements CanActivate {
  canActivate(context: ExecutionContext): true {
    const { context: request } = context
      .switchToHttp()
      .getRequest<FastifyRequest & { context: RequestContext | null }>();
    if (request?.admitted !== true) throw AccessErrors.forbidden();
    return true;
  }
}
