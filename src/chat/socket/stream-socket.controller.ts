import { Controller, Get, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../../platform/config/config.js';
import { AccessibleBy, Request, RequestContexts } from '../../platform/context/index.js';
import { RateLimitStep } from '../../platform/door/index.js';
import { AccessErrors, RequestErrors } from '../../platform/errors/index.js';
import { Operation } from '../../platform/http/index.js';
import { acceptSocket, OpenStreams } from '../../platform/streams/index.js';
import { type SessionRequest, StreamSession } from './stream-session.js';
import { StreamErrors } from './stream-socket.errors.js';
import { WatchedThings } from './watched-things.js';

@ApiTags('turns')
@AccessibleBy('user')
@Controller('v1/stream')
export class StreamSocketController {
  private readonly origins: ReadonlySet<string>;

  constructor(
    private readonly contexts: RequestContexts,
    private readonly open: OpenStreams,
    private readonly limit: RateLimitStep,
    private readonly things: WatchedThings,
    { door }: Config,
  ) {
    this.origins = new Set(door.corsOrigins);
  }

  @Operation({
    summary: 'Watch many things by one WebSocket',
    description:
      'Send `{"type":"watch","conversationId":"…"}`, and get the events of its stream as `{"type":"event","watch":"…","event":"…","id":"…","data":{…}}`. `turnId` beside it watches one turn, and `modelCallId` a model call. `lastEventId` or `afterSeq` goes on; `{"type":"unwatch","id":"…"}` ends. Authenticate by the header, or in a browser by the sub-protocols `threadkeep` and `threadkeep.key.<key>`; its origin must be one of `CORS_ORIGINS`.',
    errors: [
      AccessErrors.forbidden,
      RequestErrors.upgradeRequired,
      RequestErrors.tooManyStreams,
      StreamErrors.watchOpen,
      StreamErrors.noWatch,
    ],
  })
  @Get()
  @ApiResponse({ status: 101, description: 'The WebSocket.' })
  connect(@Request() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.checkOrigin(request.headers.origin);
    // The scope of a name that no user has yet would never see the user that a later request creates.
    if (this.contexts.userScope().provision)
      throw AccessErrors.userNotFound({ detail: 'The first write of this user creates it.' });
    const stream = this.open.open();
    try {
      const socket = acceptSocket(request, reply);
      if (!socket) return stream.close();
      void new StreamSession(socket, stream, this.partsOf(request)).serve();
    } catch (error) {
      stream.close();
      throw error;
    }
  }

  /** A page of another origin is refused, even one that has a key. */
  private checkOrigin(origin: string | undefined): void {
    if (origin === undefined || this.origins.has(origin)) return;
    throw AccessErrors.forbidden({ detail: 'Name this origin in CORS_ORIGINS to let it connect.' });
  }

  /** Keeps nothing else of the request. */
  private partsOf(request: FastifyRequest): SessionRequest {
    const { id, context } = request;
    return {
      id,
      url: request.routeOptions.url!,
      run: (work) => this.contexts.run(context, work),
      countMessage: this.limit.counterOf(request),
      openStream: () => this.open.open(),
      eventsOf: (message, stream) => this.things.eventsOf(message, stream),
    };
  }
}
