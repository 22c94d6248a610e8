// Generates conversations from a seed: chats, tool calls in every shape, unanswered calls, system
// and pinned messages.
import fc from 'fast-check';
import type { LogRow } from '../../src/context-window/plan/window-message.js';

type Draft = Omit<LogRow, 'id' | 'seq'>;
type Part = Record<string, unknown> & { type: string };

const words = fc
  .array(fc.constantFrom('rain', 'Oslo', 'tomorrow', 'é漢', '👍', 'a', '\n', '"quoted"'), {
    maxLength: 60,
  })
  .map((list) => list.join(' '));
const tokens = (text: string) => Math.ceil(text.length / 4);

const row = (
  role: LogRow['role'],
  content: string | Part[],
  metadata: LogRow['metadata'] = null,
): Draft => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return {
    role,
    content: text,
    contentIsJson: typeof content !== 'string',
    metadata,
    tokenCount: tokens(text),
  };
};

/** The same call and result in every shape that clients store. */
const SHAPES: {
  call: (id: string, text: string) => Draft;
  result: (id: string, text: string) => Draft;
}[] = [
  {
    call: (id, text) =>
      row('assistant', [
        { type: 'text', text },
        { type: 'tool_call', id, name: 'weather', arguments: { city: text } },
      ]),
    result: (id, text) => row('tool', [{ type: 'tool_result', tool_call_id: id, content: text }]),
  },
  {
    call: (id, text) =>
      row('assistant', text, {
        tool_calls: [
          { id, type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
        ],
      }),
    result: (id, text) => row('tool', text, { tool_call_id: id }),
  },
  {
    call: (id) =>
      row('assistant', [{ type: 'tool_use', id, name: 'weather', input: { city: 'Oslo' } }]),
    result: (id, text) =>
      row('user', [{ type: 'tool_result', tool_use_id: id, content: [{ type: 'text', text }] }]),
  },
  {
    call: (id) =>
      row('assistant', [
        { type: 'function_call', id: `fc_${id}`, call_id: id, name: 'weather', arguments: '{}' },
      ]),
    result: (id, text) =>
      row('tool', [{ type: 'function_call_output', call_id: id, output: text }]),
  },
  {
    call: (id) =>
      row('assistant', [{ type: 'tool-call', toolCallId: id, toolName: 'weather', input: {} }]),
    result: (id, text) =>
      row('tool', [{ type: 'tool-result', toolCallId: id, output: { type: 'text', value: text } }]),
  },
];

const ids = fc.constantFrom('call_1', 'call_2', 'toolu/3', 'x');
const shape = fc.constantFrom(...SHAPES);

const chat = fc
  .tuple(words, words)
  .map(([question, answer]) => [row('user', question), row('assistant', answer)]);
const toolTurn = fc
  .record({
    shape,
    ids: fc.uniqueArray(ids, { minLength: 1, maxLength: 3 }),
    text: words,
    answered: fc.nat(3),
    between: fc.boolean(),
    last: fc.boolean(),
  })
  .map(({ shape: { call, result }, ids: calls, text, answered, between, last }) => [
    row('user', text),
    ...calls.map((id) => call(id, text)),
    ...(between ? [row('user', `meanwhile ${text}`)] : []),
    ...calls.slice(0, answered).map((id) => result(id, text)),
    ...(last ? [row('assistant', text)] : []),
  ]);
const orphan = fc.tuple(shape, ids, words).map(([{ result }, id, text]) => [result(id, text)]);
const note = words.map((text) => [row('system', `note ${text}`)]);
const pin = fc
  .tuple(fc.constantFrom<LogRow['role']>('user', 'assistant', 'system'), words)
  .map(([role, text]) => [row(role, `pinned ${text}`, { pinned: true })]);
const odd = fc.constantFrom(
  [row('user', [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }])],
  [row('assistant', [{ type: 'reasoning', text: 'hm' }])],
  [row('user', '')],
  [row('assistant', [{ type: 'tool_call', name: 'without an id' }])],
  [row('tool', 'without a call')],
);

const step = fc.oneof(
  { weight: 5, arbitrary: chat },
  { weight: 4, arbitrary: toolTurn },
  { weight: 1, arbitrary: orphan },
  { weight: 1, arbitrary: note },
  { weight: 1, arbitrary: pin },
  { weight: 1, arbitrary: odd },
);

/** Generates a conversation of so many turns, usually with a leading system message. */
export const historiesOf = (minLength: number, maxLength: number): fc.Arbitrary<LogRow[]> =>
  fc
    .tuple(
      fc.array(
        words.map((text) => row('system', `You are kind. ${text}`)),
        { maxLength: 2 },
      ),
      fc.array(step, { minLength, maxLength, size: 'max' }),
    )
    .map(([system, steps]) =>
      [...system, ...steps.flat()].map((draft, i) => ({ ...draft, id: `m${i + 1}`, seq: i + 1 })),
    );
