// Streams of a model call: its state and place in the queue, and what the model says while it runs in
// this process. Another process tells of the reply when the call has ended, as nothing is stored before.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { toAppError } from '../../platform/errors/index.js';
import {
  ChangeFeed,
  nextChange,
  type OpenStream,
  type Viewer,
} from '../../platform/streams/index.js';
import type { Reply } from '../turns/run/reply.js';
import { ReplyCursor, type ReplyPosition, writePosition } from '../turns/streams/reply-position.js';
import { type Beat, leaveEvent } from '../turns/streams/stream-formats.js';
import { leaveReasonOf } from '../turns/streams/turn-streams.js';
import { toModelCallDto } from './dto/model-call.dto.js';
import { isFinalCall } from './model-call.entity.js';
import { ModelCallsService } from './model-calls.service.js';
import { ModelCallRunner } from './run/model-call-runner.js';

/** Milliseconds between two looks at a reply that grows in this process. */
const MIN_INTERVAL_MS = 20;
/** Milliseconds after which a call that runs here is read again, and between two heart-beats. */
const CHECK_INTERVAL_MS = 5_000;

@Injectable()
export class ModelCallEvents {
  constructor(
    private readonly calls: ModelCallsService,
    private readonly runner: ModelCallRunner,
    private readonly feed: ChangeFeed,
    private readonly contexts: RequestContexts,
  ) {}

  /**
   * Streams a call until it has ended. Ask for it in the scope of the viewer.
   * @param stream is closed at the end
   * @param after where the viewer is, with the number of the run as `seq`; null for the beginning
   */
  async *events(id: string, stream: OpenStream, after: ReplyPosition | null): AsyncGenerator<Beat> {
    const watch = this.feed.watch(id);
    const context = this.contexts.current();
    // A replica may not have what the feed tells of.
    if (context) context.allowsReplica = false;
    try {
      yield* this.watched(id, { stream, watch }, after);
    } catch (error) {
      // The call, or the right to see it, is gone.
      const { definition } = toAppError(error);
      if (definition.status >= 500) throw error;
      yield leaveEvent(definition.title);
    } finally {
      watch.close();
      stream.close();
    }
  }

  private async *watched(
    id: string,
    viewer: Viewer,
    after: ReplyPosition | null,
  ): AsyncGenerator<Beat> {
    const { stream, watch } = viewer;
    let sent = '';
    let sentAt = performance.now();
    let live: LiveReply | undefined;
    while (!stream.end) {
      const { version } = watch;
      const readAt = performance.now();
      const call = await this.calls.get(id);
      // What was seen growing is read to the end.
      if (live) yield* added(live);
      const data = toModelCallDto(call);
      const text = JSON.stringify(data);
      if (text !== sent || readAt - sentAt >= CHECK_INTERVAL_MS) {
        yield text === sent ? null : { event: 'call', id: null, data };
        [sent, sentAt] = [text, readAt];
      }
      if (isFinalCall(call.state)) return;
      const reply = call.state === 'running' ? this.runner.replyOf(id) : undefined;
      if (reply) {
        const run = call.attempts;
        if (live?.run !== run) live = { run, reply, cursor: cursorIn(run, after, reply) };
        yield* said(live, viewer, version);
      }
      await this.feed.nextRead(viewer, version, readAt);
    }
    yield leaveEvent(leaveReasonOf(stream));
  }
}

/** What a viewer has of a reply that grows in this process. */
interface LiveReply {
  /** Number of the run. */
  run: number;
  reply: Reply;
  cursor: ReplyCursor;
}

function cursorIn(run: number, after: ReplyPosition | null, reply: Reply): ReplyCursor {
  const cursor = new ReplyCursor(run);
  if (after?.seq === run) cursor.skipTo(reply.values, after);
  return cursor;
}

/** What the model says, until something of the call has changed, or for a while. */
async function* said(
  live: LiveReply,
  { stream, watch }: Viewer,
  heard: number,
): AsyncGenerator<Beat> {
  const { reply } = live;
  const end = performance.now() + CHECK_INTERVAL_MS;
  while (!stream.end && watch.version === heard && performance.now() < end) {
    const { version } = reply;
    const at = performance.now();
    yield* added(live);
    if (reply.version === version)
      await nextChange([reply.changes, watch, stream], end - performance.now());
    // Deltas that come soon after each other are sent together.
    await nextChange([stream], at + MIN_INTERVAL_MS - performance.now());
  }
}

function* added({ reply, cursor }: LiveReply): Generator<Beat> {
  for (const change of cursor.take(reply.values)) {
    const { kind, part } = change;
    const id = writePosition(change.at);
    yield change.kind === 'part'
      ? { event: 'part', id, data: { part, value: change.value } }
      : { event: 'delta', id, data: { part, kind, text: change.text } };
  }
}
