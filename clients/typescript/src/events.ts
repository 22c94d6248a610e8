// Server-Sent Events that survive cut connections.
import { type Deadline, pause } from './deadline.js';
import { ThreadkeepError } from './errors.js';
import { backoff, type Call, connectionError, type Transport } from './transport.js';

export interface ServerEvent {
  event: string;
  /** Where to go on after it; undefined for an event after which there is no place. */
  id: string | undefined;
  data: string;
  /** Whether it is the first event of its connection. */
  isFirst: boolean;
}

/** Tries to connect again, at most, when a call says nothing else: half a minute in all. */
const MAX_ATTEMPTS = 8;

/**
 * Reads events until the caller leaves the loop. After each end of the connection it connects again,
 * with the id of the last event. The tries count anew whenever something has come.
 * @throws ThreadkeepError, or the reason of the signal
 */
export async function* resumed(
  transport: Transport,
  call: Call,
  lastEventId?: string,
): AsyncGenerator<ServerEvent> {
  const { maxAttempts = MAX_ATTEMPTS } = call;
  let failures = 0;
  for (;;) {
    const headers: Record<string, string> = { ...call.headers, accept: 'text/event-stream' };
    if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
    const events = await transport.send(
      { ...call, headers, maxAttempts },
      async (response, deadline) => eventsOf(response, deadline, transport.maxSilenceMs),
    );
    let error = new ThreadkeepError({ code: 'client.unreachable', title: 'The stream ended' });
    try {
      for await (const event of events) {
        lastEventId = event.id ?? lastEventId;
        if (!event.isFirst) failures = 0;
        if (event.data !== '') yield event;
      }
    } catch (cause) {
      call.signal?.throwIfAborted();
      if (!(cause instanceof ThreadkeepError)) throw cause;
      error = cause;
    }
    if (++failures >= maxAttempts) throw error;
    await pause(backoff(failures), call.signal);
  }
}

/** Reads the events of one connection. A heart-beat is one without data. */
async function* eventsOf(
  response: Response,
  deadline: Deadline,
  maxSilenceMs: number,
): AsyncGenerator<ServerEvent> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let isFirst = true;
  try {
    for (;;) {
      deadline.restart(maxSilenceMs);
      const chunk = await reader?.read();
      if (!chunk || chunk.done) return;
      const blocks = (text + decoder.decode(chunk.value, { stream: true })).split('\n\n');
      // What has no end yet is read with the next bytes. When none come, it is lost, and sent again.
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        yield { event: 'message', id: undefined, data: '', ...fieldsOf(block), isFirst };
        isFirst = false;
      }
    }
  } catch (cause) {
    throw connectionError(cause, deadline);
  } finally {
    deadline.end();
    await reader?.cancel().catch(() => {});
  }
}

/** Reads the lines of an event. */
const fieldsOf = (block: string): { event?: string; id?: string; data?: string } =>
  Object.fromEntries(
    block
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
