import { describe, expect, it } from '@jest/globals';
import { CHECKED_FORMATS, CHECKERS } from '../../../test/support/dialect-rules/index.js';
import { convertMessages } from './convert.js';
import type { StoredMessage } from './dialect.js';
import { type Dialect, DIALECTS, type RawObject } from './part.js';
import { READERS } from './readers.js';

const tool = (id: string) => ({
  ...{ type: 'tool-w', toolCallId: id, state: 'output-available' },
  ...{ input: {}, output: `result of ${id}` },
});
const text = { type: 'text', text: 'a' };
const stored = (
  role: StoredMessage['role'],
  content: StoredMessage['content'],
  metadata: StoredMessage['metadata'] = null,
): StoredMessage => ({ role, content, metadata });
const convertAll = (dialect: Dialect, ...messages: StoredMessage[]) =>
  convertMessages(
    messages.map((message, i) => ({ ...message, seq: i + 2 })),
    dialect,
  );
const convert = (...content: RawObject[]) =>
  convertAll('openai', stored('assistant', content)).messages;
const calls = (...ids: string[]) =>
  expect.objectContaining({ tool_calls: ids.map((id) => expect.objectContaining({ id })) });
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: `result of ${id}` });

describe('a UIMessage that is converted', () => {
  it('has the calls of one step at once', () => {
    expect(convert(tool('c1'), tool('c2'), text)).toEqual([
      calls('c1', 'c2'),
      result('c1'),
      result('c2'),
      { role: 'assistant', content: 'a' },
    ]);
  });

  it.each([[{ type: 'step-start' }], [text]])('has the calls behind %j in another turn', (said) => {
    expect(convert(tool('c1'), said, tool('c2'))).toEqual([
      calls('c1'),
      result('c1'),
      calls('c2'),
      result('c2'),
    ]);
  });
});

/** Items of the Responses API are messages of their own. */
const items = (...raw: RawObject[]): StoredMessage[] =>
  raw.map((item) =>
    READERS.map(({ readMessage }) => readMessage(item)).find((message) => message !== null)!,
  );
const functionCall = (id: string) => ({
  ...{ type: 'function_call', call_id: id, name: `name of ${id}` },
  arguments: '{}',
});
const output = (id: string) => ({
  type: 'function_call_output',
  call_id: id,
  output: `result of ${id}`,
});
const said = (words: string) => ({
  ...{ type: 'message', role: 'assistant', status: 'completed' },
  content: [{ type: 'output_text', text: words, annotations: [] }],
});
const thought = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'secret' };

