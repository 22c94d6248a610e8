// Recognises a repeated request by a hash of its method, URL and body.
import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SigningKeys } from '../signing/index.js';

type Hashed = Pick<FastifyRequest, 'method' | 'url' | 'rawBody'>;

@Injectable()
export class RequestHash {
  constructor(private readonly keys: SigningKeys) {}

  /** A keyed hash (HMAC), so that a guessable secret in a body cannot be found from it. */
  of({ method, url, rawBody }: Hashed): Buffer {
    return this.keys
      .hmac('request')
      .update(`${method} ${url}\n`)
      .update(rawBody ?? '')
      .digest();
  }

  /**
   * Also accepts unkeyed hashes of an earlier release, so that a retry across the upgrade is
   * recognised.
   */
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
