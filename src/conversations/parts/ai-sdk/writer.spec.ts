import { describe, expect, it } from '@jest/globals';
import { checkAiSdk } from '../../../../test/support/dialect-rules/ai-sdk.js';
import { pdfOf, pngOf } from '../../../../test/support/tiny-media.js';
import type { Turn } from '../dialect.js';
import type { Part, RawObject } from '../part.js';
import { readParts } from '../readers.js';
import { aiSdkWriter } from './writer.js';

const turn = (role: Turn['role'], ...raw: (string | RawObject)[]): Turn => {
  const parts = readParts(raw);
  const isOfTurn = ({ kind }: Part) => role !== 'assistant' || kind !== 'tool-result';
  return { role, parts: parts.filter(isOfTurn), isLeading: false };
};
/** The results in parts that have both a call and a result. */
const results = (...raw: RawObject[]): Turn => ({
  role: 'tool',
  parts: readParts(raw).filter(({ kind }) => kind === 'tool-result'),
  isLeading: false,
});
const ask = turn('user', 'hello');
const request = (...turns: Turn[]) => aiSdkWriter.write(turns, { isRequest: true });
const partOf = (raw: RawObject): Part => readParts([raw])[0]!;

const text = (value: string) => ({ type: 'text', text: value });
const ui = (fields: RawObject) => ({
  type: 'tool-w',
  toolCallId: 'c1',
  state: 'output-available',
  input: { city: 'Oslo' },
  ...fields,
});
const openAiCall = {
  id: 'c1',
  type: 'function',
  function: { name: 'w', arguments: '{"city":"Oslo"}' },
};
const openAiImage = {
  type: 'image_url',
  image_url: { url: `data:image/png;base64,${pngOf(1, 1)}` },
};
const search = ui({ type: 'tool-web_search', providerExecuted: true, output: 'found' });
const sourceUrl = { type: 'source-url', sourceId: 's', url: 'https://a.example', title: 'A' };