describe('items of the Responses API that are converted to chat', () => {
  it.each<[string, RawObject[], unknown[]]>([
    [
      'parallel calls are one message, with their results behind',
      [functionCall('c1'), functionCall('c2'), output('c1'), output('c2')],
      [calls('c1', 'c2'), result('c1'), result('c2')],
    ],
    [
      'results stand in the order of their calls',
      [functionCall('c1'), functionCall('c2'), output('c2'), output('c1')],
      [calls('c1', 'c2'), result('c1'), result('c2')],
    ],
    [
      'what was said before calls stands beside them',
      [thought, said('I look.'), functionCall('c1'), functionCall('c2')],
      [{ role: 'assistant', content: 'I look.', tool_calls: expect.any(Array) }],
    ],
    [
      'what was said between calls and results stands beside them, too',
      [functionCall('c1'), said('I look.'), functionCall('c2'), output('c1'), output('c2')],
      [calls('c1', 'c2'), result('c1'), result('c2')],
    ],
    [
      'thoughts between calls do not part them',
      [functionCall('c1'), thought, functionCall('c2'), output('c1'), output('c2')],
      [calls('c1', 'c2'), result('c1'), result('c2')],
    ],
    [
      'calls that were made one after the other stay so',
      [functionCall('c1'), output('c1'), functionCall('c2'), output('c2')],
      [calls('c1'), result('c1'), calls('c2'), result('c2')],
    ],
    [
      'two answers stay two',
      [said('a'), said('b')],
      [
        { role: 'assistant', content: 'a' },
        { role: 'assistant', content: 'b' },
      ],
    ],
  ])('%s', (_, raw, expected) => {
    const { messages } = convertAll('openai', ...items(...raw));
    expect(messages).toEqual(expected);
  });

  it('have the images of all results behind the last result', () => {
    const shot = {
      type: 'computer_screenshot',
      image_url: 'data:image/png;base64,iVBORw0KGgo=',
    };
    const computer = { type: 'computer_call', id: 'cu_1', call_id: 'c1', action: {} };
    const { messages } = convertAll(
      'openai',
      ...items(
        computer,
        functionCall('c2'),
        { type: 'computer_call_output', call_id: 'c1', output: shot },
        output('c2'),
      ),
    );
    expect(messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'tool', 'user']);
    expect(CHECKERS.openai({ messages })).toBeNull();
  });

  it.each(CHECKED_FORMATS.filter((format) => format !== 'openai-responses'))(
    'are legal in format %s',
    (format) => {
      const { messages, system } = convertAll(
        format,
        stored('user', 'Weather?'),
        ...items(thought, functionCall('c1'), functionCall('c2'), output('c2'), output('c1')),
        ...items(said('It rains.')),
      );
      expect(CHECKERS[format]({ messages, ...(system ? { system } : {}) })).toBeNull();
    },
  );
});

describe('messages of another form', () => {
  it('have texts of its own kind in the Responses API, which knows no plain one', () => {
    expect(
      convertAll('openai-responses', stored('assistant', [text]), stored('user', [text, text]))
        .messages,
    ).toEqual([
      { role: 'assistant', content: 'a' },
      { role: 'user', content: 'a\na' },
    ]);
  });

  it('have their calls in the form of OpenAI, where LangChain keeps them in the metadata', () => {
    const call = { type: 'tool_call', id: 'c1', name: 'w', args: { city: 'Oslo' } };
    const { messages } = convertAll(
      'openai',
      stored('assistant', 'I look.', { tool_calls: [call] }),
    );
    expect(messages).toEqual([
      {
        role: 'assistant',
        content: 'I look.',
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'w', arguments: '{"city":"Oslo"}' } },
        ],
      },
    ]);
  });

  it('have images that a tool made at OpenAI named, where only its words are sent', () => {
    const image = { type: 'image_generation_call', id: 'ig_1', result: 'iVBORw0KGgo=' };
    for (const dialect of DIALECTS.filter((one) => one !== 'openai-responses')) {
      const { messages, omitted } = convertAll(dialect, ...items(image));
      expect([dialect, messages.length]).toEqual([dialect, 1]);
      expect(omitted).toEqual([{ seq: 2, kind: 'image', reason: 'not_accepted' }]);
    }
  });
});

const responses = (messages: RawObject[]): unknown[] =>
  messages
    .flatMap(({ parts }) => parts as RawObject[])
    .map(({ functionResponse }) => (functionResponse as RawObject | undefined)?.['name'])
    .filter((name) => name !== undefined);

