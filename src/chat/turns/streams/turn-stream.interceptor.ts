// Answers with a stream of the turn in place of the turn, when the client asks for it. It is outside
// of the interceptor of idempotency: a retry gets the stream of the same turn.
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { catchError, from, mergeMap, type Observable } from 'rxjs';
import { Answer, EVENT_STREAM } from '../../../platform/http/index.js';
import { type OpenStream, OpenStreams } from '../../../platform/streams/index.js';
import type { TurnDto } from '../dto/turn.dto.js';
import { TurnsService } from '../turns.service.js';
import { STREAM_FORMATS, type StreamFormat } from './stream-formats.js';
import { TurnStreams } from './turn-streams.js';

@Injectable()
export class TurnStreamInterceptor implements NestInterceptor {
  constructor(
    private readonly turns: TurnsService,
    private readonly streams: TurnStreams,
    private readonly open: OpenStreams,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const format = formatOf(request);
    if (format === null) return next.handle();
    // One stream too many does not begin a turn.
    const stream = this.open.open();
    return next.handle().pipe(
      mergeMap((result) => from(this.stream(result, stream, request, format))),
      catchError((error: unknown) => {
        stream.close();
        throw error;
      }),
    );
  }

  private async stream(
    result: unknown,
    stream: OpenStream,
    { headers }: FastifyRequest,
    format: StreamFormat,
  ): Promise<Answer<unknown>> {
    const answer = Answer.of(result);
    const { conversationId, id } = answer.body as TurnDto;
    const turn = await this.turns.get(conversationId, id);
    const streamed = this.streams.answer(turn, stream, format, headers['last-event-id']);
    const { body, headers: own } = streamed;
    return new Answer(body, { status: 202, headers: { ...answer.headers, ...own } });
  }
}

/** Of the query, or else of `Accept`. */
function formatOf({ query, headers }: FastifyRequest): StreamFormat | null {
  const { stream } = query as { stream?: unknown };
  const named = STREAM_FORMATS.find((format) => format === stream);
  if (named) return named;
  return headers.accept?.includes(EVENT_STREAM) ? 'threadkeep' : null;
}
