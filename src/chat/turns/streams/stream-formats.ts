// The forms in which a turn is streamed. Both are Server-Sent Events.
import type { TurnDto } from '../dto/turn.dto.js';
import { type ReplyChange, writePosition } from './reply-position.js';

export const STREAM_FORMATS = ['threadkeep', 'ai-sdk'] as const;
export type StreamFormat = (typeof STREAM_FORMATS)[number];

/** Nothing. It is kept open by proxies that end silent connections. */
export const HEART_BEAT = ': \n\n';

/** Writes one stream, in order. */
export interface StreamWriter {
  /** The turn waits for others. `begin` follows. */
  wait(turn: TurnDto): string;
  begin(turn: TurnDto): string;
  change(change: ReplyChange): string;
  /** Another reply of the turn begins, behind results of tools. */
  step(): string;
  /** The turn has ended, or waits for results of tools. */
  end(turn: TurnDto): string;
  /** The stream ends before the turn. */
  leave(reason: string): string;
}

export const STREAM_HEADERS: Readonly<Record<StreamFormat, Readonly<Record<string, string>>>> = {
  threadkeep: {},
  'ai-sdk': { 'x-vercel-ai-ui-message-stream': 'v1' },
};

export const writerOf = (format: StreamFormat): StreamWriter =>
  format === 'ai-sdk' ? new UiMessageWriter() : OWN;

/** Writes one Server-Sent Event. @param id where to go on after it */
export const sseEvent = (name: string, data: unknown, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** Our own events: `turn`, `delta`, `part`, `leave`. The id of an event is where to go on after it. */
const OWN: StreamWriter = {
  wait: (turn) => sseEvent('turn', turn),
  begin: (turn) => sseEvent('turn', turn),
  change: (change) => {
    const { kind, part, at } = change;
    const { seq } = at;
    return change.kind === 'part'
      ? sseEvent('part', { seq, part, value: change.value }, writePosition(at))
      : sseEvent('delta', { seq, part, kind, text: change.text }, writePosition(at));
  },
  // The `seq` of its events tells it.
  step: () => '',
  end: (turn) => sseEvent('turn', turn),
  leave: (reason) => sseEvent('leave', { reason }),
};

const frame = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const DONE = 'data: [DONE]\n\n';

/** The AI SDK's UI message stream, from its start. It knows no position: it is always sent whole. */
class UiMessageWriter implements StreamWriter {
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
