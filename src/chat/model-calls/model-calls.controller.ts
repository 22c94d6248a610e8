import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import { AgentConfigErrors } from '../../agent-config/index.js';
import { ConversationErrors } from '../../conversations/index.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { BodyLimit } from '../../platform/door/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import {
  type Answer,
  EVENT_STREAM,
  type EventStream,
  eventStream,
  Operation,
  paged,
} from '../../platform/http/index.js';
import { AnsweredFrom, IdempotentPost } from '../../platform/idempotency/index.js';
import { IdParameter } from '../../platform/input/index.js';
import { type ListQuery, ListQueryPipe } from '../../platform/list/index.js';
import { OpenStreams } from '../../platform/streams/index.js';
import { readPosition } from '../turns/streams/reply-position.js';
import { sseOf } from '../turns/streams/stream-formats.js';
import { TurnErrors } from '../turns/turns.errors.js';
import { CreateModelCallDto } from './dto/create-model-call.dto.js';
import { ModelCallDto, ModelCallPageDto, toModelCallDto } from './dto/model-call.dto.js';
import { ModelCallAnswer } from './model-call-answer.js';
import { ModelCallEvents } from './model-call-events.js';
import { modelCallList } from './model-call.list.js';
import { readModelCall } from './model-call-request.js';
import { ModelCallErrors } from './model-calls.errors.js';
import { ModelCallsService } from './model-calls.service.js';

const listQuery = new ListQueryPipe(modelCallList);

@ApiTags('model calls')
@AccessibleBy('user')
@Controller('v1/model-calls')
export class ModelCallsController {
  constructor(
    private readonly calls: ModelCallsService,
    private readonly events: ModelCallEvents,
    private readonly open: OpenStreams,
  ) {}

  @Operation({
    summary: 'Let a model answer in the background',
    description:
      'Calls a model with these messages, and without a conversation, when there is a place at its provider: read the call until its `state` is final. Users take turns. Send an `Idempotency-Key`: a retry gets the same call.',
    errors: [
      RequestErrors.refused,
      TurnErrors.noModel,
      TurnErrors.notConfigured,
      TurnErrors.unknownProvider,
      ConversationErrors.agentConfigNotFound,
      AgentConfigErrors.ambiguous,
      ModelCallErrors.queueFull,
    ],
  })
  @BodyLimit('large')
  @IdempotentPost()
  @AnsweredFrom(ModelCallAnswer)
  @HttpCode(202)
  @ApiBody({ type: CreateModelCallDto })
  @ApiAcceptedResponse({ type: ModelCallDto })
  async create(@Body() body: unknown): Promise<ModelCallDto> {
    return toModelCallDto(await this.calls.create(readModelCall(body)));
  }

  @Operation({
    summary: 'List model calls',
    description:
      'Newest first, without their replies. `filter[state]=failed`: those that can be tried again. A call is kept for `MODEL_CALL_RETENTION_DAYS` after its end.',
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: ModelCallPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.calls.list(query));
  }

  @Operation({ summary: 'Read a model call', errors: [ModelCallErrors.notFound] })
  @Get(':id')
  @ApiOkResponse({ type: ModelCallDto })
  async get(@Param('id', IdParameter) id: string): Promise<ModelCallDto> {
    return toModelCallDto(await this.calls.get(id));
  }

  @Operation({
    summary: 'Watch a model call',
    description:
      'Streams the call until it has ended: `call` with the call, whenever its state or its place in the queue has changed; `delta` and `part` with what the model says, when the call runs in the process that answers. The last `call` has the whole reply.',
    errors: [ModelCallErrors.notFound, RequestErrors.tooManyStreams],
  })
  @Get(':id/events')
  @ApiOkResponse({
    description: 'Server-Sent Events.',
    content: { [EVENT_STREAM]: { schema: { type: 'string' } } },
  })
  async watch(
    @Param('id', IdParameter) id: string,
    @Headers('last-event-id') lastEventId: unknown,
  ): Promise<Answer<EventStream>> {
    await this.calls.get(id);
    const stream = this.open.open();
    const events = this.events.events(id, stream, readPosition(lastEventId));
    return eventStream(sseOf(events), {}, stream.close);
  }

  @Operation({
    summary: 'Cancel a model call',
    description: 'One that waits ends at once. One that runs ends soon, and keeps what was said.',
    errors: [ModelCallErrors.notFound],
  })
  @IdempotentPost(':id/cancel')
  @AnsweredFrom(ModelCallAnswer)
  @HttpCode(202)
  @ApiAcceptedResponse({ type: ModelCallDto })
  async cancel(@Param('id', IdParameter) id: string): Promise<ModelCallDto> {
    return toModelCallDto(await this.calls.cancel(id));
  }

  @Operation({
    summary: 'Run a failed model call again',
    description: 'It waits as a new call does, with the same request.',
    errors: [ModelCallErrors.notFound, ModelCallErrors.notFailed, ModelCallErrors.queueFull],
  })
  @IdempotentPost(':id/retry')
  @AnsweredFrom(ModelCallAnswer)
  @HttpCode(202)
  @ApiAcceptedResponse({ type: ModelCallDto })
  async retry(@Param('id', IdParameter) id: string): Promise<ModelCallDto> {
    return toModelCallDto(await this.calls.retry(id));
  }

  @Operation({
    summary: 'Delete a model call',
    description: 'Also one that waits or runs, which ends.',
    errors: [ModelCallErrors.notFound],
  })
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Deleted.' })
  async remove(@Param('id', IdParameter) id: string): Promise<void> {
    await this.calls.remove(id);
  }
}
