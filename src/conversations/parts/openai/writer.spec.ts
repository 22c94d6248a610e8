import { describe, expect, it } from '@jest/globals';
import { expectSameBeginnings } from '../../../../test/support/beginnings.js';
import { checkOpenAi } from '../../../../test/support/dialect-rules/openai.js';
import { pdfOf, pngOf, wavOf } from '../../../../test/support/tiny-media.js';
import type { Turn } from '../dialect.js';
import type { Part, RawObject } from '../part.js';
import { readParts } from '../readers.js';
import { openAiWriter } from './writer.js';

const turn = (role: Turn['role'], ...raw: (string | RawObject)[]): Turn => ({
  role,
  parts: readParts(raw),
  isLeading: false,
});
const write = (...turns: Turn[]) => openAiWriter.write(turns, { isRequest: true });
const partOf = (raw: RawObject): Part => readParts([raw])[0]!;

const ask = turn('user', 'hello');
const image = (mediaType = 'image/png') => ({
  type: 'image',
  source: { type: 'base64', media_type: mediaType, data: pngOf(1, 1) },
});
const imageUrl = (more: RawObject = {}) => ({
  type: 'image_url',
  image_url: { url: `data:image/png;base64,${pngOf(1, 1)}`, ...more },
});
const use = (id: string, name = 'w', input: unknown = {}) => ({
  ...{ type: 'tool_use', id, name },
  input,
});
const answer = (id: string, content: unknown, more: RawObject = {}) => ({
  ...{ type: 'tool_result', tool_use_id: id, content },
  ...more,
});
const call = (id: string, name = 'w', json = '{}') => ({
  ...{ id, type: 'function' },
  function: { name, arguments: json },
});
const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf' } };
const pdfWith = (data: string, more: RawObject = {}) => ({
  ...pdf,
  source: { ...pdf.source, data },
  ...more,
});

/** A sound without a transcript has no words. */
const spoken = { audio: { id: 'audio_1', data: 'UklGRg==' } };
const upload = { type: 'document', source: { type: 'file', file_id: 'file_1' } };

