import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteRules } from './route-rules.js';

/**
 * One decision about a request, made from its head alone. It throws an AppError to refuse, and
 * returns a promise only when it must wait.
 */
export interface DoorStep {
  enter(request: FastifyRequest, reply: FastifyReply, rules: RouteRules): void | Promise<void>;
  /**
   * Hears of each route, of a controller or not, before there is a request.
   * @param title method and path, with parameters as `:name`, and with `*` for any rest
   */
  routeAdded?(title: string): void;
}
