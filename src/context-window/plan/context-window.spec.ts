import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { historiesOf } from '../../../test/support/context-histories.js';
import { numberFromEnvironment } from '../../../test/support/seeded.js';
import { scaleOf } from '../../../test/support/window-scale.js';
import { TokenCounter } from '../../conversations/index.js';
import { messageWords, type RawObject, WRITERS } from '../../conversations/parts/index.js';
import { renderLayout } from './context-layout.js';
import { fenceNameOf } from './recalled.js';
import {
  asksSomething,
  planWindow,
  type WindowMaterial,
  type WindowSummary,
} from './context-plan.js';
import { CONTEXT_PARTS } from '../context-source.js';
import { CONTEXT_FORMATS, type ContextFormat } from '../formats.js';
import type { Scale } from './counted-part.js';
import { type LogRow, toWindowMessage } from './window-message.js';

const SEED = numberFromEnvironment('TEST_SEED', 20_261_123);
const RUNS = numberFromEnvironment('RUNS', 400);
const parts = new Set(CONTEXT_PARTS);

const materialOf = (
  log: LogRow[],
  scale: Scale,
  summaries: WindowSummary[] = [],
): WindowMaterial => ({
  lastSeq: log.length,
  newest: log.map((row) => toWindowMessage(row, scale)),
  kept: log
    .filter(({ role, metadata }) => role === 'system' || metadata?.['pinned'] === true)
    .map((row) => toWindowMessage(row, scale)),
  summaries,
  contributions: [],
});

function windowOf(
  log: LogRow[],
  budgetTokens: number,
  format: ContextFormat,
  {
    maxMessages = 10_000,
    summaries = [] as WindowSummary[],
    scale = scaleOf(format, budgetTokens),
  } = {},
) {
  const plan = planWindow(materialOf(log, scale, summaries), {
    budgetTokens: Math.max(0, budgetTokens - WRITERS[format].openingTokens),
    maxMessages,
    parts,
  });
  const rendered = renderLayout(plan, format, fenceNameOf('c'));
  return {
    plan,
    ...rendered,
    sent: JSON.parse(rendered.messages) as (Record<string, unknown> & { role: string })[],
  };
}

/** Fields whose values are words of the format; a message's count includes them. */
const NAMES_OF_FIELDS = new Set(['role', 'type', 'state', 'mediaType', 'detail']);
/** Fields whose values are counted as JSON. */
const OBJECTS = new Set(['input', 'args']);

/** Counts the texts of a message as it is sent, apart from addresses of media. */
function countSaid(value: unknown, count: (text: string) => number): number {
  if (typeof value === 'string') return /^https?:/.test(value) ? 0 : count(value);
  if (Array.isArray(value))
    return value.reduce<number>((sum, one) => sum + countSaid(one, count), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce((sum, [name, field]) => {
    if (NAMES_OF_FIELDS.has(name) || (name === 'id' && 'parts' in value)) return sum;
    return sum + (OBJECTS.has(name) ? count(JSON.stringify(field)) : countSaid(field, count));
  }, 0);
}

const budgets = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 300, max: 10_000 }));
const formats = fc.constantFrom(...CONTEXT_FORMATS);
const ranges = (length: number) =>
  fc
    .array(
      fc.tuple(
        fc.integer({ min: 1, max: length }),
        fc.integer({ min: 1, max: length }),
        fc.boolean(),
        fc.integer({ min: 1, max: 60 }),
      ),
      { maxLength: 4 },
    )
    .map((drafts) =>
      drafts.map(([a, b, compact, tokenCount], i): WindowSummary => ({
        id: `s${i}`,
        fromSeq: Math.min(a, b),
        toSeq: Math.max(a, b),
        content: 'a summary',
        tokenCount,
        createdAt: '2026-11-26T12:00:00.000Z',
        compact,
      })),
    );
const cases = historiesOf(1, 40).chain((log) =>
  fc.tuple(fc.constant(log), budgets, formats, ranges(log.length)),
);
const check = (
  property: fc.IPropertyWithHooks<[[LogRow[], number, ContextFormat, WindowSummary[]]]>,
) => fc.assert(property, { seed: SEED, numRuns: RUNS });

