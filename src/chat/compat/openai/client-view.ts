// What clients see of a conversation: a reply for which the service ran tools is one message for them.
import type { MessageDto } from '../../../conversations/index.js';
import { partsOf } from '../../turns/streams/reply-position.js';

export interface SeenMessage {
  /** With the contents of all of its replies, without the calls that the service has answered. */
  message: MessageDto;
  /** The last stored message of it. */
  last: MessageDto;
  /** Stored messages. */
  count: number;
}

/** @param stored messages of a path, in order */
export async function* asClientsSee(
  stored: AsyncIterable<MessageDto>,
): AsyncGenerator<SeenMessage> {
  let held: (SeenMessage & { isAnswered: boolean }) | null = null;
  for await (const message of stored) {
    const isOfHeld: boolean = held !== null && isOfSameTurn(held.message, message);
    if (held && isOfHeld && message.role === 'tool') {
      const answered = withoutCalls(held.message, callsIn(message));
      held = { message: answered, last: message, count: held.count + 1, isAnswered: true };
    } else if (held?.isAnswered && isOfHeld && message.role === 'assistant') {
      held = {
        message: joined(held.message, message),
        last: message,
        count: held.count + 1,
        isAnswered: false,
      };
    } else {
      if (held) yield held;
      held = { message, last: message, count: 1, isAnswered: false };
    }
  }
  if (held) yield held;
}

/** Messages of a turn name it; results that the application gave do not. */
const isOfSameTurn = ({ role, metadata }: MessageDto, later: MessageDto): boolean =>
  role === 'assistant' &&
  metadata['turnId'] !== undefined &&
  metadata['turnId'] === later.metadata['turnId'];

const callsIn = ({ content }: MessageDto): Set<unknown> =>
  new Set(partsOf(content).map(({ toolCallId }) => toolCallId));

const joined = (first: MessageDto, last: MessageDto): MessageDto => ({
  ...last,
  ...(first.erased === undefined ? {} : { erased: first.erased }),
  content: [...partsOf(first.content), ...partsOf(last.content)] as MessageDto['content'],
});

function withoutCalls(message: MessageDto, answered: Set<unknown>): MessageDto {
  const content = partsOf(message.content).filter(
    ({ type, toolCallId }) => type !== 'tool-call' || !answered.has(toolCallId),
  );
  return { ...message, content: content };
}
