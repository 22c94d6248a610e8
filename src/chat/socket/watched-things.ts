// Finds what a client wants to watch over a WebSocket, and its events: those of the streams.
import { Injectable } from '@nestjs/common';
import { ConversationErrors, ConversationNames, readReference } from '../../conversations/index.js';
import type { OpenStream } from '../../platform/streams/index.js';
import { ConversationEvents, placeOf } from '../events/conversation-events.js';
import { ModelCallEvents } from '../model-calls/model-call-events.js';
import { ModelCallsService } from '../model-calls/model-calls.service.js';
import { readPosition } from '../turns/streams/reply-position.js';
import { type Beat, OWN_EVENTS } from '../turns/streams/stream-formats.js';
import { TurnStreams } from '../turns/streams/turn-streams.js';
import { TurnsService } from '../turns/turns.service.js';
import type { WatchMessage } from './socket-messages.js';

@Injectable()
export class WatchedThings {
  constructor(
    private readonly names: ConversationNames,
    private readonly conversations: ConversationEvents,
    private readonly turns: TurnsService,
    private readonly turnStreams: TurnStreams,
    private readonly calls: ModelCallsService,
    private readonly callEvents: ModelCallEvents,
  ) {}

  /**
   * Streams what the message names. Ask for it in the scope of the viewer.
   * @param stream is closed at the end of the events
   * @throws AppError 404 when it is not there
   */
  async eventsOf(message: WatchMessage, stream: OpenStream): Promise<AsyncGenerator<Beat>> {
    const { conversationId = '', turnId, modelCallId, afterSeq, lastEventId } = message;
    if (modelCallId !== undefined) {
      await this.calls.get(modelCallId);
      return this.callEvents.events(modelCallId, stream, readPosition(lastEventId));
    }
    const id = await this.names.find(readReference(conversationId));
    if (id === null) throw ConversationErrors.notFound();
    if (turnId !== undefined) {
      const turn = await this.turns.get(id, turnId);
      return this.turnStreams.events(turn, stream, OWN_EVENTS, readPosition(lastEventId));
    }
    const state = await this.conversations.stateOf(id);
    const after = placeOf(state, lastEventId, afterSeq);
    return this.conversations.events(id, state, stream, after);
  }
}
