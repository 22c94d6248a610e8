import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Query,
  UseInterceptors,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { AgentConfigErrors } from '../../agent-config/index.js';
import {
  ConversationErrors,
  ConversationId,
  type ConversationReference,
  ConversationReferenceParameter,
  CREATE_IF_MISSING,
  MessageErrors,
} from '../../conversations/index.js';
import { Config } from '../../platform/config/config.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { BodyLimit, KeepsAsSent } from '../../platform/door/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { Answer, EVENT_STREAM, Operation } from '../../platform/http/index.js';
import { AnsweredFrom, IdempotentPost } from '../../platform/idempotency/index.js';
import {
  IdParameter,
  integer,
  oneOf,
  QueryShape,
  uuid,
  type ValuesOf,
  withDescription,
} from '../../platform/input/index.js';
import { OpenStreams } from '../../platform/streams/index.js';
import { CreateTurnDto, ToolResultsDto } from './dto/create-turn.dto.js';
import { toTurnDto, TurnDto, TurnListDto } from './dto/turn.dto.js';
import { STREAM_FORMATS } from './streams/stream-formats.js';
import { TurnStreams } from './streams/turn-streams.js';
import { TurnStreamInterceptor } from './streams/turn-stream.interceptor.js';
import { TurnAnswer } from './turn-answer.js';
import { pointingToMessage, readToolResults, readTurnRequest } from './turn-request.js';
import { TurnErrors } from './turns.errors.js';
import { TurnsService } from './turns.service.js';

const MAX_TURNS = 100;
const EVENTS = {
  description: 'Server-Sent Events.',
  content: { [EVENT_STREAM]: { schema: { type: 'string' as const } } },
};

const stream = withDescription(
  oneOf(STREAM_FORMATS, undefined),
  'Form of the Server-Sent Events: our own, or the UI message stream of the AI SDK. A POST answers with events when it is given, or with `Accept: text/event-stream`, which means our own.',
);
const createQuery = new QueryShape({
  createIfMissing: CREATE_IF_MISSING,
  stream,
});
const streamQuery = new QueryShape({ stream });
const listQuery = new QueryShape({
  before: withDescription(uuid(), 'Id of a turn: gives older ones.'),
  limit: withDescription(integer(1, MAX_TURNS, 20), 'Turns of the answer, at most.'),
});

@ApiTags('turns')
@AccessibleBy('user')
@Controller('v1/conversations/:id/turns')
export class TurnsController {
  constructor(
    private readonly turns: TurnsService,
    private readonly streams: TurnStreams,
    private readonly open: OpenStreams,
    private readonly config: Config,
  ) {}

  @Operation({
    summary: 'Let a model answer',
    description:
      'Stores the message, calls the model with the context of the conversation, and stores its reply while it grows. The turn goes on when the client goes away. Send an `Idempotency-Key`: a retry gets the same turn.',
    errors: [
      ConversationErrors.notFound,
      ConversationErrors.unknownMessage,
      ConversationErrors.headMoved,
      MessageErrors.keyTaken,
      RequestErrors.refused,
      RequestErrors.tooManyStreams,
      TurnErrors.busy,
      TurnErrors.queueFull,
      TurnErrors.inputTooLarge,
      TurnErrors.noModel,
      TurnErrors.notConfigured,
      TurnErrors.unknownProvider,
      ConversationErrors.agentConfigNotFound,
      AgentConfigErrors.ambiguous,
    ],
  })
  @BodyLimit('large')
  @KeepsAsSent()
  @IdempotentPost()
  @AnsweredFrom(TurnAnswer)
  @UseInterceptors(TurnStreamInterceptor)
  @HttpCode(202)
  @ApiParam({ name: 'id', type: String })
  @createQuery.document()
  @ApiBody({ type: CreateTurnDto })
  @ApiAcceptedResponse({ type: TurnDto })
  async create(
    @Param('id', ConversationReferenceParameter) id: ConversationReference,
    @Body() body: unknown,
    @Query(createQuery) { createIfMissing }: ValuesOf<typeof createQuery>,
    @Headers('cache-control') cacheControl: unknown,
  ): Promise<TurnDto> {
    return pointingToMessage(body, async () => {
      const request = readTurnRequest(body, cacheControl, this.config.replyCacheTtl);
      return toTurnDto(await this.turns.create(id, request, createIfMissing));
    });
  }

