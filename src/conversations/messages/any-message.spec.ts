import { describe, expect, it } from '@jest/globals';
import type { AppError } from '../../platform/errors/index.js';
import { parseAppend } from './message-input.js';

const read = (body: object) => parseAppend(body).messages[0]!;
function errorsOf(body: object) {
  try {
    parseAppend(body);
  } catch (error) {
    return (error as AppError).details.errors;
  }
  throw new Error('nothing was refused');
}

const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
const functionCall = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
const toolPart = { type: 'tool-f', toolCallId: 'c', state: 'input-available', input: {} };

/** Cases: a title, the dialect, the message as it is sent, and the message as it is stored. */
const DIALECT_MESSAGES: [string, string, object, object][] = [
  [
    'an answer with calls and no content',
    'openai',
    { role: 'assistant', content: null, refusal: null, tool_calls: [call] },
    { role: 'assistant', content: [call], metadata: { refusal: null } },
  ],
  [
    'an answer with a text and calls',
    'openai',
    { role: 'assistant', content: 'Wait.', tool_calls: [call] },
    { role: 'assistant', content: [{ type: 'text', text: 'Wait.' }, call], metadata: null },
  ],
  [
    'a result',
    'openai',
    { role: 'tool', tool_call_id: 'c', content: 'ok' },
    { role: 'tool', content: 'ok', metadata: { tool_call_id: 'c' } },
  ],
  [
    'a message of a developer',
    'openai',
    { role: 'developer', content: 'Be brief.' },
    { role: 'system', content: 'Be brief.', metadata: { role: 'developer' } },
  ],
  [
    'a user with a name',
    'openai',
    { role: 'user', content: 'Hi', name: 'ada' },
    { role: 'user', content: 'Hi', metadata: { name: 'ada' } },
  ],
  [
    'an item without a role',
    'openai-responses',
    functionCall,
    { role: 'assistant', content: [functionCall], metadata: null },
  ],
  [
    'an output of a function',
    'openai-responses',
    { type: 'function_call_output', call_id: 'c', output: 'ok' },
    {
      role: 'tool',
      content: [{ type: 'function_call_output', call_id: 'c', output: 'ok' }],
      metadata: null,
    },
  ],
  [
    'a whole answer',
    'anthropic',
    {
      id: 'msg',
      type: 'message',
      role: 'assistant',
      content: [],
      model: 'm',
      stop_reason: 'end_turn',
    },
    {
      role: 'assistant',
      content: [],
      metadata: { id: 'msg', model: 'm', stop_reason: 'end_turn' },
    },
  ],
  [
    'a content',
    'gemini',
    { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
    {
      role: 'assistant',
      content: [{ functionCall: { name: 'f', args: {} } }],
      metadata: { role: 'model' },
    },
  ],
  [
    'a message with blocks',
    'bedrock',
    { role: 'user', content: [{ text: 'Hi' }] },
    { role: 'user', content: [{ text: 'Hi' }], metadata: null },
  ],
  [
    'a UIMessage',
    'ai-sdk',
    { id: 'm1', role: 'assistant', metadata: { a: 1 }, parts: [{ type: 'step-start' }, toolPart] },
    {
      role: 'assistant',
      content: [{ type: 'step-start' }, toolPart],
      metadata: { a: 1, id: 'm1' },
    },
  ],
  [
    'a stored message',
    'langchain',
    { type: 'human', data: { content: 'Hi', additional_kwargs: {} } },
    { role: 'user', content: 'Hi', metadata: { type: 'human', additional_kwargs: {} } },
  ],
];

/** These are of our own form, too, which every format takes. */
const LIKE_OURS = new Set(['a message of a developer', 'a message with blocks']);

describe('a message of a dialect', () => {
  it.each(DIALECT_MESSAGES)('%s of %s is told from its shape', (_, _dialect, sent, stored) => {
    expect(read(sent)).toEqual(stored);
    expect(parseAppend({ messages: [sent], expectedSeq: 3 })).toEqual({
      messages: [stored],
      place: { expectedSeq: 3, expectedHead: null, parentId: undefined, movesHead: true },
      isBatch: true,
    });
  });

  it.each(DIALECT_MESSAGES)('%s is taken when the format is %s', (_, format, sent, stored) => {
    expect(read({ ...sent, format })).toEqual(stored);
  });

  it.each(DIALECT_MESSAGES.filter(([what]) => !LIKE_OURS.has(what)))(
    '%s of %s is refused under the name of another dialect',
    (_, format, sent) => {
      const other = format === 'langchain' ? 'openai' : 'langchain';
      expect(errorsOf({ messages: [{ role: 'user', content: 'x' }, sent], format: other })).toEqual(
        [{ pointer: '/messages/1', message: `must be in the format ${other}` }],
      );
    },
  );

  it('is one of our own form, whatever the format says', () => {
    const own = { role: 'user', content: 'Hi', metadata: { a: 1 } };
    expect(read({ ...own, format: 'gemini' })).toEqual(own);
  });

  it('has null and no parts for the same', () => {
    expect([null, []].map((content) => read({ role: 'assistant', content }).content)).toEqual([
      [],
      [],
    ]);
  });

  it('may hold parts with NUL and lone surrogates', () => {
    const content = [{ type: 'text', text: 'a\u0000\ud83d' }];
    expect(read({ role: 'user', content }).content).toEqual(content);
  });

  it.each([
    ['a wrong name of a field', { role: 'user', contnet: 'x' }, ['/content', '/contnet']],
    ['a role in a list', { role: ['user'], content: 'x', name: 'a' }, ['/role', '/name']],
    ['an unknown format', { role: 'user', content: 'x', format: 'morse' }, ['/format']],
  ])('is refused with pointers for %s', (_, body, pointers) => {
    expect(
      errorsOf(body)!
        .map(({ pointer }) => pointer)
        .toSorted(),
    ).toEqual(pointers.toSorted());
  });
});
