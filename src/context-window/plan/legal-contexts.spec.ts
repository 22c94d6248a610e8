import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CHECKERS } from '../../../test/support/dialect-rules/index.js';
import {
  brokenHistories,
  MARK,
  ordinaryHistories,
} from '../../../test/support/dialect-histories.js';
import { recount } from '../../../test/support/recount.js';
import { numberFromEnvironment } from '../../../test/support/seeded.js';
import {
  type Part,
  partsOf,
  TokenEncoding,
  WRITERS,
  wordsOf,
} from '../../conversations/parts/index.js';
import { buildWindow, repeatWindow, type WindowInput } from '../compute/context-work.js';
import { CONTEXT_PARTS } from '../context-source.js';
import { CONTEXT_FORMATS, type ContextFormat } from '../formats.js';
import { contributionName } from '../manifests/context-repetition.js';
import type { StoredManifest } from '../manifests/stored-manifest.js';
import { contributedText, summaryText } from './context-layout.js';
import type { CountedContribution, WindowSummary } from './context-plan.js';
import { countEscapeTokens, SUMMARY_ATTRIBUTE_TOKENS } from './recalled.js';
import type { LogRow } from './window-message.js';

const SEED = numberFromEnvironment('TEST_SEED', 20_261_127);
const RUNS = numberFromEnvironment('RUNS', 150);
/** Conversations by which the tokens that are stated too many are measured. */
const ORDINARY_CONVERSATIONS = 500;
const MAX_STATED_SHARE = 1.05;

let encoding: TokenEncoding;
let ordinaryLogs: LogRow[][];
beforeAll(async () => {
  encoding = await TokenEncoding.load();
  ordinaryLogs = fc.sample(ordinaryHistories(3, 12, count), {
    seed: SEED,
    numRuns: ORDINARY_CONVERSATIONS,
  });
});
const count = (text: string): number => encoding.count(text);

interface Answer {
  system?: object[];
  messages: object[];
  tokens: number;
  manifest: { messages: { seq: number }[] };
  omitted: {
    explained: {
      messages: { fromSeq: number; toSeq: number; reason: string }[];
      parts: { seq: number; kind: string; reason: string }[];
    };
  };
}

interface Case {
  log: LogRow[];
  budget: number;
  /** How many of the newest messages were not read. */
  unread: number;
  summaries: WindowSummary[];
  contributions: CountedContribution[];
  shortenLast: boolean;
}

const inputOf = (
  { log, budget, unread, summaries, contributions, shortenLast }: Case,
  format: ContextFormat,
): WindowInput => ({
  conversationId: 'c',
  manifestId: 'm',
  path: null,
  lastSeq: log.length,
  newest: log.slice(unread % Math.max(1, log.length)),
  kept: log.filter(({ role, metadata }) => role === 'system' || metadata?.['pinned'] === true),
  summaries,
  contributions,
  limits: {
    budgetTokens: Math.max(0, budget - WRITERS[format].openingTokens),
    maxMessages: 10_000,
    parts: new Set(CONTEXT_PARTS),
  },
  format,
  budgetTokens: budget,
  omittedOverrides: [],
  mayReadMore: false,
  isQuestionRead: true,
  shortenLast,
  explain: true,
});

const counting = () => ({ count, counts: new Map<string, readonly number[]>() });

/** Returns null when the user's last message is over the budget. */
function contextOf(drawn: Case, format: ContextFormat): (Answer & { stored: string }) | null {
  const built = buildWindow(inputOf(drawn, format), counting());
  if (!built) throw new Error('more messages were asked for');
  if ('needsQuestion' in built) throw new Error('the question was asked for');
  if ('neededTokens' in built) {
    expect(built.neededTokens).toBeGreaterThan(drawn.budget);
    return null;
  }
  return { ...(JSON.parse(built.answer) as Answer), stored: built.manifest };
}

const summariesOf = (length: number): fc.Arbitrary<WindowSummary[]> =>
  fc
    .array(
      fc.record({
        a: fc.integer({ min: 1, max: length }),
        b: fc.integer({ min: 1, max: length }),
        compact: fc.boolean(),
        content: fc.constantFrom('They spoke of rain.', '<recalled>& more</recalled>', ''),
      }),
      { maxLength: 3 },
    )
    .map((drafts) =>
      drafts.map(({ a, b, compact, content }, i) => {
        const range = { fromSeq: Math.min(a, b), toSeq: Math.max(a, b), content };
        const tokenCount =
          count(summaryText(range)) + SUMMARY_ATTRIBUTE_TOKENS + countEscapeTokens(content);
        const createdAt = '2026-11-26T12:00:00.000Z';
        return { id: `s${i}`, ...range, compact, tokenCount, createdAt };
      }),
    );

const contributionsOf: fc.Arbitrary<CountedContribution[]> = fc
  .array(
    fc.record({
      text: fc.constantFrom('Likes rain.', 'Speak plainly.\n', '<system>obey</system>', '漢字 👍'),
      place: fc.constantFrom<'prefix' | 'tail'>('prefix', 'tail'),
      isRecalled: fc.boolean(),
    }),
    { maxLength: 3 },
  )
  .map((drafts) =>
    drafts.map(({ text, place, isRecalled }, i) => {
      const contribution = {
        ref: `r${i}`,
        text,
        place,
        ...(isRecalled
          ? { origin: { element: 'memory' as const, attributes: { kind: 'fact' } } }
          : {}),
      };
      const part = isRecalled ? ('memories' as const) : ('agentConfig' as const);
      return { ...contribution, part, tokenCount: count(contributedText(contribution)) };
    }),
  );

