// Limits the requests of one credential for one user. A service key serves the whole application,
// so its users count separately.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../context/index.js';
import { RequestErrors } from '../errors/index.js';
import { CredentialLimit } from '../rate-limit/index.js';
import type { DoorStep } from './door-step.js';
import type { RouteRules } from './route-rules.js';

@Injectable()
export class RateLimitStep implements DoorStep {
  constructor(private readonly limit: CredentialLimit) {}

  enter(request: FastifyRequest, reply: FastifyReply, rules: RouteRules): void {
    const named = request.headers['threadkeep-user'] ?? request.context.userInQuery;
    // BodyUserStep counts it then.
    if (rules.userInBody && !request.context.principal?.userId && named === undefined) return;
    this.count(request, reply, named);
  }

  /**
   * Counts a request.
   * @param named the user for whom a service key acts
   * @throws AppError 429 over the limit
   */
  count({ context }: FastifyRequest, reply: FastifyReply, named: unknown): void {
    const { principal } = context;
    if (!principal || !this.limit.isOn) return;
    const { isExceeded, remaining, secondsLeft } = this.limit.hit(rateLimitKey(principal, named));
    void reply.header('ratelimit', `"${this.limit.name}";r=${remaining};t=${secondsLeft}`);
    if (!isExceeded) return;
    // Only sent to clients that met the limit, because each header costs every request.
    void reply.header('ratelimit-policy', this.limit.policy);
    throw this.refusal(secondsLeft);
  }

  /**
   * Counts messages of a WebSocket as requests.
   * @returns counts one message. It throws AppError 429 over the limit
   */
  counterOf({ context, headers }: FastifyRequest): () => void {
    const { principal } = context;
    if (!principal || !this.limit.isOn) return () => {};
    const key = rateLimitKey(principal, headers['threadkeep-user']);
    return () => {
      const { isExceeded, secondsLeft } = this.limit.hit(key);
      if (isExceeded) throw this.refusal(secondsLeft);
    };
  }

  private refusal(retryAfter: number): Error {
    return RequestErrors.rateLimited({
      detail: `This key may send ${this.limit.perSecond} requests a second for a user.`,
      retryAfter,
    });
  }
}

function rateLimitKey({ kind, credentialId }: Principal, named: unknown): string {
  if (kind === 'user') return credentialId;
  return typeof named === 'string' ? `${credentialId} ${named}` : credentialId;
}
