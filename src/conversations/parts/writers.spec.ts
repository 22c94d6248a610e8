import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CHECKED_FORMATS, CHECKERS } from '../../../test/support/dialect-rules/index.js';
import {
  brokenHistories,
  type LogRow,
  MARK,
  ordinaryHistories,
} from '../../../test/support/dialect-histories.js';
import { numberFromEnvironment } from '../../../test/support/seeded.js';
import { inputObject, textForm } from './as-text.js';
import { convertMessages } from './convert.js';
import type { Omission, StoredMessage, Turn } from './dialect.js';
import { fileWords, without } from './fields.js';
import {
  type Dialect,
  DIALECTS,
  isMedia,
  isToolCall,
  isToolResult,
  type Part,
  type RawObject,
  wordsOf,
} from './part.js';
import { READERS, readParts } from './readers.js';
import { partsOf } from './stored-parts.js';
import { fromStoredText } from './stored-text.js';
import { JoinedTurns, splitTurns } from './turns.js';
import { WRITERS } from './writers.js';

const SEED = numberFromEnvironment('TEST_SEED', 20_261_127);
const RUNS = numberFromEnvironment('RUNS', 200);
const count = (text: string): number => text.length;
const check = <T>(histories: fc.Arbitrary<T>, holds: (history: T) => void): void =>
  fc.assert(fc.property(histories, holds), { seed: SEED, numRuns: RUNS });

const storedOf = (log: LogRow[]): (StoredMessage & { seq: number })[] =>
  log.map(({ seq, role, content, contentIsJson, metadata }) => ({
    seq,
    role,
    content: contentIsJson ? fromStoredText(content) : content,
    metadata,
  }));

function turnsOf(log: LogRow[]): Turn[] {
  const turns = new JoinedTurns();
  let isLeading = true;
  for (const message of storedOf(log)) {
    isLeading &&= message.role === 'system';
    for (const turn of splitTurns(message.role, partsOf(message)))
      turns.add({ ...turn, isLeading });
  }
  return turns.take();
}

/** Reads a message as an append does: by the reader of the dialect, or as one of our own form. */
function readBack(message: RawObject, dialect: Dialect): StoredMessage {
  const read = READERS.find((one) => one.dialect === dialect)!.readMessage(message);
  if (read) return read;
  const { role, content, ...others } = message;
  expect([dialect, others]).toEqual([dialect, {}]);
  return { role, content, metadata: null } as StoredMessage;
}

/** What parts say, whatever form each dialect has for it. */
interface Meaning {
  /** All words, sorted: an image or a file of a result may stand behind the results. */
  words: string[];
  calls: unknown[];
  /** The marks in each result, sorted. */
  results: string[];
  media: string[];
  reasoning: string[];
}

/** Notes that writers add, and names and labels for which a dialect has no field. */
const NOTES =
  /\[(?:image|audio|file) \d+ is in the next message\]|\[see the document\]|<\/?system>|\[(?:note\.txt|report\.pdf)\]/g;
const wordsIn = (text: string): string[] =>
  text.replaceAll('&lt;', '<').replace(NOTES, '').split(/\s+/).filter(Boolean).sort();

/** A name that is legal everywhere; the others are replaced by names that are. */
const LEGAL_NAME = /^[a-zA-Z_][a-zA-Z0-9_-]{0,62}$/;
/** Illegal names that are replaced end in a digest. */
const isReplaced = (name: string): boolean =>
  !LEGAL_NAME.test(name) || /_[0-9a-f]{8}$/.test(name) || name.startsWith('_');

function meaningOf(parts: readonly Part[], left: ReadonlySet<Part>): Meaning {
  const isTold = (part: Part): boolean => !left.has(part);
  const told = parts.filter(isTold);
  const results = told.filter(isToolResult);
  const all = [...told, ...results.flatMap(({ output }) => output.filter(isTold))];
  const media = all.filter(isMedia);
  const texts = all.map((part) => textForm(part) ?? (isMedia(part) ? fileWords(part) : null) ?? '');
  return {
    words: wordsIn(texts.join('\n')).filter((word) => word !== 'error'),
    calls: told
      .filter(isToolCall)
      .map(({ name, input }) => [isReplaced(name) ? 'replaced' : name, inputObject(input)]),
    results: results.map(({ output }) => marksIn(output).join()).sort(),
    media: media
      .filter((part) => (part.text ?? fileWords(part)) === null)
      .map(({ data, url, fileId }) => data ?? url ?? fileId ?? '')
      .sort(),
    reasoning: told
      .filter((part) => part.kind === 'reasoning')
      .map(({ text, encrypted }) => wordsIn(text).join(' ') || (encrypted ?? ''))
      .sort(),
  };
}

const marksIn = (output: readonly Part[]): string[] =>
  output.flatMap((part) => wordsOf(part).match(MARK) ?? []);

/** The Responses API takes messages with their type and without. */
const withoutType = ({ type, ...message }: RawObject): RawObject =>
  type === 'message' ? message : { type, ...message };

