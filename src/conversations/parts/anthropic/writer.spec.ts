import { describe, expect, it } from '@jest/globals';
import { expectSameBeginnings } from '../../../../test/support/beginnings.js';
import { checkAnthropic } from '../../../../test/support/dialect-rules/anthropic.js';
import { pdfOf, pngOf } from '../../../../test/support/tiny-media.js';
import { OPENING, type Turn } from '../dialect.js';
import { type Part, type RawObject, textPart } from '../part.js';
import { readParts } from '../readers.js';
import { anthropicWriter } from './writer.js';

const turn = (role: Turn['role'], ...raw: (string | RawObject)[]): Turn => ({
  role,
  parts: readParts(raw),
  isLeading: false,
});
const ask = turn('user', 'hello');
const request = (...turns: Turn[]) => anthropicWriter.write(turns, { isRequest: true });
const last = (...turns: Turn[]) => request(...turns).messages.at(-1)!;
const partOf = (raw: RawObject): Part => readParts([raw])[0]!;

const text = (words: string) => ({ type: 'text', text: words });
const use = (id: string, name = 'shot', input: unknown = {}) => ({
  type: 'tool_use',
  id,
  name,
  input,
});
const result = (id: string, content: unknown, more = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
});
const thinking = { type: 'thinking', thinking: 'hm', signature: 'sig' };
const image = (data = pngOf(10, 10), mediaType = 'image/png') => ({
  type: 'image',
  source: { type: 'base64', media_type: mediaType, data },
});
const search = {
  type: 'server_tool_use',
  id: 'srvtoolu_1',
  name: 'web_search',
  input: { query: 'q' },
};
const found = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] };
const searchResult = {
  type: 'search_result',
  source: 'https://a.example',
  title: 'A',
  content: [text('found')],
};
const document = (source: object, more = {}) => ({ type: 'document', source, ...more });

describe('requests to Anthropic', () => {
  it.each<[string, Turn[], unknown]>([
    ['joins two turns of a user', [ask, turn('user', 'again')], [text('hello'), text('again')]],
    [
      'puts results first, under the ids of their calls',
      [ask, turn('assistant', use('a.b')), turn('tool', result('a.b', 'x')), turn('user', 'and?')],
      [expect.objectContaining({ type: 'tool_result', content: 'x' }), text('and?')],
    ],
    [
      'keeps images and documents inside results',
      [
        ask,
        turn('assistant', use('a')),
        turn(
          'tool',
          result('a', [text('x'), image(), document({ type: 'file', file_id: 'f' }), searchResult]),
        ),
      ],
      [result('a', [text('x'), image(), document({ type: 'file', file_id: 'f' }), searchResult])],
    ],
    [
      'tells an error',
      [ask, turn('assistant', use('a')), turn('tool', result('a', 'bad', { is_error: true }))],
      [result('a', 'bad', { is_error: true })],
    ],
    [
      'says of an error without words that it is one',
      [ask, turn('assistant', use('a')), turn('tool', result('a', '', { is_error: true }))],
      [result('a', 'error', { is_error: true })],
    ],
    [
      'keeps an image of an error, as which it cannot be marked',
      [ask, turn('assistant', use('a')), turn('tool', result('a', [image()], { is_error: true }))],
      [result('a', [image()])],
    ],
    [
      'keeps thinking before a text, and trims the end of the text',
      [ask, turn('assistant', thinking, 'so \n')],
      [thinking, text('so')],
    ],
    [
      'keeps redacted thinking',
      [ask, turn('assistant', { type: 'redacted_thinking', data: 'x' }, 'so')],
      [{ type: 'redacted_thinking', data: 'x' }, text('so')],
    ],
    [
      'keeps server tools in place',
      [ask, turn('assistant', 'a', search, found, 'b')],
      [text('a'), search, found, text('b')],
    ],
    [
      'removes marks of a prompt cache',
      [turn('user', { ...text('a'), cache_control: { type: 'ephemeral' } })],
      [text('a')],
    ],
    ['sends back a search result', [turn('user', searchResult)], [searchResult]],
    [
      'sends back a document of blocks without its blank texts',
      [turn('user', document({ type: 'content', content: [text(' '), image()] }))],
      [document({ type: 'content', content: [image()] })],
    ],
    [
      'removes an empty title',
      [turn('user', document({ type: 'file', file_id: 'f' }, { title: '' }))],
      [document({ type: 'file', file_id: 'f' })],
    ],
    [
      'takes an image of OpenAI',
      [
        turn('user', {
          type: 'image_url',
          image_url: { url: `data:image/png;base64,${pngOf(1, 1)}` },
        }),
      ],
      [image(pngOf(1, 1))],
    ],
    [
      'gives a file of text as a document',
      [
        turn('user', {
          type: 'file',
          mediaType: 'text/plain',
          filename: 'a.txt',
          data: 'data:text/plain,words',
        }),
      ],
      [document({ type: 'text', media_type: 'text/plain', data: 'words' }, { title: 'a.txt' })],
    ],
    [
      'labels a system text that comes later',
      [ask, turn('assistant', 'a'), turn('system', 'be brief')],
      [text('<system>be brief</system>')],
    ],
  ])('%s', (_, turns, expected) => {
    const written = request(...turns);
    expect(written.messages.at(-1)!['content']).toEqual(expected);
    expect(checkAnthropic(written)).toBeNull();
  });

  it('puts leading system texts in their place, and leaves out a blank one', () => {
    const system = (words: string): Turn => ({ ...turn('system', words), isLeading: true });
    const written = request(system('be brief'), system(' '), ask);
    expect(written.system).toEqual([text('be brief')]);
    expect(written.omitted).toMatchObject([{ reason: 'empty' }]);
  });

  it('opens a request that begins with the assistant, and no other', () => {
    const turns = [turn('assistant', 'a')];
    expect(request(...turns).messages).toEqual([
      { role: 'user', content: [text(OPENING)] },
      { role: 'assistant', content: [text('a')] },
    ]);
    expect(anthropicWriter.write(turns, { isRequest: false }).messages).toHaveLength(1);
  });

  it.each<[string, Turn[], string[]]>([
    ['thinking that nothing follows', [ask, turn('assistant', 'a', thinking)], ['unfinished']],
    [
      'a turn of thinking only, around which users are joined',
      [ask, turn('assistant', thinking), turn('user', 'stop')],
      ['unfinished'],
    ],
    [
      'thinking without a signature',
      [ask, turn('assistant', { ...thinking, signature: '' }, 'a')],
      ['unsigned'],
    ],
    [
      'thinking without words',
      [ask, turn('assistant', { ...thinking, thinking: ' ' }, 'a')],
      ['unsigned'],
    ],
    [
      'reasoning of another provider',
      [ask, turn('assistant', { text: 'hm', thought: true, thoughtSignature: 's' }, 'a')],
      ['unsigned'],
    ],
    ['a server call without its result', [ask, turn('assistant', search, 'a')], ['unfinished']],
    ['a server result without its call', [ask, turn('assistant', found, 'a')], ['unfinished']],
    ['a blank text', [ask, turn('user', ' \n')], ['empty']],
    [
      'an image of another type',
      [turn('user', image('AAAA', 'image/tiff'), 'a')],
      ['not_accepted'],
    ],
    ['a part of no dialect', [turn('user', { type: 'novel' }, 'a')], ['not_accepted']],
    [
      'a compaction',
      [ask, turn('assistant', { type: 'compaction', content: 'x' }, 'a')],
      ['not_accepted'],
    ],
    [
      'a document of blank texts',
      [turn('user', document({ type: 'content', content: [text(' ')] }), 'a')],
      ['empty'],
    ],
  ])('leaves out %s', (_, turns, reasons) => {
    const written = request(...turns);
    expect(written.omitted.map(({ reason }) => reason)).toEqual(reasons);
    expect(checkAnthropic(written)).toBeNull();
  });

  it('gives legal and unique names and ids, and arguments that are objects', () => {
    const written = request(
      ask,
      turn('assistant', use('x:1', 'github.create/issue', '{"cut'), use('x:1', 'a', '{"b":1}')),
      turn('tool', result('x:1', 'one'), result('x:1', 'two')),
    );
    expect(checkAnthropic(written)).toBeNull();
    expect(written.messages[1]!['content']).toMatchObject([
      { name: expect.stringMatching(/^github_create_issue_/), input: { input: '{"cut' } },
      { name: 'a', input: { b: 1 } },
    ]);
  });

  it('writes a result of a server tool of another provider as a text', () => {
    const parts = turn('assistant', {
      type: 'web_search_call',
      id: 'ws_1',
      status: 'completed',
      action: { type: 'search', query: 'q' },
    });
    expect(last(ask, parts)['content']).toEqual([text(expect.stringContaining('q') as never)]);
  });

  it('writes the beginning of a conversation in the same way when it goes on', () => {
    const turns = [
      ask,
      turn('assistant', use('a'), use('a')),
      turn('tool', result('a', 'x'), result('a', 'y')),
      turn('assistant', use('a')),
      turn('tool', result('a', 'z')),
      turn('assistant', 'done'),
    ];
    expectSameBeginnings(turns, (some) => request(...some).messages);
  });
});

