import { checkAiSdk } from './ai-sdk.js';
import { describeRules, only } from './rule-examples.js';

let messages = 0;
const by = (role: string, ...parts: object[]) => ({ id: `m${++messages}`, role, parts });
const user = (...parts: object[]) => only(by('user', ...parts));
const assistant = (...parts: object[]) => only(by('assistant', ...parts));
const text = { type: 'text', text: 'hello' };
const call = (id: string, more = {}) => ({
  type: 'tool-weather',
  toolCallId: id,
  state: 'output-available',
  input: {},
  output: 'rain',
  ...more,
});
const file = { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AAAA' };

describeRules(
  'AI SDK',
  checkAiSdk,
  [
    ['no messages', only()],
    ['all roles', only(by('system', text), by('user', text, file), by('assistant', text))],
    ['calls with their results', assistant({ type: 'step-start' }, call('a'), call('b'))],
    ['a dynamic tool', assistant(call('a', { type: 'dynamic-tool', toolName: 'weather' }))],
    [
      'an error',
      assistant({
        type: 'tool-weather',
        toolCallId: 'a',
        state: 'output-error',
        input: {},
        errorText: 'no',
      }),
    ],
    [
      'reasoning with metadata',
      assistant({ type: 'reasoning', text: 'hm', providerMetadata: {} }, text),
    ],
    ['a source', assistant({ type: 'source-url', sourceId: 's', url: 'https://a.b' })],
    ['data of the application', user(text, { type: 'data-place', data: { city: 'Oslo' } })],
  ],
  [
    ['a separate system text', { system: [], messages: [] }, /^system/],
    ['an unknown role', only(by('tool', text)), /role/],
    ['an unknown field', only({ ...by('user', text), content: 'x' }), /Unrecognized key/],
    ['an unknown part', assistant({ type: 'image' }), /unknown part image/],
    ['an unknown field of a part', user({ ...text, id: 'x' }), /Unrecognized key/],
    ['no parts', user(), /parts/],
    ['an empty id', only({ ...by('user', text), id: '' }), /id/],
    [
      'an id that is used twice',
      only({ ...by('user', text), id: 'm' }, { ...by('user', text), id: 'm' }),
      /message id m is used twice/,
    ],
    ['an empty text', user({ type: 'text', text: '' }), /empty text/],
    ['a call by the user', user(call('a')), /tool-weather in a message of role user/],
    ['reasoning by the user', user({ type: 'reasoning', text: 'hm' }), /of role user/],
    ['a file in a system message', only(by('system', file)), /of role system/],
    ['a file without an address', user({ ...file, url: 'AAAA' }), /no address/],
    ['a file without a type', user({ ...file, mediaType: undefined }), /mediaType/],
    [
      'a call without a result',
      assistant(call('a', { state: 'input-available' })),
      /has no result/,
    ],
    ['a state that is unknown', assistant(call('a', { state: 'result' })), /has no result/],
    ['a result without output', assistant(call('a', { output: undefined })), /output/],
    ['an error without its text', assistant(call('a', { state: 'output-error' })), /errorText/],
    [
      'an error with output',
      assistant(call('a', { state: 'output-error', errorText: 'x' })),
      /Unrecognized key/,
    ],
    ['input that is text', assistant(call('a', { input: '{"city":' })), /input/],
    ['a dynamic tool without a name', assistant(call('a', { type: 'dynamic-tool' })), /toolName/],
    ['an empty call id', assistant(call('')), /toolCallId/],
    ['a call id that is used twice', assistant(call('a'), call('a')), /call id a is used twice/],
  ],
);
