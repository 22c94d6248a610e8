// Sends one conversation: in several requests when it is long, and without messages that the server
// refuses when it comes from another product.
import type { SourceConversation } from '../conversations/import/formats/index.js';
import { writeJson } from '../platform/input/exact-json.js';
import { type ImportClient, type Imported, RefusedError } from './import-client.js';

/** Below the default of `MAX_BODY_BYTES`, 8 MiB, and of the values of a body. */
export const MAX_REQUEST_CHARACTERS = 4 * 1024 * 1024;
export const MAX_REQUEST_MESSAGES = 5_000;

type Client = Pick<ImportClient, 'import'>;

export interface Outcome extends Imported {
  /** Messages that the source has and the conversation has not. */
  missing: number;
  warnings: string[];
}

/**
 * @throws RefusedError when the server takes nothing of it
 * @throws UnavailableError when the server cannot be used
 */
export async function sendConversation(
  client: Client,
  { body, isStrict = false }: SourceConversation,
): Promise<Outcome> {
  const warnings: string[] = [];
  const { messages, ...fields } = body;
  if (!Array.isArray(messages)) return outcomeOf([await client.import(body)], 0, warnings);
  const first = typeof fields['firstSeq'] === 'number' ? fields['firstSeq'] : 1;
  const sending = new Sending(client, fields, first, isStrict, warnings);
  await sending.send(messages as unknown[]);
  return outcomeOf(sending.answers, first - 1 + sending.sent, warnings);
}

function outcomeOf(answers: Imported[], expected: number, warnings: string[]): Outcome {
  const last = answers.at(-1)!;
  const differing = answers.find(({ differsAt }) => differsAt !== null);
  return {
    imported: answers.some(({ imported }) => imported),
    added: answers.reduce((sum, { added }) => sum + added, 0),
    messages: last.messages,
    differsAt: differing?.differsAt ?? null,
    isDeleted: last.isDeleted,
    missing: last.isDeleted ? 0 : Math.max(expected - last.messages, 0),
    warnings,
  };
}

class Sending {
  readonly answers: Imported[] = [];
  /** Messages that were taken. */
  sent = 0;

  constructor(
    private readonly client: Client,
    private readonly fields: object,
    private readonly firstSeq: number,
    private readonly isStrict: boolean,
    private readonly warnings: string[],
  ) {}

  async send(messages: unknown[]): Promise<void> {
    let place = 1;
    for (const part of partsOf(messages)) {
      await this.part(part, place);
      place += part.length;
      const { isDeleted, differsAt } = this.answers.at(-1)!;
      // The server takes no later message then.
      if (isDeleted || differsAt !== null) {
        this.sent = messages.length;
        return;
      }
    }
  }

  /** @param place of the first message in the source, from 1 */
  private async part(messages: unknown[], place: number): Promise<void> {
    const firstSeq = this.firstSeq + this.sent;
    const start = firstSeq === 1 ? {} : { firstSeq };
    try {
      this.answers.push(await this.client.import({ ...this.fields, ...start, messages }));
      this.sent += messages.length;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      await this.refused(error, messages, place);
    }
  }

  private async refused(error: RefusedError, messages: unknown[], place: number): Promise<void> {
    if (error.isTooLarge && messages.length > 1) {
      const half = Math.ceil(messages.length / 2);
      await this.part(messages.slice(0, half), place);
      return this.part(messages.slice(half), place + half);
    }
    const wrong = error.isTooLarge ? new Set([0]) : wrongIn(error.pointers);
    if (this.isStrict || wrong.size === 0 || wrong.size === messages.length) throw error;
    for (const index of wrong)
      this.warnings.push(`message ${place + index} is left out: ${error.message}`);
    return this.part(
      messages.filter((_, i) => !wrong.has(i)),
      place,
    );
  }
}

/** Returns the places of the messages at fault; none when something else is wrong, too. */
function wrongIn(pointers: readonly string[]): Set<number> {
  const places = pointers.map((pointer) => /^\/messages\/(\d+)(?:\/|$)/.exec(pointer)?.[1]);
  return new Set(places.includes(undefined) ? [] : places.map(Number));
}

function* partsOf(messages: unknown[]): Generator<unknown[]> {
  let part: unknown[] = [];
  let characters = 0;
  for (const message of messages) {
    const length = (writeJson(message) ?? '').length;
    const isFull =
      part.length === MAX_REQUEST_MESSAGES || characters + length > MAX_REQUEST_CHARACTERS;
    if (part.length > 0 && isFull) {
      yield part;
      part = [];
      characters = 0;
    }
    part.push(message);
    characters += length;
  }
  if (part.length > 0 || messages.length === 0) yield part;
}
