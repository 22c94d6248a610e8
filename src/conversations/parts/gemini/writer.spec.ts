import { describe, expect, it } from '@jest/globals';
import { checkGemini } from '../../../../test/support/dialect-rules/gemini.js';
import { pdfOf, pngOf } from '../../../../test/support/tiny-media.js';
import { OPENING, type Turn } from '../dialect.js';
import type { Part, RawObject } from '../part.js';
import { readParts } from '../readers.js';
import { geminiWriter } from './writer.js';

const turn = (role: Turn['role'], ...raw: (string | RawObject)[]): Turn => ({
  role,
  parts: readParts(raw),
  isLeading: false,
});
const ask = turn('user', 'hello');
const request = (...turns: Turn[]) => geminiWriter.write(turns, { isRequest: true });
const partOf = (raw: RawObject): Part => readParts([raw])[0]!;

const call = (name: string, args = {}) => ({ functionCall: { name, args } });
const answer = (name: string, response: object, more = {}) => ({
  functionResponse: { name, response, ...more },
});
const inline = (mimeType: string, data: string) => ({ inlineData: { mimeType, data } });
const image = (data = pngOf(10, 10)) => inline('image/png', data);
const code = { executableCode: { language: 'PYTHON', code: 'print(1)' } };
const ran = { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } };

describe('requests to Gemini', () => {
  it.each<[string, Turn[], unknown]>([
    ['joins two turns of a user', [ask, turn('user', 'b')], [{ text: 'hello' }, { text: 'b' }]],
    [
      'keeps signatures of texts and of calls',
      [
        ask,
        turn(
          'assistant',
          { text: 'a', thoughtSignature: 's' },
          { ...call('f'), thoughtSignature: 't' },
        ),
        turn('tool', answer('f', {})),
        turn('assistant', { text: 'b', thoughtSignature: 'u' }),
      ],
      [{ text: 'b', thoughtSignature: 'u' }],
    ],
    [
      'keeps signed thoughts',
      [ask, turn('assistant', { text: 'hm', thought: true, thoughtSignature: 's' }, 'a')],
      [{ text: 'hm', thought: true, thoughtSignature: 's' }, { text: 'a' }],
    ],
    [
      'answers calls in their order, as the application did',
      [
        ask,
        turn('assistant', call('f'), call('g')),
        turn('tool', answer('f', { degrees: 7 }), answer('g', { error: 'bad' })),
      ],
      [answer('f', { degrees: 7 }), answer('g', { error: 'bad' })],
    ],
    [
      'gives an image of an answer behind all answers',
      [ask, turn('assistant', call('f')), turn('tool', answer('f', {}, { parts: [image()] }))],
      [image()],
    ],
    [
      'says what a user says behind answers in a content of its own',
      [ask, turn('assistant', call('f')), turn('tool', answer('f', {})), turn('user', 'and?')],
      [{ text: 'and?' }],
    ],
    [
      'sends back code and what came of it',
      [ask, turn('assistant', code, ran, 'one')],
      [code, ran, { text: 'one' }],
    ],
    [
      'sends back an image that the model made',
      [ask, turn('assistant', { ...image(), thoughtSignature: 's' })],
      [{ ...image(), thoughtSignature: 's' }],
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
      'labels a system text that comes later',
      [ask, turn('assistant', 'a'), turn('system', 'be brief')],
      [{ text: '<system>be brief</system>' }],
    ],
    [
      'writes a web search of OpenAI as a text',
      [
        ask,
        turn('assistant', {
          type: 'web_search_call',
          id: 'ws_1',
          status: 'completed',
          action: { type: 'search', query: 'q' },
        }),
      ],
      [{ text: expect.stringContaining('q') }],
    ],
  ])('%s', (_, turns, expected) => {
    const written = request(...turns);
    expect(written.messages.at(-1)!['parts']).toEqual(expected);
    expect(checkGemini(written)).toBeNull();
  });

  it('puts leading system texts in their place, and opens a request that the model begins', () => {
    const written = request(
      { ...turn('system', 'be brief'), isLeading: true },
      turn('assistant', 'a'),
    );
    expect(written).toMatchObject({
      system: [{ text: 'be brief' }],
      messages: [{ role: 'user', parts: [{ text: OPENING }] }, { role: 'model' }],
    });
  });

  it.each<[string, Turn[], string[]]>([
    [
      'a thought without a signature',
      [ask, turn('assistant', { text: 'hm', thought: true }, 'a')],
      ['unsigned'],
    ],
    [
      'thinking of Anthropic',
      [ask, turn('assistant', { type: 'thinking', thinking: 'hm', signature: 's' }, 'a')],
      ['unsigned'],
    ],
    ['code that came to nothing', [ask, turn('assistant', code, 'a')], ['unfinished']],
    ['a result of no code', [ask, turn('assistant', ran, 'a')], ['unfinished']],
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
    [
      'an image of another type',
      [turn('user', inline('image/tiff', 'AAAA'), 'a')],
      ['not_accepted'],
    ],
    ['a part without words', [turn('user', { partMetadata: {} }, 'a')], ['not_accepted']],
  ])('leaves out %s', (_, turns, reasons) => {
    const written = request(...turns);
    expect(written.omitted.map(({ reason }) => reason)).toEqual(reasons);
    expect(checkGemini(written)).toBeNull();
  });

  it('gives calls and their answers the same legal names', () => {
    const written = request(
      ask,
      turn('assistant', call('1.find/all')),
      turn('tool', answer('1.find/all', { output: 'x' })),
    );
    expect(checkGemini(written)).toBeNull();
    expect(written.messages[1]!['parts']).toMatchObject([
      { functionCall: { name: expect.stringMatching(/^_1_find_all_/) } },
    ]);
  });

  it('sends a text that was shortened, and not its whole data', () => {
    const file = partOf(inline('text/csv', Buffer.from('a,b,c').toString('base64')));
    const shortened = { ...file, text: 'a', original: null } as Part;
    const { messages } = request({ ...ask, parts: [shortened] });
    expect(messages[0]!['parts']).toEqual([
      inline('text/csv', Buffer.from('a').toString('base64')),
    ]);
  });
});

