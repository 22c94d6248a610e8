import { describe, expect, it } from '@jest/globals';
import { pngOf } from '../../../../test/support/tiny-media.js';
import type { Turn } from '../dialect.js';
import type { Part, RawObject } from '../part.js';
import { readParts } from '../readers.js';
import { langChainReader } from './reader.js';
import { langChainWriter } from './writer.js';

const turn = (role: Turn['role'], ...raw: (string | RawObject)[]): Turn => ({
  role,
  parts: readParts(raw),
  isLeading: false,
});
const own = (role: Turn['role'], ...raw: RawObject[]): Turn => ({
  role,
  parts: raw.flatMap((block) => langChainReader.readPart(block, readParts)!),
  isLeading: false,
});
const write = (...turns: Turn[]) => langChainWriter.write(turns, { isRequest: false });

const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${pngOf(1, 1)}` } };
const call = { type: 'tool_use', id: 'c1', name: 'w', input: { city: 'Oslo' } };
const result = (fields: RawObject) => ({ type: 'tool_result', tool_use_id: 'c1', ...fields });
const toolCall = { name: 'w', args: { city: 'Oslo' }, id: 'c1', type: 'tool_call' };
const reasoning = { type: 'reasoning', reasoning: 'hm' };
const sound = { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' };

describe('messages for LangChain', () => {
  it.each<[string, Turn[], RawObject]>([
    ['a user', [turn('user', 'a')], { type: 'human', data: { content: 'a' } }],
    ['a system text', [turn('system', 'a')], { type: 'system', data: { content: 'a' } }],
    [
      'a call',
      [turn('assistant', 'a', call)],
      { type: 'ai', data: { content: 'a', tool_calls: [toolCall] } },
    ],
    [
      'a result with the name of its call',
      [turn('assistant', call), turn('tool', result({ content: 'cold' }))],
      {
        type: 'tool',
        data: { content: 'cold', tool_call_id: 'c1', name: 'w', status: 'success' },
      },
    ],
    [
      'a result that is an error',
      [turn('tool', result({ content: 'bad', is_error: true }))],
      { type: 'tool', data: { content: 'bad', tool_call_id: 'c1', status: 'error' } },
    ],
    [
      'an image in a result',
      [turn('tool', result({ content: [image] }))],
      { type: 'tool', data: { content: [image], tool_call_id: 'c1', status: 'success' } },
    ],
    [
      'an image',
      [turn('user', 'a', image)],
      { type: 'human', data: { content: [{ type: 'text', text: 'a' }, image] } },
    ],
    [
      'a PDF of Anthropic',
      [
        turn('user', {
          type: 'document',
          title: 'a.pdf',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
        }),
      ],
      {
        type: 'human',
        data: {
          content: [
            {
              type: 'file',
              source_type: 'base64',
              data: 'JVBERi0=',
              mime_type: 'application/pdf',
              metadata: { filename: 'a.pdf' },
            },
          ],
        },
      },
    ],
    [
      'its own reasoning and media as they were',
      [own('assistant', reasoning, sound)],
      { type: 'ai', data: { content: [reasoning, sound], tool_calls: [] } },
    ],
  ])('have %s', (_, turns, expected) => {
    const { messages, omitted } = write(...turns);
    expect(messages.at(-1)).toEqual(expected);
    expect(omitted).toEqual([]);
  });

  it('are one for each result', () => {
    const second = { ...call, id: 'c2' };
    const { messages } = write(
      turn('assistant', call, second),
      turn('tool', result({ content: 'x' }), result({ tool_use_id: 'c2', content: 'y' })),
    );
    expect(messages.slice(1)).toMatchObject([
      { data: { content: 'x', tool_call_id: 'c1' } },
      { data: { content: 'y', tool_call_id: 'c2' } },
    ]);
  });

  it.each<[string, Turn, string]>([
    [
      'thinking of Anthropic',
      turn('assistant', { type: 'thinking', thinking: 'hm', signature: 's' }, 'a'),
      'unsigned',
    ],
    ['a blank text', turn('user', ' ', 'a'), 'empty'],
    [
      'an upload of Anthropic',
      turn('user', { type: 'image', source: { type: 'file', file_id: 'f' } }, 'a'),
      'not_accepted',
    ],
    ['an image of a system text', turn('system', image, 'a'), 'not_accepted'],
    [
      'a search without a result',
      turn('assistant', { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }, 'a'),
      'unfinished',
    ],
  ])('have no %s', (_, one, reason) => {
    const { messages, omitted } = write(one);
    expect(messages).toMatchObject([{ data: { content: 'a' } }]);
    expect(omitted.map((omission) => omission.reason)).toEqual([reason]);
  });

  it.each<[string, Part, Turn['role'], number | null]>([
    ['an image', readParts([image])[0]!, 'user', 255],
    ['an image of a system text', readParts([image])[0]!, 'system', null],
    ['its own reasoning', own('assistant', reasoning).parts[0]!, 'assistant', 0],
    ['reasoning in the turn of a user', own('user', reasoning).parts[0]!, 'user', null],
    ['a result with an image', readParts([result({ content: [image] })])[0]!, 'tool', 255],
  ])('cost the tokens of %s', (_, part, role, tokens) => {
    expect(langChainWriter.accepts(part, role)).toBe(tokens !== null);
    if (tokens !== null) expect(langChainWriter.extraTokens(part, role)).toBe(tokens);
  });
});
