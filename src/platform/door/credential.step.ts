// Authenticates a request, from the cache where possible. A valid key passes even when its address
// has failed too often.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CredentialVerifier } from '../context/index.js';
import { AccessErrors, RequestErrors } from '../errors/index.js';
import { AuthFailureLimit } from '../rate-limit/index.js';
import { limitedAddress } from './addresses.js';
import type { DoorStep } from './door-step.js';
import type { RouteRules } from './route-rules.js';

@Injectable()
export class CredentialStep implements DoorStep {
  constructor(
    private readonly verifier: CredentialVerifier,
    private readonly failures: AuthFailureLimit,
  ) {}

  /** Returns a promise only for a credential that this process does not know. */
  enter(
    request: FastifyRequest,
    _reply: FastifyReply,
    { access, isDialect, userInQuery }: RouteRules,
  ): void | Promise<void> {
    if (access === 'public') return;
    const token = tokenOf(request, isDialect);
    const known = token === null ? null : this.verifier.recall(token);
    if (known === null) throw this.failed(limitedAddress(request), token === null ? HOW : UNKNOWN);
    if (userInQuery !== undefined) {
      request.context.userParameter = userInQuery;
      request.context.userInQuery = (request.query as Record<string, unknown>)[userInQuery];
    }
    if (known === undefined) return this.lookUp(token!, request);
    request.context.principal = known;
  }

  private async lookUp(token: string, request: FastifyRequest): Promise<void> {
    const found = await this.verifier.verify(token);
    if (!found) throw this.failed(limitedAddress(request), UNKNOWN);
    request.context.principal = found;
  }

  /** Counts a failed attempt. @returns the error to answer */
  private failed(address: string, detail: string): Error {
    if (this.failures.isReached(address)) return this.refusal(address);
    this.failures.count(address);
    return AccessErrors.unauthenticated({ detail });
  }

  private refusal(address: string): Error {
    return RequestErrors.rateLimited({
      detail: 'Too many failed authentications from this address.',
      retryAfter: this.failures.secondsLeft(address),
    });
  }
}

const HOW = 'Send Authorization: Bearer <key>.';
/** The same for all of them, so that a stranger learns nothing of a key. */
const UNKNOWN = 'The key or token is unknown, expired or revoked, or its user is disabled.';

/**
 * @param isDialect takes the scheme `Token` and the header `X-Api-Key`, too
 * @returns null for anything that is no token
 * @throws AppError 401 without a credential, which does not count as a failed attempt
 */
function tokenOf({ headers }: FastifyRequest, isDialect: boolean): string | null {
  const header = headers.authorization;
  const apiKey = isDialect ? headers['x-api-key'] : undefined;
  if (!header && typeof apiKey === 'string' && apiKey !== '') return apiKey;
  if (!header) throw AccessErrors.unauthenticated({ detail: HOW });
  const [scheme = '', token, ...rest] = header.split(' ');
  const schemes = isDialect ? ['bearer', 'token'] : ['bearer'];
  return schemes.includes(scheme.toLowerCase()) && token && rest.length === 0 ? token : null;
}