  @Operation({ summary: 'List the turns of a conversation', errors: [ConversationErrors.notFound] })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: TurnListDto })
  async list(
    @Param('id', ConversationId) id: string,
    @Query(listQuery) { before, limit }: ValuesOf<typeof listQuery>,
  ): Promise<TurnListDto> {
    return { data: (await this.turns.list(id, before ?? null, limit)).map(toTurnDto) };
  }

  @Operation({
    summary: 'Watch the running turn',
    description:
      'Streams the turn that is running, from its beginning. 204 when none is: so a client that comes back asks here.',
    errors: [ConversationErrors.notFound, RequestErrors.tooManyStreams],
  })
  @Get('running/events')
  @streamQuery.document()
  @ApiOkResponse(EVENTS)
  @ApiNoContentResponse({ description: 'No turn is running.' })
  async running(
    @Param('id', ConversationId) id: string,
    @Query(streamQuery) query: ValuesOf<typeof streamQuery>,
    @Headers('last-event-id') lastEventId: unknown,
  ): Promise<Answer<unknown>> {
    const turn = await this.turns.active(id);
    return turn
      ? this.streams.answer(turn, this.open.open(), query.stream ?? 'threadkeep', lastEventId)
      : new Answer(undefined, { status: 204 });
  }

  @Operation({
    summary: 'Read a turn',
    errors: [ConversationErrors.notFound, TurnErrors.notFound],
  })
  @Get(':turnId')
  @ApiOkResponse({ type: TurnDto })
  async get(
    @Param('id', ConversationId) id: string,
    @Param('turnId', IdParameter) turnId: string,
  ): Promise<TurnDto> {
    return toTurnDto(await this.turns.get(id, turnId));
  }

  @Operation({
    summary: 'Watch a turn',
    description:
      'Streams the turn until it has ended: `turn`, `delta` and `part` events. `Last-Event-ID` goes on after an event, on whichever process.',
    errors: [ConversationErrors.notFound, TurnErrors.notFound, RequestErrors.tooManyStreams],
  })
  @Get(':turnId/events')
  @streamQuery.document()
  @ApiOkResponse(EVENTS)
  async events(
    @Param('id', ConversationId) id: string,
    @Param('turnId', IdParameter) turnId: string,
    @Query(streamQuery) query: ValuesOf<typeof streamQuery>,
    @Headers('last-event-id') lastEventId: unknown,
  ): Promise<Answer<unknown>> {
    const turn = await this.turns.get(id, turnId);
    const { stream = 'threadkeep' } = query;
    return this.streams.answer(turn, this.open.open(), stream, lastEventId);
  }

  @Operation({
    summary: 'Cancel a turn',
    description: 'The call of the model ends, and what it said until then stays.',
    errors: [ConversationErrors.notFound, TurnErrors.notFound],
  })
  @IdempotentPost(':turnId/cancel')
  @AnsweredFrom(TurnAnswer)
  @HttpCode(202)
  @ApiAcceptedResponse({ type: TurnDto })
  async cancel(
    @Param('id', ConversationId) id: string,
    @Param('turnId', IdParameter) turnId: string,
  ): Promise<TurnDto> {
    return toTurnDto(await this.turns.cancel(id, turnId));
  }

  @Operation({
    summary: 'Give a turn the results of its tools',
    description: 'Stores the results behind the reply, and calls the model again.',
    errors: [
      ConversationErrors.notFound,
      TurnErrors.notFound,
      TurnErrors.busy,
      TurnErrors.notWaiting,
      TurnErrors.notConfigured,
      RequestErrors.refused,
      RequestErrors.tooManyStreams,
    ],
  })
  @BodyLimit('large')
  @KeepsAsSent()
  @IdempotentPost(':turnId/tool-results')
  @AnsweredFrom(TurnAnswer)
  @UseInterceptors(TurnStreamInterceptor)
  @HttpCode(202)
  @ApiBody({ type: ToolResultsDto })
  @ApiAcceptedResponse({ type: TurnDto })
  async giveResults(
    @Param('id', ConversationId) id: string,
    @Param('turnId', IdParameter) turnId: string,
    @Body() body: unknown,
  ): Promise<TurnDto> {
    return toTurnDto(await this.turns.giveResults(id, turnId, readToolResults(body)));
  }
}
