// Supports `Idempotency-Key` on every POST, and on a PUT that a retry must not do twice: keeps the
// answer in the transaction of the write, and replays it to a retry.
import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  Post,
  Put,
  SetMetadata,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ScopedDatabase } from '../database/index.js';
import { AppError, IdempotencyErrors } from '../errors/index.js';
import { Answer, REPLAYED } from '../http/answer.js';
import { TakesIdempotencyKey } from '../http/openapi/operation.js';
import { ANSWER_REFERENCE, type AnswerReference, subjectsIn } from './answer-reference.js';
import {
  ERASED,
  IdempotencyRepository,
  type NewAnswer,
  type RememberedAnswer,
} from './idempotency.repository.js';
import { RequestHash } from './request-hash.js';
import { idempotencyKeyOf } from './request-marks.js';
import { SealedAnswers } from './sealed-answers.js';

const OMITTED = Symbol('omitted on replay');

/** Keeps a field that is shown once out of the stored answer. A replay has null in its place. */
export const OmitOnReplay = (field: string) => SetMetadata(OMITTED, field);

@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly answers: IdempotencyRepository,
    private readonly hash: RequestHash,
    private readonly sealed: SealedAnswers,
    private readonly reflector: Reflector,
    private readonly modules: ModuleRef,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = idempotencyKeyOf(request);
    if (key === undefined) return next.handle();
    const route = this.routeOf(context);
    const once = () => this.once(key, request, next, route);
    return from(this.database.transaction(once, { idempotent: true }));
  }

  private async once(
    key: string,
    request: FastifyRequest,
    next: CallHandler,
    route: RouteAnswers,
  ): Promise<unknown> {
    if (!(await this.answers.lock(key))) throw IdempotencyErrors.inFlight({ retryAfter: 1 });
    const { answer, lastErasure } = await this.answers.find(key);
    if (answer) return this.replay(answer, request, route);
    const result: unknown = await lastValueFrom(next.handle());
    await this.answers.save(key, await this.kept(result, request, route), lastErasure);
    return result;
  }

  private async replay(
    { requestHash, status, headers, body, named }: RememberedAnswer,
    request: FastifyRequest,
    { reference }: RouteAnswers,
  ): Promise<Answer<unknown>> {
    if (!this.hash.matches(request, requestHash)) throw IdempotencyErrors.keyReused();
    if (status === ERASED) throw IdempotencyErrors.erased();
    const stored: unknown = JSON.parse(await this.sealed.open(requestHash, body));
    // An earlier release kept whole answers, without subjects.
    const answered = reference && named ? await again(reference, stored) : stored;
    return new Answer(answered, { status, headers: { ...headers, ...REPLAYED } });
  }

  private async kept(
    result: unknown,
    request: FastifyRequest,
    { defaultStatus, omitted, reference }: RouteAnswers,
  ): Promise<NewAnswer> {
    const { body, status = defaultStatus, headers } = Answer.of(result);
    const text = JSON.stringify(
      reference ? await reference.refer(body as never) : shown(body, omitted),
    );
    const subjects = subjectsIn(request.url, text, ...Object.values(headers));
    const requestHash = this.hash.of(request);
    // A reference has no content of rows, and may be sealed already.
    const kept = reference ? text : await this.sealed.seal(requestHash, text);
    // Nobody could read it again, and the request is not to be done twice.
    if (kept === null) return { requestHash, status: ERASED, headers: {}, body: '', subjects };
    return { requestHash, status, headers, body: kept, subjects };
  }

  private routeOf(context: ExecutionContext): RouteAnswers {
    const handler = context.getHandler();
    const reference = this.reflector.get<Type<AnswerReference> | undefined>(
      ANSWER_REFERENCE,
      handler,
    );
    return {
      defaultStatus: context.switchToHttp().getResponse<FastifyReply>().statusCode,
      omitted: this.reflector.get<string | undefined>(OMITTED, handler),
      reference: reference && this.modules.get(reference, { strict: false }),
    };
  }
}

/** How a route's answers are kept. */
interface RouteAnswers {
  /** The status when the handler sets none. */
  defaultStatus: number;
  omitted: string | undefined;
  reference: AnswerReference | undefined;
}

/** @throws AppError `idempotency.erased` when the rows of the answer were erased */
async function again(reference: AnswerReference, stored: unknown): Promise<unknown> {
  const body = await reference.repeat(stored as never).catch((error: unknown) => {
    if (error instanceof AppError && error.definition.status < 500) return null;
    throw error;
  });
  if (body === null) throw IdempotencyErrors.erased();
  return body;
}

const shown = (body: unknown, omitted?: string): unknown =>
  omitted ? { ...(body as object), [omitted]: null } : (body ?? null);

/**
 * Replaces Nest's `@Post`, and supports `Idempotency-Key`. The scope matrix fails for a POST
 * without it.
 */
export const IdempotentPost = (path?: string) => applyDecorators(Post(path), Idempotent());

/** Replaces Nest's `@Put` where what is written depends on what is there. */
export const IdempotentPut = (path?: string) => applyDecorators(Put(path), Idempotent());

const Idempotent = () =>
  applyDecorators(UseInterceptors(IdempotencyInterceptor), TakesIdempotencyKey());
