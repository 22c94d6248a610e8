import type { Requests } from './request.js';
import type { CallOptions } from './transport.js';
import type { NewMessage, TurnInfo } from './types.js';

/** What a reply has more than before. */
export type TurnDelta =
  | { kind: 'text' | 'reasoning'; text: string; seq: number; part: number }
  /** A whole part: a tool call, a result, a source, a file. */
  | ({ kind: 'part' } & Part);

interface Part {
  value: Record<string, unknown>;
  seq: number;
  part: number;
}

const GOING_ON = new Set<TurnInfo['state']>(['queued', 'running']);

/**
 * A call of a model, made by the service. `for await` gives the reply while it grows, from its
 * beginning, and goes on by itself after a cut connection. Leaving the loop does not end the turn.
 */
export class Turn implements AsyncIterable<TurnDelta> {
  /**
   * @param info the turn as it was last seen: `state`, `usage`, `error`
   * @param options for watching it
   */
  constructor(
    private readonly requests: Requests,
    public info: TurnInfo,
    private readonly options: CallOptions = {},
  ) {}

  get id(): string {
    return this.info.id;
  }

  get state(): TurnInfo['state'] {
    return this.info.state;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TurnDelta> {
    const route = 'GET /v1/conversations/{id}/turns/{turnId}/events';
    const events = this.requests.events(route, { ...this.options, path: this.path });
    let hasBegun = false;
    for await (const { event, data, isFirst } of events) {
      if (isFirst) hasBegun = false;
      if (event === 'delta') yield JSON.parse(data) as TurnDelta;
      if (event === 'part') yield { kind: 'part', ...(JSON.parse(data) as Part) };
      if (event !== 'turn') continue;
      // A connection begins with the turn as it is: ended, perhaps, and all of the reply is to come.
      this.info = JSON.parse(data) as TurnInfo;
      const isSettled = !GOING_ON.has(this.state);
      if (hasBegun && isSettled) return;
      hasBegun = isSettled || this.info.replyId !== null;
    }
  }

  /** Waits for the end of the turn. @returns the text of the reply, without its reasoning */
  async text(): Promise<string> {
    let text = '';
    for await (const delta of this) if (delta.kind === 'text') text += delta.text;
    return text;
  }

  /** Ends the turn at the service. What the model said until then stays. */
  async stop(options: CallOptions = {}): Promise<TurnInfo> {
    const route = 'POST /v1/conversations/{id}/turns/{turnId}/cancel';
    return (this.info = await this.requests.request(route, { ...options, path: this.path }));
  }

  /** The same as `stop`. */
  cancel(options: CallOptions = {}): Promise<TurnInfo> {
    return this.stop(options);
  }

  /** Gives the results that a turn `waiting_for_tools` waits for. Then iterate again for what follows. */
  async giveResults(messages: NewMessage[], options: CallOptions = {}): Promise<TurnInfo> {
    const route = 'POST /v1/conversations/{id}/turns/{turnId}/tool-results';
    const request = { ...options, path: this.path, body: { messages } };
    return (this.info = await this.requests.request(route, request));
  }

  private get path() {
    return { id: this.info.conversationId, turnId: this.id };
  }
}
