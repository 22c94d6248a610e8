// Remembers that a request was done, for routes whose answers or bodies hold secrets: no part of either
// is kept.
import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ownedStatement, ScopedDatabase, statement } from '../database/index.js';
import { IdempotencyErrors } from '../errors/index.js';
import { SigningKeys } from '../signing/index.js';
import { IdempotencyRepository, REPLAY_HOURS } from './idempotency.repository.js';

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * @returns undefined without the header
 * @throws AppError `idempotency.invalid_key`
 */
export function idempotencyKeyOf(request: Pick<FastifyRequest, 'headers'>): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw IdempotencyErrors.invalidKey({ detail: 'It must be 1 to 255 visible ASCII characters.' });
}

/** A key that was used is taken over only when it has expired. */
const INSERT = `
  insert into threadkeep.idempotency_key as k (user_id, key, request_hash, status, headers, body, named)
  values ($1, $2, $3, 204, '{}', 'null', true)
  on conflict (user_id, key) do update set request_hash = excluded.request_hash,
    status = excluded.status, headers = excluded.headers, body = excluded.body,
    named = excluded.named, created_at = now()
    where k.created_at <= now() - interval '${REPLAY_HOURS} hours'
  returning true as marked`;

const MARK = ownedStatement<{ marked: boolean }>('idempotency.mark', INSERT);
const MARK_FOR = statement<{ marked: boolean }>('idempotency.mark_for', INSERT);

/**
 * The operation and its values. Two requests are the same when these are equal. Leave out passwords,
 * which whoever has the database and its keys could guess from the hash.
 */
export type RequestFacts = readonly [operation: string, ...values: (string | null)[]];

/** Without a key, nothing is remembered. */
@Injectable()
export class RequestMarks {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly answers: IdempotencyRepository,
    private readonly keys: SigningKeys,
  ) {}

  /** Whether this request of the user of the scope was done with this key in the last 24 hours. */
  async isDone(key: string | undefined, facts: RequestFacts): Promise<boolean> {
    if (key === undefined) return false;
    const { answer } = await this.answers.find(key);
    if (answer?.requestHash.length !== this.hash(facts).length) return false;
    return timingSafeEqual(answer.requestHash, this.hash(facts));
  }

  /**
   * Marks the request as done, in the transaction of its effect. It waits for another one with the key.
   * @returns false when it was done before
   * @throws AppError `idempotency.key_reused`
   */
  async mark(key: string | undefined, facts: RequestFacts): Promise<boolean> {
    if (key === undefined) return true;
    const marked = await this.database.write(MARK, [key, this.hash(facts)]);
    if (marked.length > 0) return true;
    if (await this.isDone(key, facts)) return false;
    throw IdempotencyErrors.keyReused();
  }

  /** As the system, for a user who was created in this transaction. */
  async markFor(userId: string, key: string | undefined, facts: RequestFacts): Promise<void> {
    if (key !== undefined) await this.database.write(MARK_FOR, [userId, key, this.hash(facts)]);
  }

  private hash(facts: RequestFacts): Buffer {
    return this.keys
      .hmac('request')
      .update(`done ${JSON.stringify(facts)}`)
      .digest();
  }
}