describe('parts that Anthropic accepts', () => {
  it.each<[string, RawObject, Turn['role'], number | null]>([
    ['a small image', image(pngOf(750, 100)), 'user', 100],
    ['a large image', image(pngOf(4_000, 4_000)), 'user', 1_600],
    ['a long image, which is scaled to its side', image(pngOf(15_680, 750)), 'user', 157],
    [
      'an image by its address',
      { type: 'image', source: { type: 'url', url: 'https://a.example' } },
      'user',
      1_600,
    ],
    [
      'a PDF of three pages',
      document({ type: 'base64', media_type: 'application/pdf', data: pdfOf(3) }),
      'user',
      6_900,
    ],
    [
      'a document with an image',
      document({ type: 'content', content: [text('a'), image(pngOf(750, 100))] }),
      'user',
      108,
    ],
    ['a result with an image', result('a', [image(pngOf(750, 100))]), 'tool', 100],
    ['an image in the turn of an assistant', image(), 'assistant', null],
    ['a call', use('a'), 'assistant', 0],
    ['thinking in the turn of a user', thinking, 'user', null],
    ['a blank text', text(' '), 'user', null],
  ])('tells the tokens of %s', (_, raw, role, tokens) => {
    const part = partOf(raw);
    expect(anthropicWriter.accepts(part, role)).toBe(tokens !== null);
    if (tokens !== null) expect(anthropicWriter.extraTokens(part, role)).toBe(tokens);
  });

  it('counts a PDF that a server tool fetched', () => {
    const fetched = partOf({
      type: 'web_fetch_tool_result',
      tool_use_id: 'srvtoolu_1',
      content: {
        type: 'web_fetch_result',
        url: 'https://a.example',
        content: document({ type: 'base64', media_type: 'application/pdf', data: pdfOf(3) }),
      },
    });
    expect(anthropicWriter.extraTokens(fetched, 'assistant')).toBeGreaterThan(6_900);
  });

  it('accepts only texts of a system turn', () => {
    expect(anthropicWriter.accepts(textPart('a'), 'system')).toBe(true);
    expect(anthropicWriter.accepts(partOf(image()), 'system')).toBe(false);
  });
});