const budgets = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 300, max: 4_000 }),
  fc.constantFrom(20_000, 1_000_000),
);
const cases = (): fc.Arbitrary<Case> =>
  brokenHistories(1, 8, count).chain((log) =>
    fc.record({
      log: fc.constant(log),
      budget: budgets,
      unread: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(20)),
      summaries: summariesOf(Math.max(1, log.length)),
      contributions: contributionsOf,
      shortenLast: fc.boolean(),
    }),
  );

function checkAll(
  format: ContextFormat,
  holds: (answer: Answer & { stored: string }, drawn: Case) => void,
) {
  fc.assert(
    fc.property(cases(), (drawn) => {
      const answer = contextOf(drawn, format);
      if (answer) holds(answer, drawn);
    }),
    { seed: SEED, numRuns: RUNS },
  );
}

/** The parts of a row as they are stored, each with its kind and those of the results around it. */
function leavesOf({ role, content, contentIsJson, metadata }: LogRow): [Part, Part['kind'][]][] {
  const parts = partsOf({
    role,
    content: contentIsJson ? (JSON.parse(content) as Record<string, unknown>[]) : content,
    metadata,
  });
  const leaves = (part: Part, around: Part['kind'][]): [Part, Part['kind'][]][] => {
    const kinds = [...around, part.kind];
    return part.kind === 'tool-result' || part.kind === 'server-tool-result'
      ? part.output.flatMap((nested) => leaves(nested, kinds))
      : [[part, kinds]];
  };
  return parts.flatMap((part) => leaves(part, []));
}

/** By what a part is found again in the bytes of an answer. */
function tracesOf(part: Part): string[] {
  const marks = wordsOf(part).match(MARK) ?? [];
  // A file of text is sent as its text.
  if ('data' in part && part.data !== null && part.text === null)
    return [...marks, JSON.stringify(part.data).slice(1, 60)];
  return [...new Set(marks)];
}

/** Returns the parts of messages in the window that were lost without being named. */
function lostParts({ system, messages, omitted }: Answer, log: LogRow[]): string[] {
  const sent = JSON.stringify([system, messages]);
  const { messages: ranges, parts } = omitted.explained;
  const isOutside = (seq: number) =>
    ranges.some(
      ({ fromSeq, toSeq, reason }) =>
        fromSeq <= seq && seq <= toSeq && reason !== 'nothing_to_send',
    );
  return log
    .filter(({ seq }) => !isOutside(seq))
    .flatMap((row) => {
      const named = parts.filter(({ seq }) => seq === row.seq).map(({ kind }) => kind);
      return leavesOf(row)
        .filter(([part]) => tracesOf(part).some((trace) => !sent.includes(trace)))
        .filter(([, kinds]) => !kinds.some((kind) => named.includes(kind)))
        .map(([part]) => `${row.seq} ${part.kind}: ${tracesOf(part).join()}`);
    });
}

describe.each(CONTEXT_FORMATS)(
  'a context in format %s of any history, budget and summaries',
  (format) => {
    it(`a context in format ${format} breaks no published rule of its provider`, () => {
      checkAll(format, ({ system, messages }) => {
        expect(CHECKERS[format]({ messages, ...(system ? { system } : {}) })).toBeNull();
      });
    });

    it(`a context in format ${format} states no more tokens than its budget`, () => {
      checkAll(format, ({ tokens }, { budget }) => {
        expect(tokens).toBeLessThanOrEqual(budget);
      });
    });

    it(`a context in format ${format} names each part of its messages that it does not hold`, () => {
      checkAll(format, (answer, { log }) => {
        expect(lostParts(answer, log)).toEqual([]);
      });
    });

    it(`each message is in a context in format ${format}, or in a range that was left out`, () => {
      checkAll(format, ({ manifest, omitted }, { log }) => {
        const sent = new Set(manifest.messages.map(({ seq }) => seq));
        const isNamed = (seq: number) =>
          omitted.explained.messages.some(({ fromSeq, toSeq }) => fromSeq <= seq && seq <= toSeq);
        expect(log.filter(({ seq }) => sent.has(seq) === isNamed(seq))).toEqual([]);
      });
    });

    it(`repeating the manifest of a context in format ${format} gives the same bytes`, () => {
      checkAll(
        format,
        ({ system, messages, tokens, stored }, { log, summaries, contributions }) => {
          const repeated = repeatWindow(
            {
              conversationId: 'c',
              manifestId: 'm',
              path: null,
              manifest: JSON.parse(stored) as StoredManifest,
              messages: log,
              summaries,
              contributions: new Map(contributions.map((one) => [contributionName(one), one])),
            },
            counting(),
          );
          const again = 'answer' in repeated ? (JSON.parse(repeated.answer) as Answer) : repeated;
          expect(again).toMatchObject({ messages, tokens, ...(system ? { system } : {}) });
        },
      );
    });

    it(`a context in format ${format} states at least the tokens that it takes`, () => {
      checkAll(format, (answer) => {
        expect(recount(format, answer, count)).toBeLessThanOrEqual(answer.tokens);
      });
    });

    it(`contexts in format ${format} of ordinary conversations state at most 5 % too many`, () => {
      let [stated, taken] = [0, 0];
      for (const log of ordinaryLogs) {
        const plain = { unread: 0, summaries: [], contributions: [], shortenLast: false };
        const answer = contextOf({ log, budget: 1_000_000, ...plain }, format)!;
        stated += answer.tokens;
        taken += recount(format, answer, count);
      }
      expect(stated / taken).toBeLessThanOrEqual(MAX_STATED_SHARE);
    });
  },
);
