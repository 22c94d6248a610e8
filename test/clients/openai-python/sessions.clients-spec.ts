// The published package openai for Python makes the calls of a session of the Agents SDK, and checks that each answer is
// of its types.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../../support/app.js';
import { runProgram } from '../program.js';

let api: TestApp;
let url: string;
beforeAll(async () => {
  api = await createTestApp();
  url = await api.listen();
});
afterAll(() => api.close());

type Item = Record<string, unknown>;
interface Seen {
  id: string;
  empty: null;
  classes: string[];
  deleted: boolean;
  gone: number;
  items: Item[];
  newest: Item[];
  moreThanAPage: Item[];
  popped: Item[];
  left: Item[];
  again: Item[];
}

/** Items as the Agents SDK for Python has them: without ids, but for reasoning. */
const TURN: Item[] = [
  {
    role: 'user',
    content: [
      { type: 'input_text', text: 'What is this?' },
      { type: 'input_image', image_url: 'https://a.example/1.png', detail: 'auto' },
      { type: 'input_file', file_url: 'https://a.example/a.pdf', filename: 'a.pdf' },
    ],
  },
  {
    ...{ type: 'reasoning', id: 'rs_68c0ffee', encrypted_content: 'gAAAAsecret' },
    summary: [{ type: 'summary_text', text: 'I need a place.' }],
  },
  { type: 'function_call', call_id: 'call_1', name: 'find_place', arguments: '{"near":"harbour"}' },
  { type: 'function_call_output', call_id: 'call_1', output: 'A hall at the harbour.' },
  {
    ...{ type: 'message', role: 'assistant', status: 'completed' },
    content: [
      { type: 'output_text', text: 'A hall.', annotations: [], logprobs: [] },
      { type: 'refusal', refusal: 'No more.' },
    ],
  },
  { type: 'custom_tool_call', call_id: 'call_2', name: 'shell', input: 'ls' },
  { type: 'custom_tool_call_output', call_id: 'call_2', output: 'a.pdf' },
];
const SHORT = Array.from({ length: 41 }, (_, i): Item => ({ role: 'user', content: `Line ${i}` }));
/** The most that OpenAI takes in one request. */
const BATCH = 20;
const ALL = [...SHORT, ...TURN];
const batches = Array.from({ length: Math.ceil(ALL.length / BATCH) }, (_, i) =>
  ALL.slice(i * BATCH, (i + 1) * BATCH),
);

const POPPED = batches.at(-1)!.length;

/** An item as it was sent, with the fields that each item of the API has. */
const shown = ({ ...item }: Item): Item => ({
  ...(item['type'] === undefined ? { type: 'message', status: 'completed' } : {}),
  ...item,
  id: item['id'] ?? expect.any(String),
  ...(typeof item['content'] === 'string'
    ? { content: [{ type: 'input_text', text: item['content'] }] }
    : {}),
});
/** Items that are added again get other ids, and fields of older releases that are null. */
const compared = (items: Item[]) =>
  JSON.parse(
    JSON.stringify(items, (name, value: unknown) =>
      name === 'id' || value === null ? undefined : value,
    ),
  ) as Item[];

/** The published types of these items. */
const CLASSES = [
  ...['Message', 'ResponseCustomToolCall', 'ResponseCustomToolCallOutput'],
  ...['ResponseFunctionToolCallItem', 'ResponseFunctionToolCallOutputItem'],
  'ResponseReasoningItem',
];

it.each(['sync', 'async'])(
  'the %s client keeps, pages, takes back and clears the items of a session',
  async (kind) => {
    const user = `python-${kind}`;
    const seen = await runProgram<Seen>(
      join(import.meta.dirname, 'session.py'),
      { BASE_URL: `${url}/compat/openai/v1`, API_KEY: api.serviceKey, USER_NAME: user },
      batches,
      { interpreter: join(import.meta.dirname, '.venv/bin/python'), args: [kind] },
    );
    expect(seen.id).toMatch(/^conv_[0-9a-f]{32}$/);
    expect(seen.empty).toBeNull();
    expect(seen.items).toMatchObject(ALL.map(shown));
    expect(new Set(seen.items.map(({ id }) => id)).size).toBe(ALL.length);
    expect(seen.classes).toEqual(CLASSES);
    expect(seen.newest).toEqual(seen.items.slice(-3));
    expect(seen.moreThanAPage).toEqual(seen.items);
    expect(seen.popped).toEqual(seen.items.slice(-POPPED).toReversed());
    expect(seen.left).toEqual(seen.items.slice(0, -POPPED));
    expect(compared(seen.again)).toEqual(compared(seen.items));
    expect([seen.deleted, seen.gone]).toEqual([true, 404]);

    const { body } = await api.actingFor(user).get('/v1/conversations?status=deleted').expect(200);
    expect(body.data).toHaveLength(1);
  },
);
