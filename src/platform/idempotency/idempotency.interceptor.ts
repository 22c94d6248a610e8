// `Idempotency-Key` on any POST: the answer, or what it is made from again, is kept in the transaction of the write, and a retry gets it back.
import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  Post,
  SetMetadata,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ScopedDatabase } from '../database/index.js';
import { AppError, IdempotencyErrors } from '../errors/index.js';
import { ANSWER_REFERENCE, type AnswerReference, subjectsIn } from './answer-reference.js';
import {
  ERASED,
  IdempotencyRepository,
  type NewAnswer,
  type RememberedAnswer,
} from './idempotency.repository.js';
import { RequestHash } from './request-hash.js';

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
    private readonly hash: RequestHash,
    private readonly reflector: Reflector,
    private readonly modules: ModuleRef,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = request.headers['idempotency-key'];
    if (key === undefined) return next.handle();
    if (typeof key !== 'string' || !KEY.test(key)) {
      throw IdempotencyErrors.invalidKey({
        detail: 'It must be 1 to 255 visible ASCII characters.',
      });
    }
    const route = this.routeOf(context);
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return from(
      this.database.transaction(() => this.once(key, request, reply, next, route), {
        idempotent: true,
      }),
    );
  }

  private async once(
    key: string,
    request: FastifyRequest,
    reply: FastifyReply,
    next: CallHandler,
    route: RouteAnswers,
  ): Promise<unknown> {
    if (!(await this.answers.lock(key))) throw IdempotencyErrors.inFlight({ retryAfter: 1 });
    const { answer, lastErasure } = await this.answers.find(key);
    if (answer) return this.replay(answer, request, reply, route);
    const body: unknown = await lastValueFrom(next.handle());
    await this.answers.save(key, this.kept(body, request, reply, route), lastErasure);
    return body;
  }

  private async replay(
    answer: RememberedAnswer,
    request: FastifyRequest,
    reply: FastifyReply,
    { reference }: RouteAnswers,
  ): Promise<unknown> {
    if (!this.hash.matches(request, answer.requestHash)) throw IdempotencyErrors.keyReused();
    if (answer.status === ERASED) throw IdempotencyErrors.erased();
    const stored: unknown = JSON.parse(answer.body);
    // The release before kept whole answers, and knew no subjects.
    const body = reference && answer.named ? await again(reference, stored) : stored;
    void reply.status(answer.status).headers(answer.headers).header('idempotent-replayed', 'true');
    return body;
  }

  private kept(
    body: unknown,
    request: FastifyRequest,
    reply: FastifyReply,
    { omitted, reference }: RouteAnswers,
  ): NewAnswer {
    const text = JSON.stringify(reference ? reference.refer(body) : shown(body, omitted));
    const headers = headersOf(reply);
    const subjects = subjectsIn(request.url, text, ...Object.values(headers));
    return {
      requestHash: this.hash.of(request),
      status: reply.statusCode,
      headers,
      body: text,
      subjects,
    };
  }

  private routeOf(context: ExecutionContext): RouteAnswers {
    const handler = context.getHandler();
    const reference = this.reflector.get<Type<AnswerReference> | undefined>(
      ANSWER_REFERENCE,
      handler,
    );
    return {
      omitted: this.reflector.get<string | undefined>(OMITTED, handler),
      reference: reference && this.modules.get(reference, { strict: false }),
    };
  }
}

/** What a route says of its answers. */
interface RouteAnswers {
  omitted: string | undefined;
  reference: AnswerReference | undefined;
}

/** @throws AppError `idempotency.erased` when what the answer is made from is gone */
async function again(reference: AnswerReference, stored: unknown): Promise<unknown> {
  const body = await reference.repeat(stored as never).catch((error: unknown) => {
    if (error instanceof AppError && error.definition.status < 500) return null;
    throw error;
  });
  if (body === null) throw IdempotencyErrors.erased();
  return body;
}

function headersOf(reply: FastifyReply): Record<string, string> {
  const present = REPLAYED_HEADERS.filter((name) => reply.hasHeader(name));
  return Object.fromEntries(present.map((name) => [name, String(reply.getHeader(name))]));
}

const shown = (body: unknown, omitted?: string): unknown =>
  omitted ? { ...(body as object), [omitted]: null } : (body ?? null);

/** Nest's `@Post` with `Idempotency-Key`. Every POST is declared with it; the scope matrix fails for one that is not. */
export const IdempotentPost = (path?: string) =>
  applyDecorators(Post(path), UseInterceptors(IdempotencyInterceptor));
