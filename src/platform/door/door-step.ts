import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteRules } from './route-rules.js';

/**
 * One decision about a request, made from its head alone. It throws an AppError to refuse, and
 * returns a promise only when it must wait.
 */
export interface DoorStep {
  enter(request: FastifyRequest, reply: FastifyReply, rules: RouteRules): void | Promise<void>;
}
