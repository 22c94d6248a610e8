import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteRules } from './route-rules.js';

/** One decision about a request, made from its head alone. It refuses by an AppError; only where it must ask somebody does it answer with a promise. */
export interface DoorStep {
  enter(request: FastifyRequest, reply: FastifyReply, rules: RouteRules): void | Promise<void>;
}
