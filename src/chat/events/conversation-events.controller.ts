import { Controller, Get, Headers, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ConversationErrors, ConversationId } from '../../conversations/index.js';
import { AccessibleBy } from '../../platform/context/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import {
  type Answer,
  EVENT_STREAM,
  type EventStream,
  eventStream,
  Operation,
} from '../../platform/http/index.js';
import {
  integer,
  MAX_INTEGER,
  QueryShape,
  type ValuesOf,
  withDescription,
} from '../../platform/input/index.js';
import { OpenStreams } from '../../platform/streams/index.js';
import { type Beat, HEART_BEAT, sseOf } from '../turns/streams/stream-formats.js';
import { ConversationEvents, placeOf } from './conversation-events.js';

const query = new QueryShape({
  afterSeq: withDescription(
    integer(0, MAX_INTEGER, undefined),
    'The `seq` of the last message that the client has: later ones are sent first. `Last-Event-ID` comes before it.',
  ),
});

@ApiTags('turns')
@AccessibleBy('user')
@Controller('v1/conversations/:id/events')
export class ConversationEventsController {
  constructor(
    private readonly events: ConversationEvents,
    private readonly open: OpenStreams,
  ) {}

  @Operation({
    summary: 'Watch a conversation',
    description:
      'Streams what changes in the conversation: `message` with a message that was appended, finished, removed or redacted; `delta` and `part` with what was added to a message in progress; `turn` with a turn that changed; `head` when another message is the last one shown; `read` when messages were marked as read; `leave` when the stream ends. `Last-Event-ID` goes on after an event, on whichever process.',
    errors: [ConversationErrors.notFound, RequestErrors.tooManyStreams],
  })
  @Get()
  @query.document()
  @ApiOkResponse({
    description: 'Server-Sent Events.',
    content: { [EVENT_STREAM]: { schema: { type: 'string' } } },
  })
  async watch(
    @Param('id', ConversationId) id: string,
    @Query(query) { afterSeq }: ValuesOf<typeof query>,
    @Headers('last-event-id') lastEventId: unknown,
  ): Promise<Answer<EventStream>> {
    const state = await this.events.stateOf(id);
    const after = placeOf(state, lastEventId, afterSeq);
    const stream = this.open.open();
    return eventStream(lines(this.events.events(id, state, stream, after)), {}, stream.close);
  }
}

async function* lines(events: AsyncGenerator<Beat>): AsyncGenerator<string> {
  // The head of the answer is sent with it.
  yield HEART_BEAT;
  yield* sseOf(events);
}
