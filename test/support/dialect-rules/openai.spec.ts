import { checkOpenAi } from './openai.js';
import { describeRules, only } from './rule-examples.js';

const user = { role: 'user', content: 'hello' };
const said = (...content: object[]) => only({ role: 'user', content });
const call = (id: string, name = 'weather', json = '{"city":"Oslo"}') => ({
  id,
  type: 'function',
  function: { name, arguments: json },
});
const calls = (...list: object[]) => ({ role: 'assistant', content: null, tool_calls: list });
const result = (id: string, content: unknown = 'rain') => ({
  role: 'tool',
  tool_call_id: id,
  content,
});
const image = (url: string, more = {}) => ({ type: 'image_url', image_url: { url, ...more } });

describeRules(
  'OpenAI chat',
  checkOpenAi,
  [
    ['no messages', only()],
    ['all roles', only({ role: 'developer', content: 'be kind' }, user, { ...user, name: 'Ann' })],
    [
      'parallel calls and their results',
      only(calls(call('a'), call('b')), result('a'), result('b')),
    ],
    ['an empty result', only(calls(call('a')), result('a', ''))],
    ['a result of text parts', only(calls(call('a')), result('a', [{ type: 'text', text: 'x' }]))],
    ['a refusal', only({ role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] })],
    ['a refusal beside content', only({ role: 'assistant', content: null, refusal: 'no' })],
    ['an image by address', said(image('https://example.com/a.png', { detail: 'low' }))],
    ['an image as data', said(image('data:image/png;base64,AAAA'))],
    ['a sound', said({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } })],
    ['an upload', said({ type: 'file', file: { file_id: 'file-1' } })],
    [
      'a file as data',
      said({
        type: 'file',
        file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' },
      }),
    ],
  ],
  [
    ['a separate system text', { system: [], messages: [user] }, /^system/],
    ['an unknown role', only({ role: 'model', content: 'x' }), /unknown role model/],
    ['an unknown field', only({ ...user, id: 'm1' }), /Unrecognized key/],
    ['an unknown part', said({ type: 'input_text', text: 'x' }), /content\[0\]/],
    ['an empty list of parts', only({ role: 'user', content: [] }), /content/],
    ['an empty text', said({ type: 'text', text: '' }), /content\[0\]\.text/],
    ['an empty message', only({ role: 'assistant', content: null }), /neither content nor calls/],
    ['an empty list of calls', only({ role: 'assistant', tool_calls: [] }), /tool_calls/],
    [
      'an image that is no part of the assistant',
      only({ role: 'assistant', content: [image('https://a.b/c')] }),
      /content/,
    ],
    ['an image at another address', said(image('ftp://example.com/a.png')), /url/],
    ['an image of another type', said(image('data:image/tiff;base64,AAAA')), /url/],
    ['a detail that is unknown', said(image('https://a.b/c', { detail: 'full' })), /detail/],
    [
      'a sound of another type',
      said({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'ogg' } }),
      /format/,
    ],
    [
      'a sound without data',
      said({ type: 'input_audio', input_audio: { data: '', format: 'wav' } }),
      /data/,
    ],
    ['a file without a source', said({ type: 'file', file: { filename: 'a.pdf' } }), /file/],
    [
      'a file whose data is no data URL',
      said({ type: 'file', file: { file_data: 'AAAA', filename: 'a.pdf' } }),
      /file/,
    ],
    ['a name with a space', only({ ...user, name: 'Ann Lee' }), /name of a participant/],
    ['a function name of other letters', only(calls(call('a', 'get.it'))), /name of a function/],
    [
      'a function name that is too long',
      only(calls(call('a', 'x'.repeat(65)))),
      /name of a function/,
    ],
    ['an id that is too long', only(calls(call('x'.repeat(41)))), /id/],
    ['an empty id', only(calls(call(''))), /id/],
    ['arguments that are cut off', only(calls(call('a', 'f', '{"city":'))), /arguments/],
    ['arguments that are a list', only(calls(call('a', 'f', '[]'))), /arguments/],
    ['an id that is used twice', only(calls(call('a'), call('a'))), /used twice/],
    [
      'an id that is used again later',
      only(calls(call('a')), result('a'), calls(call('a')), result('a')),
      /\[2\]: call id a is used twice/,
    ],
    ['a call without a result', only(calls(call('a'))), /end: calls without results: a/],
    [
      'a call whose result is late',
      only(calls(call('a')), user, result('a')),
      /\[1\]: calls without/,
    ],
    ['one of two results', only(calls(call('a'), call('b')), result('a'), user), /results: b/],
    ['a result without a call', only(user, result('a')), /without a call/],
    [
      'a result that comes twice',
      only(calls(call('a')), result('a'), result('a')),
      /without a call/,
    ],
    [
      'results in another order',
      only(calls(call('a'), call('b')), result('b'), result('a')),
      /where that of call a is due/,
    ],
    [
      'a result with an image',
      only(calls(call('a')), result('a', [image('https://a.b/c')])),
      /content/,
    ],
  ],
);