const leftOut = (omitted: readonly Omission[]): ReadonlySet<Part> =>
  new Set(omitted.filter(({ reason }) => reason !== 'empty').map(({ part }) => part));

describe.each(DIALECTS)('what the writer of %s writes', (dialect) => {
  const { write } = WRITERS[dialect];

  it(`is read back to the same parts by the reader of ${dialect}`, () => {
    check(brokenHistories(1, 6, count), (log) => {
      const turns = turnsOf(log);
      const { system = [], messages, omitted } = write(turns, { isRequest: false });
      const given = turns.flatMap(({ parts }) => parts);
      const read = [
        ...readParts(system),
        ...messages.flatMap((message) => partsOf(readBack(message, dialect))),
      ];
      expect(meaningOf(read, new Set())).toEqual(meaningOf(given, leftOut(omitted)));
    });
  });

  it(`is given back as it is when it is stored and asked for in ${dialect}`, () => {
    check(brokenHistories(1, 6, count), (log) => {
      const { messages } = write(turnsOf(log), { isRequest: false });
      const stored = messages.map((message, i) => ({
        ...readBack(message, dialect),
        seq: i + 2,
      }));
      const again = convertMessages(stored, dialect);
      expect(again.messages.map(withoutType)).toEqual(messages.map(withoutType));
      expect(again.omitted).toEqual([]);
    });
  });

  it(`is the same when it is written twice in ${dialect}`, () => {
    check(brokenHistories(1, 6, count), (log) => {
      const turns = turnsOf(log);
      const once = JSON.stringify(write(turns, { isRequest: true }).messages);
      expect(JSON.stringify(write(turns, { isRequest: true }).messages)).toBe(once);
    });
  });
});

/** By what a part is found again in what was written. */
const tracesOf = (part: Part): string[] => {
  const marks = [...new Set(wordsOf(part).match(MARK) ?? [])];
  return isMedia(part) && part.data !== null && part.text === null
    ? [...marks, JSON.stringify(part.data).slice(1, 60)]
    : marks;
};

/** The parts that hold words or media, each with its kind and those of the results around it. */
const leavesOf = (part: Part, around: Part['kind'][]): [Part, Part['kind'][]][] => {
  const kinds = [...around, part.kind];
  return part.kind === 'tool-result' || part.kind === 'server-tool-result'
    ? part.output.flatMap((nested) => leavesOf(nested, kinds))
    : [[part, kinds]];
};

describe.each(DIALECTS)('a conversation that is converted to %s', (dialect) => {
  it(`loses nothing on the way to ${dialect} that is not named in omitted`, () => {
    check(brokenHistories(1, 8, count), (log) => {
      const { messages, system, omitted } = convertMessages(storedOf(log), dialect);
      const sent = JSON.stringify([system, messages]);
      const lost = storedOf(log).flatMap((message) => {
        const named = omitted.filter(({ seq }) => seq === message.seq).map(({ kind }) => kind);
        return partsOf(message)
          .flatMap((part) => leavesOf(part, []))
          .filter(([part]) => tracesOf(part).some((trace) => !sent.includes(trace)))
          .filter(([, kinds]) => !kinds.some((kind) => named.includes(kind)))
          .map(([part]) => `${message.seq} ${part.kind}: ${tracesOf(part).join()}`);
      });
      expect(lost).toEqual([]);
    });
  });
});

/** Anthropic joins what the same side says in several messages. */
function joined(messages: RawObject[]): RawObject[] {
  const all: RawObject[] = [];
  for (const { role, content } of messages) {
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    const last = all.at(-1);
    if (last?.['role'] === role)
      last!['content'] = [...(last!['content'] as RawObject[]), ...(blocks as RawObject[])];
    else all.push({ role, content: blocks });
  }
  return all;
}

/** OpenAI takes the name of a tool in its result, which its types no longer have. */
const withoutName = (message: RawObject): RawObject =>
  message['role'] === 'tool' ? without(message, 'name') : message;

/** What a provider makes of messages before its rules are applied. */
const TAKEN: Readonly<Partial<Record<Dialect, (messages: RawObject[]) => RawObject[]>>> = {
  anthropic: joined,
  openai: (messages) => messages.map(withoutName),
};

/** An item that a conversation holds twice is given back twice, and the API refuses it. */
function hasItemTwice(log: LogRow[]): boolean {
  const ids = JSON.stringify(log).match(/\b(?:msg|rs|fc|ws)_[0-9a-f]{12}\b/g) ?? [];
  return new Set(ids).size < ids.length;
}

describe.each(CHECKED_FORMATS)('an ordinary conversation that is converted to %s', (format) => {
  it(`breaks no published rule of ${format}`, () => {
    check(ordinaryHistories(2, 8, count), (log) => {
      if (format === 'openai-responses') fc.pre(!hasItemTwice(log));
      const { messages, system } = convertMessages(storedOf(log), format);
      const sent = TAKEN[format]?.(messages) ?? messages;
      expect(CHECKERS[format]({ messages: sent, ...(system ? { system } : {}) })).toBeNull();
    });
  });
});
