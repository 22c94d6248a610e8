// Tells whether a request under a used Idempotency-Key is the same one: method, address and body.
import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SigningKeys } from '../signing/index.js';

type Hashed = Pick<FastifyRequest, 'method' | 'url' | 'rawBody'>;

@Injectable()
export class RequestHash {
  constructor(private readonly keys: SigningKeys) {}

  /** Under a key of the service: a body that holds a guessable secret cannot be guessed from its hash. */
  of({ method, url, rawBody }: Hashed): Buffer {
    return this.keys
      .hmac('request')
      .update(`${method} ${url}\n`)
      .update(rawBody ?? '')
      .digest();
  }

  /** Also for what the release before kept, without a key: a retry across the upgrade is still the same request. */
  matches(request: Hashed, kept: Buffer): boolean {
    return isEqual(this.of(request), kept) || isEqual(withoutKey(request), kept);
  }
}

const withoutKey = ({ method, url, rawBody }: Hashed): Buffer =>
  createHash('sha256')
    .update(`${method} ${url}\n`)
    .update(rawBody ?? '')
    .digest();

const isEqual = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other);