describe('UIMessages', () => {
  it.each<[string, Turn[], unknown[]]>([
    [
      'keeps the value of an output',
      [ask, turn('assistant', ui({})), results(ui({ output: { t: -7 } }))],
      [ui({ output: { t: -7 } })],
    ],
    [
      'keeps a dynamic tool and the options of its call',
      [
        ask,
        turn(
          'assistant',
          ui({
            type: 'dynamic-tool',
            toolName: 'w',
            output: 'x',
            callProviderMetadata: { google: {} },
          }),
        ),
        results(ui({ type: 'dynamic-tool', toolName: 'w', output: 'x' })),
      ],
      [
        ui({
          type: 'dynamic-tool',
          toolName: 'w',
          output: 'x',
          callProviderMetadata: { google: {} },
        }),
      ],
    ],
    [
      'keeps a denial',
      [
        ask,
        turn('assistant', ui({})),
        results(ui({ state: 'output-denied', approval: { id: 'a', approved: false } })),
      ],
      [ui({ state: 'output-denied', approval: { id: 'a', approved: false } })],
    ],
    [
      'makes one part of a call of OpenAI and its result',
      [
        ask,
        turn('assistant', 'let me see', openAiCall),
        turn('tool', { type: 'tool_result', tool_use_id: 'c1', content: 'cold' }),
      ],
      [text('let me see'), ui({ output: 'cold' })],
    ],
    [
      'tells an error as one',
      [
        ask,
        turn('assistant', openAiCall),
        turn('tool', { type: 'tool_result', tool_use_id: 'c1', content: 'bad', is_error: true }),
      ],
      [ui({ state: 'output-error', errorText: 'bad' })],
    ],
    [
      'begins a step where the assistant goes on',
      [
        ask,
        turn('assistant', openAiCall),
        turn('tool', { type: 'tool_result', tool_use_id: 'c1', content: 'cold' }),
        turn('assistant', 'It is cold.'),
      ],
      [ui({ output: 'cold' }), { type: 'step-start' }, text('It is cold.')],
    ],
    [
      'keeps steps once',
      [
        ask,
        turn('assistant', { type: 'step-start' }, ui({})),
        results(ui({ output: 'cold' })),
        turn('assistant', { type: 'step-start' }, 'It is cold.'),
      ],
      [{ type: 'step-start' }, ui({ output: 'cold' }), { type: 'step-start' }, text('It is cold.')],
    ],
    [
      'writes an image of OpenAI as a file',
      [turn('user', openAiImage)],
      [{ type: 'file', mediaType: 'image/png', url: openAiImage.image_url.url }],
    ],
    [
      'keeps a file with its name',
      [turn('user', { type: 'file', mediaType: 'a/b', url: 'https://a.example/b', filename: 'b' })],
      [{ type: 'file', mediaType: 'a/b', url: 'https://a.example/b', filename: 'b' }],
    ],
    [
      'writes a file of text as text',
      [
        turn('user', {
          type: 'file',
          mediaType: 'text/csv',
          data: Buffer.from('a,b').toString('base64'),
          filename: 'c.csv',
        }),
      ],
      [text('[c.csv]\na,b')],
    ],
    [
      'keeps signed reasoning of Anthropic',
      [ask, turn('assistant', { type: 'thinking', thinking: 'hm', signature: 's' }, 'a')],
      [
        { type: 'reasoning', text: 'hm', providerMetadata: { anthropic: { signature: 's' } } },
        text('a'),
      ],
    ],
    [
      'keeps encrypted reasoning of OpenAI with its id',
      [
        ask,
        turn(
          'assistant',
          { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' },
          'a',
        ),
      ],
      [
        {
          type: 'reasoning',
          text: '',
          providerMetadata: { openai: { itemId: 'rs_1', reasoningEncryptedContent: 'x' } },
        },
        text('a'),
      ],
    ],
    [
      'keeps reasoning of a ModelMessage with its options',
      [
        ask,
        turn(
          'assistant',
          { type: 'reasoning', text: 'hm', providerOptions: { openai: { itemId: 'rs_1' } } },
          'a',
        ),
      ],
      [
        { type: 'reasoning', text: 'hm', providerMetadata: { openai: { itemId: 'rs_1' } } },
        text('a'),
      ],
    ],
    [
      'keeps the options of a text',
      [ask, turn('assistant', { ...text('a'), providerOptions: { google: {} } })],
      [{ ...text('a'), providerMetadata: { google: {} } }],
    ],
    [
      'keeps a tool that the provider ran',
      [ask, turn('assistant', search, 'a')],
      [search, text('a')],
    ],
    ['keeps sources at the end', [ask, turn('assistant', 'a', sourceUrl)], [text('a'), sourceUrl]],
    [
      'writes a web search of Anthropic as texts',
      [
        ask,
        turn(
          'assistant',
          { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'q' } },
          {
            type: 'web_search_tool_result',
            tool_use_id: 's1',
            content: [
              {
                type: 'web_search_result',
                title: 'A',
                url: 'https://a.example',
                encrypted_content: 'x',
              },
            ],
          },
        ),
      ],
      [text('[web_search: {"query":"q"}]'), { type: 'text', text: expect.stringContaining('A') }],
    ],
  ])('%s', (_, turns, expected) => {
    const written = request(...turns);
    expect(written.messages.at(-1)!['parts']).toEqual(expected);
    expect(written.omitted).toEqual([]);
    expect(checkAiSdk(written)).toBeNull();
  });

  it('writes system texts in messages of their own', () => {
    const written = request({ ...turn('system', 'be brief'), isLeading: true }, ask);
    expect(written).toEqual({
      messages: [
        { id: 'msg-1', role: 'system', parts: [text('be brief')] },
        { id: 'msg-2', role: 'user', parts: [text('hello')] },
      ],
      omitted: [],
    });
  });

  it.each<[string, Turn[], string[]]>([
    [
      'unsigned thinking',
      [ask, turn('assistant', { type: 'thinking', thinking: 'hm' }, 'a')],
      ['unsigned'],
    ],
    [
      'reasoning without words',
      [ask, turn('assistant', { type: 'reasoning', text: '' }, 'a')],
      ['unsigned'],
    ],
    [
      'reasoning that nothing follows',
      [ask, turn('assistant', { type: 'reasoning', text: 'hm' }, sourceUrl)],
      ['unfinished', 'unfinished'],
    ],
    [
      'a search without a result',
      [ask, turn('assistant', { ...search, state: 'input-available' }, 'a')],
      ['unfinished'],
    ],
    ['a blank text', [turn('user', ' ', 'a')], ['empty']],
    ['data of an application', [turn('user', { type: 'data-x', data: 1 }, 'a')], ['not_accepted']],
    [
      'an image in a result',
      [
        ask,
        turn('assistant', openAiCall),
        turn('tool', { type: 'tool_result', tool_use_id: 'c1', content: [openAiImage] }),
      ],
      ['not_accepted'],
    ],
    [
      'a second result of a call',
      [
        ask,
        turn('assistant', openAiCall),
        ...['bad', 'cold'].map((content) =>
          turn('tool', {
            type: 'tool_result',
            tool_use_id: 'c1',
            content,
            is_error: content === 'bad',
          }),
        ),
      ],
      ['not_accepted'],
    ],
    [
      'a file by a path',
      [turn('user', { type: 'file', mediaType: 'a/b', url: '/a' }, 'a')],
      ['not_accepted'],
    ],
  ])('leaves out %s', (_, turns, reasons) => {
    const written = request(...turns);
    expect(written.omitted.map(({ reason }) => reason)).toEqual(reasons);
    expect(checkAiSdk(written)).toBeNull();
  });

  it('keeps reasoning at the end of a stretch of a conversation', () => {
    const reasoning = { type: 'reasoning', text: 'hm' };
    const { messages } = aiSdkWriter.write([turn('assistant', reasoning)], { isRequest: false });
    expect(messages).toMatchObject([{ parts: [reasoning] }]);
  });

  it('gives a call without a result as one', () => {
    const { messages } = aiSdkWriter.write([turn('assistant', openAiCall)], { isRequest: false });
    expect(messages).toMatchObject([{ parts: [ui({ state: 'input-available' })] }]);
  });

  it('sends a result that was shortened, and not its whole value', () => {
    const whole = results(ui({ output: { t: -7 } }));
    const shortened = { ...whole.parts[0]!, original: null, output: readParts('cold …') } as Part;
    const { messages } = request(ask, turn('assistant', ui({})), { ...whole, parts: [shortened] });
    expect(messages.at(-1)).toMatchObject({ parts: [{ output: 'cold …' }] });
  });

  it('makes ids and names of tools legal and gives them once', () => {
    const call = { ...openAiCall, function: { name: 'a.b/c', arguments: '{' } };
    const answer = turn('tool', { type: 'tool_result', tool_use_id: 'c1', content: 'x' });
    const written = request(ask, turn('assistant', call), answer, turn('assistant', call), answer);
    expect(checkAiSdk(written)).toBeNull();
    expect(written.messages[1]!['parts']).toMatchObject([
      { type: expect.stringMatching(/^tool-a_b_c_/), input: { input: '{' } },
      { type: 'step-start' },
      {},
    ]);
  });

  it('writes a prefix of turns as a prefix of messages', () => {
    const turns = [ask, turn('assistant', search, 'a'), ask, turn('assistant', openAiCall)];
    const whole = aiSdkWriter.write(turns, { isRequest: false }).messages;
    const prefix = aiSdkWriter.write(turns.slice(0, 3), { isRequest: false }).messages;
    expect(whole.slice(0, 3)).toEqual(prefix);
  });
});

describe('parts that the AI SDK accepts', () => {
  it.each<[string, RawObject, Turn['role'], number | null]>([
    ['an image', openAiImage, 'user', 255],
    [
      'a PDF of three pages',
      {
        type: 'file',
        mediaType: 'application/pdf',
        url: `data:application/pdf;base64,${pdfOf(3)}`,
      },
      'user',
      6_900,
    ],
    ['an image of a system text', openAiImage, 'system', null],
    ['a call', openAiCall, 'assistant', 0],
    ['the start of a step', { type: 'step-start' }, 'assistant', 0],
    ['a source', sourceUrl, 'assistant', 0],
    ['a source in the turn of a user', sourceUrl, 'user', 8],
    ['data', { type: 'data-x', data: 1 }, 'assistant', null],
    ['an upload', { type: 'image-file-id', fileId: 'f' }, 'user', null],
  ])('tells the tokens of %s', (_, raw, role, tokens) => {
    const part = partOf(raw);
    expect(aiSdkWriter.accepts(part, role)).toBe(tokens !== null);
    if (tokens !== null) expect(aiSdkWriter.extraTokens(part, role)).toBe(tokens);
  });
});
