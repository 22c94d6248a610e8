// Conversations in which a model of the stand-in answers.
import { expect } from '@jest/globals';
import type { Caller, TestApp } from './app.js';
import { eventually } from './wait.js';

export const MODEL = { provider: 'stand-in', name: 'a-model' };

export interface Turn {
  id: string;
  state: string;
  replyId: string;
  replySeq: number;
  manifestId: string;
  error: { code: string } | null;
  [name: string]: unknown;
}

export interface StreamEvent {
  id?: string;
  event?: string;
  data: string;
}

/** A conversation of a user, and the turns in it. */
export class Talk {
  private constructor(
    readonly user: Caller,
    readonly path: string,
    private readonly url: string,
  ) {}

  /** @param fields of the conversation */
  static async begin(api: TestApp, name = 'ada', fields: object = {}): Promise<Talk> {
    const user = api.actingFor(name);
    const { body } = await user.post('/v1/conversations', fields).expect(201);
    return new Talk(user, `/v1/conversations/${body.id as string}`, await api.app.getUrl());
  }

  /** A conversation that is there, by way of another process. */
  static async at(api: TestApp, path: string, name = 'ada'): Promise<Talk> {
    return new Talk(api.actingFor(name), path, await api.app.getUrl());
  }

  ask = (content: string, fields: object = {}) =>
    this.user.post(`${this.path}/turns`, {
      messages: [{ role: 'user', content }],
      model: MODEL,
      ...fields,
    });

  async turn(content: string, fields: object = {}): Promise<Turn> {
    const answer = await this.ask(content, fields);
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 202 });
    return answer.body as Turn;
  }

  async settled({ id }: { id: string }): Promise<Turn> {
    let turn: Turn;
    await eventually(async () => {
      turn = (await this.user.get(`${this.path}/turns/${id}`).expect(200)).body as Turn;
      return !['queued', 'running'].includes(turn.state);
    });
    return turn!;
  }

  async messages() {
    const { body } = await this.user.get(`${this.path}/messages?order=asc`).expect(200);
    return body.data as { content: unknown; status?: string; role: string }[];
  }

  /** Reads a stream to its end, or until `enough`. */
  async stream(
    path: string,
    {
      headers = {},
      body,
      enough,
    }: { headers?: object; body?: object; enough?: (events: StreamEvent[]) => boolean } = {},
  ): Promise<{ status: number; headers: Headers; events: StreamEvent[]; text: string }> {
    const answer = await fetch(`${this.url}${this.path}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...this.user.headers,
        'content-type': 'application/json',
        accept: 'text/event-stream',
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      // Leaving the loop closes the connection.
      if (enough?.(eventsIn(text))) break;
    }
    return { status: answer.status, headers: answer.headers, events: eventsIn(text), text };
  }
}

export const eventsIn = (text: string): StreamEvent[] =>
  text
    .split('\n\n')
    .slice(0, -1)
    .filter((block) => !block.startsWith(':'))
    .map(
      (block) =>
        Object.fromEntries(
          block
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        ) as unknown as StreamEvent,
    );

/** The text of the deltas of a stream. */
export const textOf = (events: StreamEvent[]): string =>
  events
    .filter(({ event }) => event === 'delta')
    .map(({ data }) => (JSON.parse(data) as { text: string }).text)
    .join('');

/** Holds an answer of the stand-in until it is opened. */
export const gate = () => {
  let open = () => {};
  const until = new Promise<void>((resolve) => (open = resolve));
  return { open, until };
};
