// A conversation of one user through the API: messages, summaries, and contexts.
import type { Response, Test } from 'supertest';
import type { Caller } from './app.js';

export type Said = { role: string; content: unknown; metadata?: object };
export type Sent = Record<string, unknown> & { role: string };

/** A `ContextDto`. */
export interface Context {
  system?: { text: string }[];
  messages: Sent[];
  tokens: number;
  manifestId: string;
  manifest: {
    lastSeq: number;
    messages: { seq: number; id: string }[];
    summaries: { id: string }[];
    sources: { part: string; ref: string }[];
    contentSha256: string;
    budgetTokens: number;
  };
  prefixSha256: string;
  cacheBreakpoints: { in: string; index: number }[];
  omitted: {
    messages: number;
    summarised: number;
    unfitting: number;
    unpairedToolParts: number;
    parts: { kind: string; reason: string; count: number }[];
    explained?: {
      messages: { fromSeq: number; toSeq: number; reason: string }[];
      parts: { seq: number; kind: string; reason: string }[];
    };
    overrides?: string[];
    removed?: { seq: number; id: string }[];
  };
}

/** A budget large enough for everything in these tests. */
export const PLENTY = 100_000;

export const user = (content: unknown, metadata?: object): Said => ({
  role: 'user',
  content,
  ...(metadata && { metadata }),
});
export const assistant = (content: unknown, metadata?: object): Said => ({
  role: 'assistant',
  content,
  ...(metadata && { metadata }),
});
export const system = (content: string, metadata?: object): Said => ({
  role: 'system',
  content,
  ...(metadata && { metadata }),
});
/** Generates questions and answers of about forty tokens each. */
export const chat = (length: number): Said[] =>
  Array.from({ length }, (_, i) =>
    (i % 2 ? assistant : user)(`${i + 1}: ${'and so on '.repeat(12)}`),
  );

export class Talk {
  private constructor(
    readonly caller: Caller,
    readonly id: string,
  ) {}

  static async start(caller: Caller, said: Said[] = []): Promise<Talk> {
    const { body } = await caller.post('/v1/conversations').expect(201);
    const talk = new Talk(caller, (body as { id: string }).id);
    if (said.length > 0) await talk.say(...said);
    return talk;
  }

  static of(caller: Caller, id: string): Talk {
    return new Talk(caller, id);
  }

  get path(): string {
    return `/v1/conversations/${this.id}`;
  }

  /** The same conversation, requested by another caller or process. */
  as(caller: Caller): Talk {
    return new Talk(caller, this.id);
  }

  async say(...messages: Said[]): Promise<void> {
    await this.caller.post(`${this.path}/messages`, { messages }).expect(201);
  }

  ask(body: object = {}): Test {
    return this.caller.post(`${this.path}/context`, { budgetTokens: PLENTY, ...body });
  }

  async context(body: object = {}): Promise<Context> {
    return (await this.ask(body).expect(200)).body as Context;
  }

  /** The answer as text. */
  async contextText(body: object = {}): Promise<string> {
    return (await this.ask(body).expect(200)).text;
  }

  repeat(manifestId: string): Test {
    return this.caller.get(`${this.path}/context/${manifestId}`);
  }

  trySummary(body: object): Test {
    return this.caller.post(`${this.path}/summaries`, body);
  }

  async summary(toSeq: number, content: string, more: object = {}): Promise<string> {
    const response: Response = await this.trySummary({ toSeq, content, ...more }).expect(201);
    return (response.body as { id: string }).id;
  }

  removeSummary(id: string): Test {
    return this.caller.delete(`${this.path}/summaries/${id}`);
  }
}

export const seqsOf = ({ manifest }: Context): number[] => manifest.messages.map(({ seq }) => seq);
export const textsOf = ({ messages }: Context): unknown[] => messages.map(({ content }) => content);
