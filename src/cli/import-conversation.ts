// Sends one conversation: in several requests when it is long, and without messages that the server
// refuses when it comes from another product.
import { keyOfStart, type SourceConversation } from '../conversations/import/formats/index.js';
import { writeJson } from '../platform/input/exact-json.js';
import { type ImportClient, type Imported, RefusedError } from './import-client.js';
import { type Placed, SentTree } from './sent-tree.js';
import { MAX_BYTES_OF_CHARACTER, writtenSize } from './written-size.js';

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
 * Sends a conversation. One without a key of its own that begins as another one gets the key of what
 * tells them apart. So a log that has grown finds itself, and two logs stay two.
 * @throws RefusedError when the server takes nothing of it
 * @throws UnavailableError when the server cannot be used
 */
export async function sendConversation(
  client: Client,
  source: SourceConversation,
): Promise<Outcome> {
  let outcome = await sendOnce(client, source);
  const { messages } = source.body;
  if (source.isKeyedByStart !== true || !Array.isArray(messages)) return outcome;
  for (let known = 1; outcome.differsAt !== null && known < messages.length;) {
    known = Math.max(outcome.differsAt, known + 1);
    const importKey = keyOfStart(messages.slice(0, known));
    outcome = await sendOnce(client, { ...source, body: { ...source.body, importKey } });
  }
  return outcome;
}

async function sendOnce(
  client: Client,
  { body, isStrict = false }: SourceConversation,
): Promise<Outcome> {
  const warnings: string[] = [];
  const { messages, headSeq, ...fields } = body;
  if (!Array.isArray(messages)) return outcomeOf([await client.import(body)], 0, warnings);
  const first = typeof fields['firstSeq'] === 'number' ? fields['firstSeq'] : 1;
  const tree = new SentTree(first, messages.length, headSeq);
  const sending = new Sending(client, fields, tree, isStrict, warnings);
  await sending.send(messages as unknown[]);
  return outcomeOf(sending.answers, first - 1 + sending.sent, warnings);
}

function outcomeOf(answers: Imported[], expected: number, warnings: string[]): Outcome {
  const last = answers.at(-1)!;
  const differing = answers.find(({ differsAt }) => differsAt !== null);
  return {
    ...last,
    imported: answers.some(({ imported }) => imported),
    added: answers.reduce((sum, { added }) => sum + added, 0),
    branches: answers.reduce((sum, { branches }) => sum + branches, 0),
    differsAt: differing?.differsAt ?? null,
    erased: answers.reduce((sum, { erased }) => sum + erased, 0),
    missing: last.isDeleted ? 0 : Math.max(expected - last.messages, 0),
    warnings,
  };
}

class Sending {
  readonly answers: Imported[] = [];
  /** Messages that were taken. */
  sent = 0;
  private leftOut = 0;

  constructor(
    private readonly client: Client,
    private readonly fields: object,
    private readonly tree: SentTree,
    private readonly isStrict: boolean,
    private readonly warnings: string[],
  ) {}

  async send(messages: unknown[]): Promise<void> {
    const total = messages.length;
    for (const part of partsOf(messages.map((message, i) => ({ message, place: i + 1 })))) {
      await this.part(part, total);
      const { isDeleted = false, differsAt = null } = this.answers.at(-1) ?? {};
      // The server takes no later message then.
      if (isDeleted || differsAt !== null) {
        this.sent = total - this.leftOut;
        return;
      }
    }
  }

  private async part(placed: Placed[], total: number): Promise<void> {
    const body = this.tree.bodyOf(placed, this.sent);
    try {
      this.answers.push(await this.client.import({ ...this.fields, ...body }));
      this.sent += placed.length;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      for (const part of this.without(error, placed, total)) await this.part(part, total);
    }
  }

  /**
   * Returns what to send instead: halves, or what is left without the messages at fault.
   * @throws the error when nothing can be left out, or nothing is left
   */
  private without(error: RefusedError, placed: Placed[], total: number): Placed[][] {
    if (error.isTooLarge && placed.length > 1) {
      const half = Math.ceil(placed.length / 2);
      return [placed.slice(0, half), placed.slice(half)];
    }
    const wrong = error.isTooLarge ? new Set([0]) : wrongIn(error.pointers);
    if (this.isStrict || wrong.size === 0) throw error;
    this.leftOut += wrong.size;
    if (this.leftOut === total) throw error;
    for (const one of placed.filter((_, i) => wrong.has(i))) {
      this.warnings.push(`message ${one.place} is left out: ${error.message}`);
      this.tree.leaveOut(one);
    }
    const rest = placed.filter((_, i) => !wrong.has(i));
    return rest.length > 0 ? [rest] : [];
  }
}

/** Returns the places of the messages at fault; none when something else is wrong, too. */
function wrongIn(pointers: readonly string[]): Set<number> {
  const places = pointers.map((pointer) => /^\/messages\/(\d+)(?:\/|$)/.exec(pointer)?.[1]);
  return new Set(places.includes(undefined) ? [] : places.map(Number));
}

function* partsOf(placed: Placed[]): Generator<Placed[]> {
  if (isSmall(placed)) {
    yield placed;
    return;
  }
  let part: Placed[] = [];
  let characters = 0;
  for (const one of placed) {
    const { length } = writeJson(one.message) ?? '';
    const isFull =
      part.length === MAX_REQUEST_MESSAGES || characters + length > MAX_REQUEST_CHARACTERS;
    if (part.length > 0 && isFull) {
      yield part;
      part = [];
      characters = 0;
    }
    part.push(one);
    characters += length;
  }
  if (part.length > 0) yield part;
}

/** True when one request certainly holds the messages. */
const isSmall = (placed: Placed[]): boolean =>
  placed.length <= MAX_REQUEST_MESSAGES &&
  placed.reduce((sum, { message }) => sum + writtenSize(message), 0) * MAX_BYTES_OF_CHARACTER <=
    MAX_REQUEST_CHARACTERS;
