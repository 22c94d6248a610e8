// `Idempotency-Key` on any POST: the answer is stored in the transaction of the write, and a retry gets it back.
import { createHash } from 'node:crypto';
import { applyDecorators, type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, Post, SetMetadata, UseInterceptors } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ScopedDatabase } from '../database/index.js';
import { IdempotencyErrors } from '../errors/index.js';
import { ERASED, IdempotencyRepository, type RememberedAnswer } from './idempotency.repository.js';

const OMITTED = Symbol('omitted on replay');

/** A field that is shown once and must not be stored: a replay carries it as null. */
export const OmitOnReplay = (field: string) => SetMetadata(OMITTED, field);

const KEY = /^[\x21-\x7e]{1,255}$/;
/** The type too, where a handler has set one: its body is a text that must go out as it is. */
const REPLAYED_HEADERS = ['etag', 'location', 'content-type'];

@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly answers: IdempotencyRepository,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = request.headers['idempotency-key'];
    if (key === undefined) return next.handle();
    if (typeof key !== 'string' || !KEY.test(key)) {
      throw IdempotencyErrors.invalidKey({ detail: 'It must be 1 to 255 visible ASCII characters.' });
    }
    const omitted = this.reflector.get<string | undefined>(OMITTED, context.getHandler());
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return from(this.database.transaction(() => this.once(key, request, reply, next, omitted), { idempotent: true }));
  }

  private async once(key: string, request: FastifyRequest, reply: FastifyReply, next: CallHandler, omitted?: string): Promise<unknown> {
    if (!(await this.answers.lock(key))) throw IdempotencyErrors.inFlight({ retryAfter: 1 });
    const requestHash = hashOf(request);
    const known = await this.answers.find(key);
    if (known) return replay(known, requestHash, reply);
    const body: unknown = await lastValueFrom(next.handle());
    await this.answers.save(key, { requestHash, status: reply.statusCode, headers: headersOf(reply), body: stored(body, omitted) });
    return body;
  }
}

function replay(known: RememberedAnswer, requestHash: Buffer, reply: FastifyReply): unknown {
  if (!known.requestHash.equals(requestHash)) throw IdempotencyErrors.keyReused();
  if (known.status === ERASED) throw IdempotencyErrors.erased();
  void reply.status(known.status).headers(known.headers).header('idempotent-replayed', 'true');
  return JSON.parse(known.body) as unknown;
}

/** Method, address and body: the same key with anything else is another request. */
function hashOf(request: FastifyRequest): Buffer {
  const hash = createHash('sha256').update(`${request.method} ${request.url}\n`);
  return hash.update(request.rawBody ?? '').digest();
}

function headersOf(reply: FastifyReply): Record<string, string> {
  const present = REPLAYED_HEADERS.filter((name) => reply.hasHeader(name));
  return Object.fromEntries(present.map((name) => [name, String(reply.getHeader(name))]));
}

function stored(body: unknown, omitted?: string): string {
  return JSON.stringify(omitted ? { ...(body as object), [omitted]: null } : (body ?? null));
}

/** Nest's `@Post` with `Idempotency-Key`. Every POST is declared with it; the scope matrix fails for one that is not. */
export const IdempotentPost = (path?: string) => applyDecorators(Post(path), UseInterceptors(IdempotencyInterceptor));