describe('messages for OpenAI chat', () => {
  it.each<[string, Turn[], RawObject[]]>([
    ['texts as one', [turn('user', 'a', 'b')], [{ role: 'user', content: 'a\nb' }]],
    [
      'an image beside a text',
      [turn('user', 'a', image())],
      [{ role: 'user', content: [{ type: 'text', text: 'a' }, imageUrl()] }],
    ],
    [
      'the detail of an image',
      [turn('user', imageUrl({ detail: 'low' }))],
      [{ role: 'user', content: [imageUrl({ detail: 'low' })] }],
    ],
    [
      'a sound',
      [turn('user', { inlineData: { mimeType: 'audio/x-wav', data: wavOf(8) } })],
      [
        {
          role: 'user',
          content: [{ type: 'input_audio', input_audio: { data: wavOf(8), format: 'wav' } }],
        },
      ],
    ],
    [
      'a PDF with a name',
      [turn('user', pdfWith(pdfOf(1), { title: 'a.pdf' }))],
      [
        {
          role: 'user',
          content: [
            {
              type: 'file',
              file: {
                file_data: `data:application/pdf;base64,${pdfOf(1)}`,
                filename: 'a.pdf',
              },
            },
          ],
        },
      ],
    ],
    [
      'an upload of its own',
      [turn('user', { type: 'file', file: { file_id: 'file-1' } })],
      [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }],
    ],
    [
      'a file of text as its text',
      [turn('user', { inlineData: { mimeType: 'text/plain', data: 'aGVsbG8=' } })],
      [{ role: 'user', content: 'hello' }],
    ],
    [
      'calls beside a text',
      [
        turn('assistant', 'I look.', use('c1', 'w', { a: 1 }), use('c2')),
        turn('tool', answer('c1', 'x'), answer('c2', 'y')),
      ],
      [
        {
          ...{ role: 'assistant', content: 'I look.' },
          tool_calls: [call('c1', 'w', '{"a":1}'), call('c2')],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'x' },
        { role: 'tool', tool_call_id: 'c2', content: 'y' },
      ],
    ],
    [
      'an error without words',
      [turn('assistant', use('c1')), turn('tool', answer('c1', '', { is_error: true }))],
      [
        { role: 'assistant', content: null, tool_calls: [call('c1')] },
        { role: 'tool', tool_call_id: 'c1', content: 'error' },
      ],
    ],
    [
      'a refusal and a transcript as texts',
      [
        ask,
        turn('assistant', { refusal: 'I cannot.' }),
        turn('assistant', { audio: { id: 'a', transcript: 'It rains.' } }),
      ],
      [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: 'I cannot.' },
        { role: 'assistant', content: 'It rains.' },
      ],
    ],
    [
      'a system text that comes later in its place',
      [ask, turn('system', 'Be brief.')],
      [
        { role: 'user', content: 'hello' },
        { role: 'system', content: 'Be brief.' },
      ],
    ],
  ])('have %s', (_, turns, expected) => {
    const { messages, omitted } = write(...turns);
    expect(messages).toEqual(expected);
    expect(omitted).toEqual([]);
    expect(checkOpenAi({ messages })).toBeNull();
  });

  it('have images of results in a message of the user behind all results', () => {
    const { messages } = write(
      turn('assistant', use('c1'), use('c2')),
      turn('tool', answer('c1', [{ type: 'text', text: 'x' }, image()]), answer('c2', [image()])),
    );
    expect(messages.slice(1)).toEqual([
      { role: 'tool', tool_call_id: 'c1', content: 'x\n[image 1 is in the next message]' },
      { role: 'tool', tool_call_id: 'c2', content: '[image 2 is in the next message]' },
      { role: 'user', content: [imageUrl(), imageUrl()] },
    ]);
    expect(checkOpenAi({ messages })).toBeNull();
  });

  it('have legal and unique names and ids, and arguments that are objects', () => {
    const { messages } = write(
      turn('assistant', use('x:1', 'get.it', '{"cut'), use('x:1', 'é', [1]), use('y'.repeat(90))),
      turn('tool', answer('x:1', 'a'), answer('x:1', 'b'), answer('y'.repeat(90), 'c')),
    );
    expect(checkOpenAi({ messages })).toBeNull();
    expect(messages[0]).toMatchObject({
      tool_calls: [
        { function: { name: expect.stringMatching(/^get_it_/), arguments: '{"input":"{\\"cut"}' } },
        { function: { arguments: '{"input":[1]}' } },
        { function: { name: 'w' } },
      ],
    });
  });

  it.each<[string, Turn, string[]]>([
    ['reasoning', turn('assistant', { reasoning_content: 'hm' }, 'a'), ['not_accepted']],
    ['the sound of an answer', turn('assistant', spoken, 'a'), ['not_accepted']],
    [
      'an image of the assistant',
      turn('assistant', { images: [pngOf(1, 1)] }, 'a'),
      ['not_accepted'],
    ],
    ['a call of a user', turn('user', use('c1'), 'a'), ['not_accepted']],
    ['an image of another type', turn('user', image('image/tiff'), 'a'), ['not_accepted']],
    [
      'a video',
      turn('user', { type: 'video_url', video_url: 'https://a.b/c' }, 'a'),
      ['not_accepted'],
    ],
    ['an upload of another provider', turn('user', upload, 'a'), ['not_accepted']],
    ['a blank text', turn('user', ' \n', 'a'), ['empty']],
  ])('have no %s', (_, one, reasons) => {
    const { messages, omitted } = write(one);
    expect(messages).toEqual([{ role: one.role, content: 'a' }]);
    expect(omitted.map(({ reason }) => reason)).toEqual(reasons);
  });

  it.each<[string, Turn]>([
    ['nothing but reasoning', turn('assistant', { reasoning_content: 'hm' })],
    ['nothing but blank texts', turn('user', '', ' ')],
    ['no parts', turn('assistant')],
  ])('are none for a turn of %s', (_, one) => {
    expect(write(one).messages).toEqual([]);
  });

  it('begin in the same way when the conversation goes on', () => {
    const turns = [
      ask,
      turn('assistant', use('a'), use('a')),
      turn('tool', answer('a', 'x'), answer('a', 'y')),
      turn('assistant', use('a')),
      turn('tool', answer('a', 'z')),
      turn('assistant', 'done'),
    ];
    const messages = expectSameBeginnings(turns, (some) => write(...some).messages);
    expect(checkOpenAi({ messages })).toBeNull();
  });
});

describe('parts that OpenAI chat accepts', () => {
  it.each<[string, RawObject, Turn['role'], number | null]>([
    ['an image of one tile', image(), 'user', 255],
    ['an image of low detail', imageUrl({ detail: 'low' }), 'user', 85],
    [
      'an image by its address, as the largest',
      { type: 'image_url', image_url: { url: 'https://a.example/b.png' } },
      'user',
      1_445,
    ],
    ['a PDF of three pages', pdfWith(pdfOf(3)), 'user', 6_900],
    ['a result with an image and its note', answer('c1', [image()]), 'tool', 275],
    ['an image of the assistant', image(), 'assistant', null],
    ['a call', use('c1'), 'assistant', 0],
    ['a call of a user', use('c1'), 'user', null],
    ['reasoning', { reasoning_content: 'hm' }, 'assistant', null],
    ['a refusal', { refusal: 'no' }, 'assistant', 0],
    ['a transcript', { audio: { id: 'a', transcript: 'It rains.' } }, 'assistant', 0],
    ['a blank text', { type: 'text', text: ' ' }, 'user', null],
  ])('cost the tokens of %s', (_, raw, role, tokens) => {
    const part = partOf(raw);
    expect(openAiWriter.accepts(part, role)).toBe(tokens !== null);
    if (tokens !== null) expect(openAiWriter.extraTokens(part, role)).toBe(tokens);
  });
});
