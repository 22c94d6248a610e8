// Limits the requests of one credential for one user. A service key serves the whole application,
// so its users count separately.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../context/index.js';
import { RequestErrors } from '../errors/index.js';
import { CredentialLimit } from '../rate-limit/index.js';
import type { DoorStep } from './door-step.js';

@Injectable()
export class RateLimitStep implements DoorStep {
  constructor(private readonly limit: CredentialLimit) {}

  enter(request: FastifyRequest, reply: FastifyReply): void {
    const { principal } = request.context;
    if (!principal || !this.limit.isOn) return;
    const { isExceeded, remaining, secondsLeft } = this.limit.hit(rateLimitKey(principal, request));
    void reply.header('ratelimit', `"${this.limit.name}";r=${remaining};t=${secondsLeft}`);
    if (!isExceeded) return;
    // Only sent to clients that met the limit, because each header costs every request.
    void reply.header('ratelimit-policy', this.limit.policy);
    throw RequestErrors.rateLimited({
      detail: `This key may send ${this.limit.perSecond} requests a second for a user.`,
      retryAfter: secondsLeft,
    });
  }
}

function rateLimitKey({ kind, credentialId }: Principal, request: FastifyRequest): string {
  if (kind === 'user') return credentialId;
  const named = request.headers['threadkeep-user'] ?? request.context.userInQuery;
  return typeof named === 'string' ? `${credentialId} ${named}` : credentialId;
}
