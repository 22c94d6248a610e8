// The client of a request that may have no credential.
import type { FastifyRequest } from 'fastify';
import { limitedAddress } from '../../platform/door/index.js';
import { idempotencyKeyOf } from '../../platform/idempotency/index.js';

export interface Caller {
  /** The address, in the form of the rate limits. */
  readonly address: string;
  /** The `User-Agent` of the request. */
  readonly client: string | undefined;
}

export const callerOf = (request: FastifyRequest): Caller => ({
  address: limitedAddress(request),
  client: request.headers['user-agent'],
});

/** The client of a request that can be repeated safely. */
export interface RepeatingCaller extends Caller {
  readonly idempotencyKey: string | undefined;
}

/** @throws AppError `idempotency.invalid_key` */
export const repeatingCallerOf = (request: FastifyRequest): RepeatingCaller => ({
  ...callerOf(request),
  idempotencyKey: idempotencyKeyOf(request),
});
