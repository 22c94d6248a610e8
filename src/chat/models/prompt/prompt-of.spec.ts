import { describe, expect, it } from '@jest/globals';
import { partsOf, type RawObject, type Turn, WRITERS } from '../../../conversations/parts/index.js';
import { promptOf } from './prompt-of.js';

const assistant = (...parts: RawObject[]) => promptOf({ messages: [{ role: 'assistant', parts }] });
const answered = {
  type: 'tool-get_time',
  toolCallId: 'c1',
  state: 'output-available',
  input: { zone: 'UTC' },
  output: { time: '12:00' },
};
const call = {
  type: 'tool-call',
  toolCallId: 'c1',
  toolName: 'get_time',
  input: { zone: 'UTC' },
};

describe('the messages of a call', () => {
  it('are those of a context', () => {
    const messages = [
      { id: 'm1', role: 'system', parts: [{ type: 'text', text: 'Be kind.' }] },
      { id: 'm2', role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
      { id: 'm3', role: 'assistant', parts: [{ type: 'text', text: 'Hello.' }] },
    ];
    expect(promptOf({ messages })).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Hello.' }] },
    ]);
  });

  it('have what the writer of contexts wrote of a tool round with signed reasoning', () => {
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' },
      { type: 'tool_use', id: 'c1', name: 'get_time', input: { zone: 'UTC' } },
    ];
    const result = [{ type: 'tool_result', tool_use_id: 'c1', content: '12:00' }];
    const turns: Turn[] = [
      { role: 'user', parts: partsOf({ role: 'user', content: 'When?', metadata: null }) },
      { role: 'assistant', parts: partsOf({ role: 'assistant', content, metadata: null }) },
      { role: 'tool', parts: partsOf({ role: 'user', content: result, metadata: null }) },
      { role: 'user', parts: partsOf({ role: 'user', content: 'Thanks', metadata: null }) },
    ].map((turn) => ({ ...turn, isLeading: false }) as Turn);
    const { messages } = WRITERS['ai-sdk'].write(turns, { isRequest: true });
    expect(promptOf({ messages })).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'When?' }] },
      {
        role: 'assistant',
        content: [
          {
            type: 'reasoning',
            text: 'Hm.',
            providerOptions: { anthropic: { signature: 'c2lnbmVk' } },
          },
          call,
        ],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'c1',
            toolName: 'get_time',
            output: { type: 'text', value: '12:00' },
          },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'Thanks' }] },
    ]);
  });

  it('have the results of each step behind it', () => {
    const roles = assistant(
      answered,
      { type: 'step-start' },
      { type: 'text', text: 'It is noon.' },
    ).map(({ role }) => role);
    expect(roles).toEqual(['assistant', 'tool', 'assistant']);
  });

  it.each<[string, RawObject, object]>([
    ['a value', {}, { type: 'json', value: { time: '12:00' } }],
    ['nothing', { output: undefined }, { type: 'json', value: null }],
    ['a text', { output: '12:00' }, { type: 'text', value: '12:00' }],
    [
      'an error',
      { state: 'output-error', errorText: 'no clock' },
      { type: 'error-text', value: 'no clock' },
    ],
    [
      'a denial',
      { state: 'output-denied', approval: { id: 'a', approved: false, reason: 'No.' } },
      { type: 'execution-denied', reason: 'No.' },
    ],
    [
      'a denial without a reason',
      { state: 'output-denied' },
      { type: 'execution-denied', reason: 'Execution denied.' },
    ],
  ])('have the result of a tool: %s', (_, fields, output) => {
    expect(assistant({ ...answered, ...fields })).toEqual([
      { role: 'assistant', content: [call] },
      {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: 'c1', toolName: 'get_time', output }],
      },
    ]);
  });

  it('have what the provider said of a call as its options', () => {
    const callProviderMetadata = { google: { thoughtSignature: 's' }, broken: 7 };
    const [message] = assistant({ ...answered, callProviderMetadata });
    expect(message!.content).toEqual([
      { ...call, providerOptions: { google: { thoughtSignature: 's' } } },
    ]);
  });

  it('have a tool of the provider within the message', () => {
    const [message, ...others] = assistant({ ...answered, providerExecuted: true });
    expect(others).toEqual([]);
    expect(message!.content).toMatchObject([
      { type: 'tool-call', providerExecuted: true },
      { type: 'tool-result', toolCallId: 'c1' },
    ]);
  });

  it('have files by URL as they are, and others by their data', () => {
    const parts = [
      { type: 'file', url: 'https://a.example/b.png', mediaType: 'image/png', filename: 'b.png' },
      { type: 'file', url: 'data:text/plain;base64,aGk=', mediaType: '' },
      { type: 'file', url: 'data:,hi' },
      { type: 'file', url: 'no address', mediaType: 'image/png' },
    ];
    expect(promptOf({ messages: [{ role: 'user', parts }] })).toEqual([
      {
        role: 'user',
        content: [
          {
            type: 'file',
            data: new URL('https://a.example/b.png'),
            mediaType: 'image/png',
            filename: 'b.png',
          },
          { type: 'file', data: 'aGk=', mediaType: 'text/plain' },
          { type: 'file', data: 'aGk=', mediaType: 'application/octet-stream' },
        ],
      },
    ]);
  });

  it('have no steps, sources, data, calls whose arguments still came in, nor empty messages', () => {
    const messages = [
      { role: 'user', parts: [{ type: 'data-note', data: 1 }] },
      { role: 'system', parts: [] },
      {
        role: 'assistant',
        parts: [
          { type: 'source-url', url: 'https://a.example' },
          { ...answered, state: 'input-streaming' },
          7 as never,
        ],
      },
      { role: 'tool', parts: [{ type: 'text', text: 'a' }] },
      { role: 'user', parts: 'no list' },
    ];
    expect(promptOf({ messages })).toEqual([]);
  });

  it('have the breakpoints of the context', () => {
    const messages = ['a', 'b'].map((text) => ({ role: 'user', parts: [{ type: 'text', text }] }));
    const prompt = promptOf({ messages, cacheBreakpoints: [{ in: 'messages', index: 1 }] });
    expect(prompt.map(({ providerOptions }) => providerOptions)).toEqual([
      undefined,
      { anthropic: { cacheControl: { type: 'ephemeral' } } },
    ]);
  });
});
