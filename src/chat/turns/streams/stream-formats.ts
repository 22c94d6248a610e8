// The forms in which a turn is streamed. Both can be Server-Sent Events.
import { writeJson } from '../../../platform/input/index.js';
import type { TurnDto } from '../dto/turn.dto.js';
import { type ReplyChange, writePosition } from './reply-position.js';

export const STREAM_FORMATS = ['threadkeep', 'ai-sdk'] as const;
export type StreamFormat = (typeof STREAM_FORMATS)[number];

/** Nothing. It is kept open by proxies that end silent connections. */
export const HEART_BEAT = ': \n\n';

/** An event of our own form. */
export interface StreamEvent {
  event: string;
  /** Where to go on after it; null for an event after which there is no place. */
  id: string | null;
  data: unknown;
}

/** An event, or null for a heart-beat: nothing has happened. */
export type Beat = StreamEvent | null;

/** Writes one stream, in order. */
export interface StreamWriter<T> {
  /** Nothing has happened. */
  readonly beat: T;
  /** The turn waits for others. `begin` follows. */
  wait(turn: TurnDto): T;
  begin(turn: TurnDto): T;
  change(change: ReplyChange): T;
  /** Another reply of the turn begins, behind results of tools. */
  step(): T;
  /** The turn has ended, or waits for results of tools. */
  end(turn: TurnDto): T;
  /** The stream ends before the turn. */
  leave(reason: string): T;
}

export const STREAM_HEADERS: Readonly<Record<StreamFormat, Readonly<Record<string, string>>>> = {
  threadkeep: {},
  'ai-sdk': { 'x-vercel-ai-ui-message-stream': 'v1' },
};

/** Writes events as Server-Sent Events. */
export async function* sseOf(events: AsyncIterable<Beat>): AsyncGenerator<string> {
  for await (const one of events) yield one === null ? HEART_BEAT : sseEvent(one);
}

const sseEvent = ({ event, id, data }: StreamEvent): string =>
  `${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: ${writeJson(data)}\n\n`;

const turnEvent = (turn: TurnDto): StreamEvent => ({ event: 'turn', id: null, data: turn });
export const leaveEvent = (reason: string): StreamEvent => ({
  event: 'leave',
  id: null,
  data: { reason },
});

/** Our own events: `turn`, `delta`, `part`, `leave`. */
export const OWN_EVENTS: StreamWriter<Beat> = {
  beat: null,
  wait: turnEvent,
  begin: turnEvent,
  change: (change) => {
    const { kind, part, at } = change;
    const { seq } = at;
    const id = writePosition(at);
    return change.kind === 'part'
      ? { event: 'part', id, data: { seq, part, value: change.value } }
      : { event: 'delta', id, data: { seq, part, kind, text: change.text } };
  },
  // The `seq` of its events tells it.
  step: () => null,
  end: turnEvent,
  leave: leaveEvent,
};

const frame = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const DONE = 'data: [DONE]\n\n';

/** The AI SDK's UI message stream, from its start. It knows no position: it is always sent whole. */
export class UiMessageWriter implements StreamWriter<string> {
  readonly beat = HEART_BEAT;
  private open: { kind: 'text' | 'reasoning'; id: string } | null = null;

  /** The message that it begins with is not there yet. */
  wait(): string {
    return HEART_BEAT;
  }

  begin({ rounds, replyId, id }: TurnDto): string {
    const messageId = rounds[0]?.replyId ?? replyId;
    const message = messageId === null ? {} : { messageId };
    return (
      frame({ type: 'start', ...message, messageMetadata: { turnId: id } }) +
      frame({ type: 'start-step' })
    );
  }

  change(change: ReplyChange): string {
    if (change.kind === 'part') return this.close() + partFrames(change.value);
    const id = String(change.part);
    const isNew = this.open?.id !== id;
    const start = isNew ? this.close() + frame({ type: `${change.kind}-start`, id }) : '';
    this.open = { kind: change.kind, id };
    return start + frame({ type: `${change.kind}-delta`, id, delta: change.text });
  }

  step(): string {
    return this.close() + frame({ type: 'finish-step' }) + frame({ type: 'start-step' });
  }

  end({ state, error }: TurnDto): string {
    const closed = this.close() + frame({ type: 'finish-step' });
    if (state === 'cancelled') return closed + frame({ type: 'abort' }) + DONE;
    if (error) return closed + frame({ type: 'error', errorText: error.message }) + DONE;
    return closed + frame({ type: 'finish' }) + DONE;
  }

  leave(reason: string): string {
    return this.close() + frame({ type: 'error', errorText: reason }) + DONE;
  }

  private close(): string {
    const { open } = this;
    this.open = null;
    return open ? frame({ type: `${open.kind}-end`, id: open.id }) : '';
  }
}

function partFrames(value: Readonly<Record<string, unknown>>): string {
  const { toolCallId, toolName, input } = value;
  switch (value['type']) {
    case 'tool-call':
      return (
        frame({ type: 'tool-input-start', toolCallId, toolName }) +
        frame({ type: 'tool-input-available', toolCallId, toolName, input })
      );
    case 'tool-result': {
      const output = value['output'] as { type: string; value: string };
      return output.type === 'error-text'
        ? frame({ type: 'tool-output-error', toolCallId, errorText: output.value })
        : frame({ type: 'tool-output-available', toolCallId, output: output.value });
    }
    case 'source': {
      const { id, url, title } = value['source'] as Record<string, unknown>;
      if (typeof url !== 'string') return frame({ type: 'data-part', data: value });
      return frame({ type: 'source-url', sourceId: id, url, ...(title ? { title } : {}) });
    }
    case 'file': {
      const { mediaType, data } = value as { mediaType: string; data: string };
      return frame({ type: 'file', mediaType, url: `data:${mediaType};base64,${data}` });
    }
    default:
      // The client ends at a type that it does not know, unless it is data.
      return frame({ type: 'data-part', data: value });
  }
}
