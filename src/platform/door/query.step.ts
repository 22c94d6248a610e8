// Refuses a query on a read that takes none, as lists refuse a parameter that they do not know.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { QueryShape } from '../input/query.js';
import type { DoorStep } from './door-step.js';
import type { RouteRules } from './route-rules.js';

const NO_PARAMETERS = new QueryShape({});

@Injectable()
export class QueryStep implements DoorStep {
  /** @throws AppError 400 that names each parameter */
  enter(request: FastifyRequest, _reply: FastifyReply, { refusesQuery }: RouteRules): void {
    if (refusesQuery) NO_PARAMETERS.transform(request.query);
  }
}