describe('a result that is converted for Gemini', () => {
  it('has the name of the call with its id, also when that call is of Gemini', () => {
    const own = stored('assistant', [{ functionCall: { id: 'c1', name: 'weather', args: {} } }]);
    const answer = stored('tool', 'rain', { tool_call_id: 'c1' });
    const { messages } = convertAll('gemini', own, answer);
    expect(responses(messages)).toEqual(['weather']);
  });

  it('has the name of its call, where the Agents SDK tells the id', () => {
    const { messages } = convertAll(
      'gemini',
      ...items(functionCall('c1'), { ...output('c1'), type: 'function_call_result', name: 'c1' }),
    );
    expect(responses(messages)).toEqual([expect.stringMatching(/^name_of_c1_/)]);
  });

  it('keeps its own name, where two calls have one id', () => {
    const use = (name: string) => ({ type: 'tool_call', id: 'c1', name, args: {} });
    const { messages } = convertAll(
      'gemini',
      stored('assistant', [use('one'), use('two')]),
      stored('tool', 'a', { tool_call_id: 'c1', name: 'one' }),
      stored('tool', 'b', { tool_call_id: 'c1', name: 'two' }),
    );
    expect(responses(messages)).toEqual(['one', 'two']);
  });

  it('has the name of the call in its place, where nothing tells an id', () => {
    const { messages } = convertAll(
      'gemini',
      stored('assistant', [
        { function_call: { name: 'one', arguments: '{}' } },
        { type: 'function', function: { name: 'two', arguments: '{}' } },
      ]),
      stored('tool', 'a'),
      stored('tool', 'b'),
    );
    expect(responses(messages)).toEqual(['one', 'two']);
  });
});

const openAiCall = { id: 'c1', type: 'function', function: { name: 'w', arguments: '{}' } };

describe('parts that stand in the wrong place', () => {
  it.each(
    DIALECTS.flatMap((dialect) =>
      [
        openAiCall,
        functionCall('c1'),
        { type: 'tool_use', id: 'c1', name: 'w', input: {} },
        { functionCall: { name: 'w', args: {} } },
        { toolUse: { toolUseId: 'c1', name: 'w', input: {} } },
        { type: 'tool-call', toolCallId: 'c1', toolName: 'w', input: {} },
        { type: 'tool_call', id: 'c1', name: 'w', args: {} },
      ].map((call) => [dialect, call] as const),
    ),
  )('in %s a call of a user is left out and named: %j', (dialect, call) => {
    const { messages, omitted } = convertAll(dialect, stored('user', [text, call]));
    expect(messages).toHaveLength(1);
    expect(JSON.stringify(messages)).not.toMatch(/c1|"w"/);
    expect(omitted).toEqual([{ seq: 2, kind: 'tool-call', reason: 'not_accepted' }]);
  });

  it.each<[Dialect, RawObject, RawObject]>([
    [
      'anthropic',
      { type: 'tool_use', id: 'c1', name: 'w', input: {} },
      { type: 'tool_result', tool_use_id: 'c1', content: 'rain' },
    ],
    [
      'bedrock',
      { toolUse: { toolUseId: 'c1', name: 'w', input: {} } },
      { toolResult: { toolUseId: 'c1', content: [{ text: 'rain' }] } },
    ],
    [
      'gemini',
      { functionCall: { name: 'w', args: {} } },
      { functionResponse: { name: 'w', response: { output: 'rain' } } },
    ],
  ])('in %s a result that an assistant has is the user’s', (dialect, call, answer) => {
    const { messages, omitted } = convertAll(dialect, stored('assistant', [call, answer]));
    expect(messages).toMatchObject([
      { role: dialect === 'gemini' ? 'model' : 'assistant' },
      { role: 'user' },
    ]);
    expect(omitted).toEqual([]);
  });
});

