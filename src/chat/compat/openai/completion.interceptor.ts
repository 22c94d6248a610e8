// Answers with the completion of the turn that was begun, or with its stream. It is outside of the
// interceptor of idempotency: the model is called after the commit, and a retry gets the same reply.
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, from, mergeMap, type Observable } from 'rxjs';
import { type AppErrorFactory } from '../../../platform/errors/index.js';
import { Answer, eventStream } from '../../../platform/http/index.js';
import { type OpenStream, OpenStreams } from '../../../platform/streams/index.js';
import { TurnStreams } from '../../turns/streams/turn-streams.js';
import type { TurnRow } from '../../turns/turns.repository.js';
import { TurnsService } from '../../turns/turns.service.js';
import { type CompletionFailure, CompletionWriter, firstReplyOf } from './completion-writer.js';
import { type CompletionForm, readCompletionForm } from './completion-request.js';
import { CompletionErrors } from './completions.errors.js';
import type { PendingCompletion } from './completions.service.js';

@Injectable()
export class CompletionInterceptor implements NestInterceptor {
  constructor(
    private readonly turns: TurnsService,
    private readonly streams: TurnStreams,
    private readonly open: OpenStreams,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const stream = this.open.open();
    const answer = (result: unknown) =>
      from(this.answer(Answer.of(result), stream, request, reply));
    return next.handle().pipe(
      mergeMap(answer),
      catchError((error: unknown) => {
        stream.close();
        throw error;
      }),
    );
  }

  private async answer(
    { body, headers }: Answer<unknown>,
    open: OpenStream,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Answer<unknown>> {
    const pending = body as PendingCompletion;
    const form = readCompletionForm(request.body);
    const turn = await this.turnOf(pending);
    const writer = new CompletionWriter(pending.turn, form, pending.usedBefore);
    const events = this.streams.events(turn, open, writer, null);
    const begun = await firstOf(events, form, () => reply.raw.destroyed);
    if (begun !== null) {
      const { body: stream, headers: own } = eventStream(
        joined(writer, begun, events),
        {},
        open.close,
      );
      return new Answer(stream, { status: 200, headers: { ...headers, ...own } });
    }
    if (!writer.failure) return new Answer(writer.completion(), { status: 200, headers });
    // The same request again would call the model again.
    void reply.header('x-should-retry', 'false');
    throw errorOf(writer.failure);
  }

  /** The turn, as it was when it waited for what came behind this reply. */
  private async turnOf({ turn: { conversationId, id, replyId, replySeq } }: PendingCompletion) {
    const turn = await this.turns.get(conversationId, id);
    if (firstReplyOf(turn) === replyId) return turn;
    const state = 'waiting_for_tools' as const;
    const before = { replyId, replySeq, rounds: [] };
    return { ...turn, ...before, state, error: null, usage: null } satisfies TurnRow;
  }
}

/**
 * Waits for the first words of a stream, or for the end of the reply.
 * @returns null when there is no stream: the whole reply is asked for, or it has failed before it
 * began
 */
async function firstOf(
  events: AsyncGenerator<string>,
  { isStream }: CompletionForm,
  isGone: () => boolean,
): Promise<string | null> {
  for (;;) {
    const next: IteratorResult<string, unknown> = await events.next();
    if (next.done === true) return null;
    if (isStream && next.value !== '') return next.value;
    if (isGone()) await events.return(undefined);
  }
}

/** A heart-beat may come before the model answers. The head of the stream is sent with it. */
async function* joined(writer: CompletionWriter, begun: string, rest: AsyncGenerator<string>) {
  yield writer.open() + begun;
  yield* rest;
}

const ERRORS: Readonly<Record<string, AppErrorFactory>> = {
  'model.refused': CompletionErrors.modelRefused,
  'model.not_configured': CompletionErrors.modelRefused,
  'model.rate_limited': CompletionErrors.modelLimited,
  'model.unavailable': CompletionErrors.modelUnavailable,
  'model.busy': CompletionErrors.modelBusy,
  'model.timeout': CompletionErrors.modelTimeout,
  'context.budget_too_small': CompletionErrors.tooLong,
  'turn.left': CompletionErrors.modelUnavailable,
  'turn.stopped': CompletionErrors.modelUnavailable,
  'turn.cancelled': CompletionErrors.ended,
};

/** Seconds after which a call may find a place. */
const BUSY_SECONDS = 5;

function errorOf({ code, message }: CompletionFailure): Error {
  const make = ERRORS[code] ?? CompletionErrors.modelFailed;
  const wait = code === 'model.busy' ? { retryAfter: BUSY_SECONDS } : {};
  return make({ detail: message, extra: { turnError: code }, ...wait });
}