describe('buildWindow with any history, budget and format', () => {
  it('a context takes no more tokens than its budget', () => {
    check(
      fc.property(
        cases,
        ([log, budget, format, summaries]) =>
          windowOf(log, budget, format, { summaries }).tokens <= budget,
      ),
    );
  });

  it('the stated tokens are at least what the tokenizer counts in the sent content', async () => {
    const counter = new TokenCounter();
    await counter.load();
    const count = (text: string) => counter.count(text);
    const recounted = (log: LogRow[]) =>
      log.map((row) => ({
        ...row,
        tokenCount: count(
          messageWords({
            ...row,
            content: row.contentIsJson ? (JSON.parse(row.content) as RawObject[]) : row.content,
          }),
        ),
      }));
    check(
      fc.property(cases, ([log, budget, format]) => {
        const scale = scaleOf(format, budget, count);
        const { sent, system, tokens } = windowOf(recounted(log), budget, format, { scale });
        const said = [...sent, ...(JSON.parse(system ?? '[]') as object[])];
        const counted = said.reduce((sum, message) => sum + 4 + countSaid(message, count), 0);
        expect(counted).toBeLessThanOrEqual(tokens);
      }),
    );
  });

  it('a context sends the newest messages without a gap, besides kept ones', () => {
    check(
      fc.property(cases, ([log, budget, format, summaries]) => {
        const { plan } = windowOf(log, budget, format, { summaries });
        const seqs = plan.tail.flatMap((item) =>
          item.kind === 'message' ? [item.message.seq] : [],
        );
        expect(seqs).toEqual(seqs.map((_, i) => log.length - seqs.length + 1 + i));
      }),
    );
  });

  it('a context sends everything when everything fits', () => {
    check(
      fc.property(cases, ([log, , format]) => {
        const { plan } = windowOf(log, 1_000_000, format);
        const sent = [...plan.prefix, ...plan.carriedOver, ...plan.tail].map(
          (item) => item.kind === 'message' && item.message.seq,
        );
        expect(sent).toEqual(log.map(({ seq }) => seq));
      }),
    );
  });

  it('a context holds no more messages than requested', () => {
    check(
      fc.property(cases, ([log, budget, format]) => {
        const { used } = windowOf(log, budget * 100, format, { maxMessages: 7 });
        expect(used.length).toBeLessThanOrEqual(7);
      }),
    );
  });

  it('the same rows give the same bytes', () => {
    check(
      fc.property(
        cases,
        ([log, budget, format, summaries]) =>
          windowOf(log, budget, format, { summaries }).contentSha256 ===
          windowOf(log, budget, format, { summaries }).contentSha256,
      ),
    );
  });

  it('pinned and leading system messages are kept before anything else', () => {
    check(
      fc.property(cases, ([log, , format]) => {
        const leading = log.findIndex(({ role }) => role !== 'system');
        const question = log.findLastIndex((row) =>
          asksSomething(toWindowMessage(row, scaleOf(format, 1_000_000))),
        );
        const wanted = log
          .filter(
            ({ metadata }, i) =>
              i < (leading < 0 ? log.length : leading) ||
              metadata?.['pinned'] === true ||
              i === question,
          )
          .map((row) => toWindowMessage(row, scaleOf(format, 1_000_000)));
        const budget = wanted.reduce((sum, { cost }) => sum + cost, WRITERS[format].openingTokens);
        const { plan } = windowOf(log, budget, format);
        const sent = new Set(
          [...plan.prefix, ...plan.carriedOver, ...plan.tail].map(
            (item) => item.kind === 'message' && item.message.seq,
          ),
        );
        expect(wanted.filter(({ seq }) => !sent.has(seq))).toEqual([]);
      }),
    );
  });
});