describe('messages without words', () => {
  const empty: [string, StoredMessage][] = [
    ['an empty text', stored('user', '')],
    ['a blank text', stored('assistant', ' \n')],
    ['no parts', stored('assistant', [])],
    ['an empty part', stored('user', [{ type: 'text', text: '' }])],
    ['an empty part of Gemini and Bedrock', stored('user', [{ text: '' }])],
    ['a system text', stored('system', '')],
  ];

  it.each(DIALECTS.flatMap((dialect) => empty.map(([what, one]) => [dialect, what, one] as const)))(
    'in %s nothing is written for %s',
    (dialect, _, message) => {
      const { messages, system, omitted } = convertAll(dialect, message);
      expect([messages, system]).toEqual([[], undefined]);
      const hasPart = message.content.length > 0;
      expect(omitted).toEqual(hasPart ? [{ seq: 2, kind: 'text', reason: 'empty' }] : []);
    },
  );

  it('are given back when they are the result of a tool, or have something beside', () => {
    const messages = [
      { role: 'assistant', content: '', tool_calls: [openAiCall] },
      { role: 'tool', content: '', tool_call_id: 'c1' },
      { role: 'assistant', content: null, refusal: 'I cannot.' },
    ];
    expect(convertAll('openai', ...items(...messages))).toEqual({ messages, omitted: [] });
  });

  it('are given back to LangChain, whose histories have them', () => {
    const messages = [{ type: 'ai', data: { content: '', tool_calls: [], id: 'run-1' } }];
    expect(convertAll('langchain', ...items(...messages)).messages).toEqual(messages);
  });
});

describe('calls without ids, as those of Gemini', () => {
  const called = (...names: string[]) =>
    stored(
      'assistant',
      names.map((name) => ({ functionCall: { name, args: {} } })),
    );
  const answered = (...names: string[]) =>
    stored(
      'user',
      names.map((name) => ({ functionResponse: { name, response: { output: `of ${name}` } } })),
    );
  /** Ids of calls, and the id and text of each result. */
  const pairs = (...messages: StoredMessage[]) =>
    convertAll('openai', ...messages).messages.flatMap((message) => [
      ...((message['tool_calls'] as { id: string }[] | undefined) ?? []).map(({ id }) => id),
      ...(message['role'] === 'tool'
        ? [`${String(message['tool_call_id'])} ${JSON.stringify(message['content'])}`]
        : []),
    ]);

  it('have their results, also behind a call that nobody answered', () => {
    const found = pairs(
      called('weather'),
      stored('user', 'Never mind.'),
      called('time'),
      answered('time'),
    );
    expect(found).toEqual(['call_2_1', 'call_4_1', expect.stringMatching(/^call_4_1 .*of time/)]);
  });

  it('have the results of their tools, in whichever order those come', () => {
    const found = pairs(called('weather', 'time'), answered('time', 'weather'));
    expect(found).toEqual([
      ...['call_2_1', 'call_2_2'],
      expect.stringMatching(/^call_2_1 .*of weather/),
      expect.stringMatching(/^call_2_2 .*of time/),
    ]);
  });

  it('have the results that follow them, among branches', () => {
    const result = (seq: number, parentSeq: number) => ({
      ...stored('user', [{ functionResponse: { name: 'time', response: { output: `${seq}` } } }]),
      ...{ seq, parentSeq },
    });
    const messages = [
      { ...called('time'), seq: 2, parentSeq: 1 },
      { ...called('time'), seq: 3, parentSeq: 1 },
      ...[result(4, 3), result(5, 2)],
    ];
    const told = convertMessages(messages, 'openai').messages.flatMap((message) =>
      message['role'] === 'tool' ? [[message['tool_call_id'], message['content']]] : [],
    );
    expect(told).toEqual([
      ['call_2_1', '5'],
      ['call_3_1', '4'],
    ]);
  });
});

it('leaves reasoning out of items when a user follows it, as the API refuses that', () => {
  const options = { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'gAAAAABpsecret' } };
  const thought = { type: 'reasoning', text: 'Hm.', state: 'done', providerMetadata: options };
  const typesOf = (...messages: StoredMessage[]) =>
    convertAll('openai-responses', ...messages).messages.map(({ type = 'message' }) => type);
  const stopped = stored('assistant', [thought]);
  expect(typesOf(stopped, stored('user', 'Go on.'))).toEqual(['message']);
  expect(typesOf(stopped)).toEqual(['reasoning']);
  const goesOn = stored('assistant', [{ type: 'output_text', text: 'Yes.', annotations: [] }]);
  expect(typesOf(stopped, goesOn)).toEqual(['reasoning', 'message']);
});