describe('parts that Gemini accepts', () => {
  it.each<[string, RawObject, Turn['role'], number | null]>([
    ['a small image', image(pngOf(384, 384)), 'user', 258],
    ['an image of two tiles', image(pngOf(385, 800)), 'user', 516],
    [
      'an uploaded image',
      { fileData: { mimeType: 'image/png', fileUri: 'gs://a/b.png' } },
      'user',
      1_548,
    ],
    ['a PDF of three pages', inline('application/pdf', pdfOf(3)), 'user', 774],
    [
      'two seconds of a sound',
      inline('audio/mp3', Buffer.alloc(15_999).toString('base64')),
      'user',
      64,
    ],
    ['an answer with an image', answer('f', {}, { parts: [image(pngOf(9, 9))] }), 'tool', 258],
    ['an image that the model made', image(pngOf(9, 9)), 'assistant', 258],
    [
      'an image of Anthropic in the turn of an assistant',
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pngOf(9, 9) } },
      'assistant',
      null,
    ],
    ['a call', call('f'), 'assistant', 0],
    [
      'a file on the web',
      { fileData: { mimeType: 'image/png', fileUri: 'https://a.example/b.png' } },
      'user',
      null,
    ],
    ['code in the turn of a user, as a text', code, 'user', 8],
  ])('tells the tokens of %s', (_, raw, role, tokens) => {
    const part = partOf(raw);
    expect(geminiWriter.accepts(part, role)).toBe(tokens !== null);
    if (tokens !== null) expect(geminiWriter.extraTokens(part, role)).toBe(tokens);
  });
});