describe('prefix of a window', () => {
  const turns = (log: LogRow[], from: number) =>
    Array.from({ length: 50 }, (_, turn) => log.slice(0, from + turn)).filter(
      ({ length }) => length <= log.length,
    );

  it('the prefix keeps its bytes over 50 turns, however often the window moves', () => {
    fc.assert(
      fc.property(
        historiesOf(40, 60),
        fc.integer({ min: 600, max: 1_200 }),
        formats,
        (log, budget, format) => {
          const from = log.findIndex(({ role }) => role !== 'system') + 1;
          const seen = turns(log, from).map(
            (known) => windowOf(known, budget, format).prefixSha256,
          );
          expect(new Set(seen).size).toBe(1);
        },
      ),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('the prefix changes with a compaction, and then stays the same again', () => {
    const log = Array.from({ length: 80 }, (_, i): LogRow => ({
      id: `m${i}`,
      seq: i + 1,
      role: i % 2 ? 'assistant' : 'user',
      content: 'words',
      contentIsJson: false,
      metadata: null,
      tokenCount: 10,
    }));
    const summary = {
      id: 's',
      fromSeq: 1,
      toSeq: 20,
      content: 'so far',
      tokenCount: 10,
      createdAt: '2026-11-26T12:00:00.000Z',
      compact: true,
    };
    const hashes = (summaries: WindowSummary[]) =>
      new Set(
        turns(log, 30).map((known) => windowOf(known, 300, 'openai', { summaries }).prefixSha256),
      );
    const [before, after] = [hashes([]), hashes([summary])];
    expect([before.size, after.size]).toEqual([1, 1]);
    expect([...before]).not.toEqual([...after]);
    const { plan } = windowOf(log, 100_000, 'openai', { summaries: [summary] });
    expect([plan.tail.length, plan.tail[0]]).toMatchObject([60, { message: { seq: 21 } }]);
  });
});

describe('start and content of a window', () => {
  const chat = (length: number, tokenCount = 20): LogRow[] =>
    Array.from({ length }, (_, i) => ({
      id: `m${i}`,
      seq: i + 1,
      role: i % 2 ? 'assistant' : 'user',
      content: `message ${i}`,
      contentIsJson: false,
      metadata: null,
      tokenCount,
    }));
  const firstOf = (log: LogRow[], budget: number) =>
    windowOf(log, budget, 'openai').plan.tail.map(
      (item) => item.kind === 'message' && item.message.seq,
    )[0];

  it("the window keeps its start for many turns, so that a provider's cache stays useful", () => {
    const log = chat(400);
    const starts = Array.from({ length: 150 }, (_, turn) =>
      firstOf(log.slice(0, 100 + 2 * turn), 100 * 24),
    );
    const moves = starts.filter((start, i) => i > 0 && start !== starts[i - 1]).length;
    // There are two messages a turn and a hundred in the window: a window that moved each turn
    // would have 150 starts.
    expect(moves).toBeLessThan(25);
  });

  it('the window leaves at most a quarter of its budget unused', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 48, max: 3_000 }),
        (length, budget) => {
          const fitting = Math.min(length, Math.floor(budget / 24));
          const { plan } = windowOf(chat(length), budget, 'openai');
          expect(plan.tail.length).toBeGreaterThanOrEqual(Math.floor(fitting * 0.75));
        },
      ),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it('a summary is sent for messages that are left out, and not for messages that are sent', () => {
    const summaries = [
      {
        id: 's',
        fromSeq: 1,
        toSeq: 40,
        content: 'so far',
        tokenCount: 20,
        createdAt: '2026-11-26T12:00:00.000Z',
        compact: false,
      },
    ];
    const carried = (budget: number) =>
      windowOf(chat(100), budget, 'openai', { summaries }).plan.carriedOver.length;
    expect([carried(50 * 24), carried(100_000)]).toEqual([1, 0]);
  });

  it('results are sent in the order of their calls', () => {
    const call = (id: string) => ({ type: 'tool_call', id, name: 'n', arguments: {} });
    const row = (seq: number, role: LogRow['role'], parts: object[]): LogRow => ({
      id: `m${seq}`,
      seq,
      role,
      content: JSON.stringify(parts),
      contentIsJson: true,
      metadata: null,
      tokenCount: 1,
    });
    const result = (id: string) => ({ type: 'tool_result', tool_call_id: id, content: id });
    const log = [
      row(1, 'assistant', [call('a'), call('b')]),
      row(2, 'tool', [result('b')]),
      row(3, 'tool', [result('a')]),
    ];
    expect(
      windowOf(log, 1_000, 'openai')
        .sent.slice(1)
        .map(({ content }) => content),
    ).toEqual(['a', 'b']);
  });

  it("the user's question is kept during a long run of tool calls", () => {
    const log = [
      ...chat(1),
      ...chat(200).map((row): LogRow => ({ ...row, role: 'assistant', seq: row.seq + 1 })),
    ];
    const { plan } = windowOf(log, 600, 'openai');
    expect(plan.carriedOver.map((item) => item.kind === 'message' && item.message.seq)).toEqual([
      1,
    ]);
  });
});
