import { describe, expect, it } from '@jest/globals';
import { expectSameBeginnings } from '../../../../test/support/beginnings.js';
import { checkOpenAiResponses } from '../../../../test/support/dialect-rules/openai-responses.js';
import { pdfOf, pngOf } from '../../../../test/support/tiny-media.js';
import type { Turn } from '../dialect.js';
import type { Part, RawObject } from '../part.js';
import { readParts } from '../readers.js';
import { openAiResponsesWriter } from './writer.js';

const turn = (role: Turn['role'], ...raw: (string | RawObject)[]): Turn => ({
  role,
  parts: readParts(raw),
  isLeading: false,
});
const write = (...turns: Turn[]) => openAiResponsesWriter.write(turns, { isRequest: true });
const partOf = (raw: RawObject): Part => readParts([raw])[0]!;

const ask = turn('user', 'hello');
const asked = { role: 'user', content: 'hello' };
const dataUrl = `data:image/png;base64,${pngOf(1, 1)}`;
const image = { type: 'image_url', image_url: { url: dataUrl } };
const inputImage = { type: 'input_image', image_url: dataUrl, detail: 'auto' };
const use = (id: string, name = 'w', input: unknown = {}) => ({
  ...{ type: 'tool_use', id, name },
  input,
});
const answer = (id: string, content: unknown) => ({
  ...{ type: 'tool_result', tool_use_id: id },
  content,
});
const call = (id: string, json = '{}') => ({
  ...{ type: 'function_call', call_id: id, name: 'w' },
  arguments: json,
});
const output = (id: string, value: unknown) => ({
  ...{ type: 'function_call_output', call_id: id },
  output: value,
});
const reasoning = (id = 'rs_1') => ({
  ...{ type: 'reasoning', id, summary: [] },
  encrypted_content: 'secret',
});

const compaction = { type: 'compaction', encrypted_content: 'secret' };

