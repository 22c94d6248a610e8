import { describe, expect, it } from '@jest/globals';
import { pdfOf, pngOf } from '../../../../test/support/tiny-media.js';
import { OPENING, type Turn } from '../dialect.js';
import type { Part, RawObject } from '../part.js';
import { readParts } from '../readers.js';
import { bedrockWriter } from './writer.js';

const turn = (role: Turn['role'], ...raw: (string | RawObject)[]): Turn => ({
  role,
  parts: readParts(raw),
  isLeading: false,
});
const ask = turn('user', 'hello');
const request = (...turns: Turn[]) => bedrockWriter.write(turns, { isRequest: true });
const partOf = (raw: RawObject): Part => readParts([raw])[0]!;

const use = (toolUseId: string, more = {}) => ({
  toolUse: { toolUseId, name: 'f', input: {}, ...more },
});
const result = (toolUseId: string, content: object[], more = {}) => ({
  toolResult: { toolUseId, content, ...more },
});
const reasoning = { reasoningContent: { reasoningText: { text: 'hm', signature: 'sig' } } };
const image = (data: unknown = pngOf(9, 9)) => ({
  image: { format: 'png', source: { bytes: data } },
});
const pdf = (name: string, data = pdfOf(1)) => ({
  document: { format: 'pdf', name, source: { bytes: data } },
});
const searchResult = {
  searchResult: { source: 'https://a.example', title: 'A', content: [{ text: 'found' }] },
};
const citations = { citationsContent: { content: [{ text: 'a' }], citations: [] } };
const search = use('s1', { type: 'server_tool_use' });
const found = result('s1', [{ text: 'x' }], { type: 'find_result' });

describe('requests to Converse', () => {
  it.each<[string, Turn[], unknown]>([
    ['joins two turns of a user', [ask, turn('user', 'b')], [{ text: 'hello' }, { text: 'b' }]],
    [
      'puts results first, with their images and JSON',
      [
        ask,
        turn('assistant', use('a')),
        turn('tool', result('a', [{ json: { a: 1 } }, image(), searchResult], { status: 'error' })),
        turn('user', 'and?'),
      ],
      [
        result('a', [{ json: { a: 1 } }, image(), searchResult], { status: 'error' }),
        { text: 'and?' },
      ],
    ],
    [
      'keeps reasoning before a text, and trims the end of the text',
      [ask, turn('assistant', reasoning, 'so \n')],
      [reasoning, { text: 'so' }],
    ],
    ['keeps citations', [ask, turn('assistant', citations)], [citations]],
    [
      'keeps server tools in place',
      [ask, turn('assistant', search, found, 'b')],
      [search, found, { text: 'b' }],
    ],
    [
      'keeps guarded content',
      [turn('user', { guardContent: { text: { text: 'a' } } })],
      [{ guardContent: { text: { text: 'a' } } }],
    ],
    [
      'writes bytes in base64',
      [turn('user', image({ ...Buffer.from('words') }))],
      [image('d29yZHM=')],
    ],
    [
      'gives documents unique and legal names, and a text beside them',
      [turn('user', pdf('a_b.pdf'), pdf('a_b.pdf'))],
      [pdf('a b pdf'), pdf('a b pdf (2)'), { text: '[see the document]' }],
    ],
    [
      'takes a document of the AI SDK',
      [
        turn(
          'user',
          {
            type: 'file',
            mediaType: 'application/pdf',
            filename: 'Plan',
            url: `data:application/pdf;base64,${pdfOf(1)}`,
          },
          'a',
        ),
      ],
      [pdf('Plan'), { text: 'a' }],
    ],
    [
      'labels a system text that comes later',
      [ask, turn('assistant', 'a'), turn('system', 'be brief')],
      [{ text: '<system>be brief</system>' }],
    ],
  ])('%s', (_, turns, expected) => {
    expect(request(...turns).messages.at(-1)!['content']).toEqual(expected);
  });

  it('puts leading system texts in their place, and opens a request that the assistant begins', () => {
    const system = { ...turn('system', 'be brief'), isLeading: true };
    expect(request(system, turn('assistant', 'a'))).toMatchObject({
      system: [{ text: 'be brief' }],
      messages: [{ role: 'user', content: [{ text: OPENING }] }, { role: 'assistant' }],
    });
  });

  it.each<[string, Turn[], string[]]>([
    ['reasoning that nothing follows', [ask, turn('assistant', 'a', reasoning)], ['unfinished']],
    [
      'reasoning of Anthropic',
      [ask, turn('assistant', { type: 'thinking', thinking: 'hm', signature: 's' }, 'a')],
      ['unsigned'],
    ],
    ['a server call without its result', [ask, turn('assistant', search, 'a')], ['unfinished']],
    ['a blank text', [ask, turn('user', ' ')], ['empty']],
    [
      'an image on the web',
      [
        turn(
          'user',
          { type: 'image', source: { type: 'url', url: 'https://a.example/b.png' } },
          'a',
        ),
      ],
      ['not_accepted'],
    ],
    ['a cache point', [turn('user', 'a', { cachePoint: { type: 'default' } })], ['not_accepted']],
  ])('leaves out %s', (_, turns, reasons) => {
    expect(request(...turns).omitted.map(({ reason }) => reason)).toEqual(reasons);
  });

  it('gives calls legal and unique ids, and their results the same', () => {
    const { messages } = request(
      ask,
      turn('assistant', use('a.1'), use('a.1')),
      turn('tool', result('a.1', [{ text: 'x' }]), result('a.1', [{ text: 'y' }])),
    );
    const blocks = messages.slice(1).flatMap(({ content }) => content as RawObject[]);
    const ids = blocks.map(
      ({ toolUse, toolResult }) => ((toolUse ?? toolResult) as RawObject)['toolUseId'],
    );
    expect(new Set(ids).size).toBe(2);
    expect(ids.slice(0, 2)).toEqual(ids.slice(2));
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });

  it('writes reasoning that has no stored block', () => {
    const thought = { ...partOf(reasoning), original: null };
    const { messages, omitted } = request(ask, {
      ...turn('assistant'),
      parts: [thought, ...ask.parts],
    });
    expect(messages[1]!['content']).toEqual([reasoning, { text: 'hello' }]);
    expect(omitted).toEqual([]);
  });
});

describe('parts that Converse accepts', () => {
  it.each<[string, RawObject, Turn['role'], number | null]>([
    ['an image', image(), 'user', 1_600],
    ['a PDF of three pages, and the text beside it', pdf('a', pdfOf(3)), 'user', 6_908],
    ['a result with an image', result('a', [image()]), 'tool', 1_600],
    ['an image in the turn of an assistant', image(), 'assistant', null],
    [
      'reasoning without a signature',
      { reasoningContent: { reasoningText: { text: 'hm' } } },
      'assistant',
      null,
    ],
    ['a call', use('a'), 'assistant', 0],
    ['a server call in the turn of a user, as a text', search, 'user', 8],
  ])('tells the tokens of %s', (_, raw, role, tokens) => {
    const part = partOf(raw);
    expect(bedrockWriter.accepts(part, role)).toBe(tokens !== null);
    if (tokens !== null) expect(bedrockWriter.extraTokens(part, role)).toBe(tokens);
  });
});