describe('items for the Responses API', () => {
  it.each<[string, Turn[], RawObject[]]>([
    ['texts as one', [turn('user', 'a', 'b')], [{ role: 'user', content: 'a\nb' }]],
    [
      'an image beside a text',
      [turn('user', 'a', image)],
      [{ role: 'user', content: [{ type: 'input_text', text: 'a' }, inputImage] }],
    ],
    [
      'an upload of its own',
      [turn('user', { type: 'input_file', file_id: 'file-1' })],
      [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }],
    ],
    [
      'an uploaded image of the Agents SDK',
      [turn('user', { type: 'input_image', image: { id: 'file-1' } })],
      [
        {
          role: 'user',
          content: [{ type: 'input_image', file_id: 'file-1', detail: 'auto' }],
        },
      ],
    ],
    [
      'a PDF by its address',
      [turn('user', { type: 'input_file', file: { url: 'https://a.example/b.pdf' } })],
      [
        {
          role: 'user',
          content: [{ type: 'input_file', file_url: 'https://a.example/b.pdf' }],
        },
      ],
    ],
    [
      'parallel calls with their results behind',
      [
        ask,
        turn('assistant', use('c1', 'w', { a: 1 }), use('c2')),
        turn('tool', answer('c1', 'x'), answer('c2', [image])),
      ],
      [asked, call('c1', '{"a":1}'), call('c2'), output('c1', 'x'), output('c2', [inputImage])],
    ],
    [
      'reasoning before the item to which it led',
      [ask, turn('assistant', reasoning(), 'a')],
      [asked, reasoning(), { role: 'assistant', content: 'a' }],
    ],
    [
      'reasoning of the Agents SDK in the spelling of the API',
      [
        ask,
        turn(
          'assistant',
          {
            type: 'reasoning',
            content: [{ type: 'input_text', text: 'hm' }],
            providerData: { encrypted_content: 'secret' },
          },
          'a',
        ),
      ],
      [
        asked,
        {
          type: 'reasoning',
          summary: [{ type: 'summary_text', text: 'hm' }],
          encrypted_content: 'secret',
        },
        { role: 'assistant', content: 'a' },
      ],
    ],
    [
      'calls of built-in tools of the Agents SDK as calls of functions',
      [
        ask,
        turn('assistant', { type: 'shell_call', callId: 'c1', action: { commands: ['ls'] } }),
        turn('tool', {
          type: 'shell_call_output',
          callId: 'c1',
          output: [{ stdout: 'a.txt', stderr: '' }],
        }),
      ],
      [
        asked,
        {
          ...{ type: 'function_call', call_id: 'c1', name: 'shell' },
          arguments: '{"commands":["ls"]}',
        },
        output('c1', 'a.txt'),
      ],
    ],
    [
      'screenshots of the Agents SDK',
      [
        ask,
        turn('assistant', use('c1')),
        turn('tool', {
          type: 'computer_call_result',
          callId: 'c1',
          output: { type: 'computer_screenshot', data: pngOf(1, 1) },
        }),
      ],
      [asked, call('c1'), output('c1', [inputImage])],
    ],
    [
      'a result without words',
      [ask, turn('assistant', use('c1')), turn('tool', answer('c1', ''))],
      [asked, call('c1'), output('c1', '')],
    ],
  ])('have %s', (_, turns, expected) => {
    const { messages, omitted } = write(...turns);
    expect(messages).toEqual(expected);
    expect(omitted).toEqual([]);
    expect(checkOpenAiResponses({ messages })).toBeNull();
  });

  it.each<[string, Turn[], string[]]>([
    ['reasoning that nothing follows', [ask, turn('assistant', 'a', reasoning())], ['unfinished']],
    [
      'reasoning before a user',
      [ask, turn('assistant', 'a', reasoning()), turn('user', 'b')],
      ['unfinished'],
    ],
    [
      'an item of reasoning that comes twice',
      [ask, turn('assistant', reasoning(), 'a', reasoning(), 'b')],
      ['not_accepted'],
    ],
    [
      'reasoning that is not encrypted',
      [ask, turn('assistant', { reasoning_content: 'hm' }, 'a')],
      ['unsigned'],
    ],
    ['a call of a user', [turn('user', use('c1'), 'a')], ['not_accepted']],
    ['an image of the assistant', [ask, turn('assistant', image, 'a')], ['not_accepted']],
    ['a compaction', [ask, turn('assistant', compaction, 'a')], ['not_accepted']],
    ['a blank text', [turn('user', ' ', 'a')], ['empty']],
    [
      'an image that a tool made',
      [ask, turn('assistant', { type: 'image_generation_call', id: 'ig_1', result: 'AAAA' })],
      ['not_accepted'],
    ],
  ])('have no %s', (_, turns, reasons) => {
    const { messages, omitted } = write(...turns);
    expect(omitted.map(({ reason }) => reason)).toEqual(reasons);
    expect(checkOpenAiResponses({ messages })).toBeNull();
  });

  it('are none for turns without anything to say', () => {
    expect(write(turn('assistant'), turn('user', ''), turn('system')).messages).toEqual([]);
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
    expect(checkOpenAiResponses({ messages })).toBeNull();
  });
});

describe('parts that the Responses API accepts', () => {
  it.each<[string, RawObject, Turn['role'], number | null]>([
    ['an image', image, 'user', 255],
    ['a screenshot', { type: 'computer_screenshot', data: pngOf(1, 1) }, 'tool', 255],
    [
      'a PDF of three pages',
      { type: 'input_file', file_data: `data:application/pdf;base64,${pdfOf(3)}` },
      'user',
      6_900,
    ],
    ['encrypted reasoning', reasoning(), 'assistant', 8],
    ['reasoning of a user', reasoning(), 'user', null],
    ['reasoning without its encrypted form', { reasoning_content: 'hm' }, 'assistant', null],
    ['a call', call('c1'), 'assistant', 0],
    ['a call of a user', call('c1'), 'user', null],
    ['a result with an image', answer('c1', [image]), 'tool', 255],
    ['an image of the assistant', image, 'assistant', null],
  ])('cost the tokens of %s', (_, raw, role, tokens) => {
    const part = partOf(raw);
    expect(openAiResponsesWriter.accepts(part, role)).toBe(tokens !== null);
    if (tokens !== null) expect(openAiResponsesWriter.extraTokens(part, role)).toBe(tokens);
  });
});
