import { checkOpenAiResponses } from './openai-responses.js';
import { describeRules, only } from './rule-examples.js';

const user = { role: 'user', content: 'hello' };
const said = (...content: object[]) => only({ role: 'user', content });
const answer = { role: 'assistant', content: [{ type: 'output_text', text: 'rain' }] };
const call = (id: string, more = {}) => ({
  type: 'function_call',
  call_id: id,
  name: 'weather',
  arguments: '{}',
  ...more,
});
const result = (id: string, output: unknown = 'rain') => ({
  type: 'function_call_output',
  call_id: id,
  output,
});
const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };

describeRules(
  'OpenAI responses',
  checkOpenAiResponses,
  [
    ['no items', only()],
    ['all roles', only({ role: 'developer', content: 'be kind' }, user, answer)],
    ['a typed message', only({ type: 'message', role: 'user', content: 'x' })],
    [
      'an output message with its id',
      only({
        ...answer,
        id: 'msg_1',
        type: 'message',
        status: 'completed',
        content: [{ type: 'output_text', text: 'x', annotations: [] }],
      }),
    ],
    ['parallel calls and their results', only(call('a'), call('b'), result('a'), result('b'))],
    ['words between calls', only(call('a'), answer, call('b'), result('a'), result('b'))],
    ['reasoning before a call', only(reasoning, call('a'), result('a'))],
    [
      'a result with an image',
      only(call('a'), result('a', [{ type: 'input_image', image_url: 'https://a.b/c.png' }])),
    ],
    ['a file by address', said({ type: 'input_file', file_url: 'https://a.b/c.pdf' })],
    [
      'a file as data',
      said({
        type: 'input_file',
        file_data: 'data:application/pdf;base64,AAAA',
        filename: 'a.pdf',
      }),
    ],
    [
      'a search that the provider made',
      only({
        type: 'web_search_call',
        id: 'ws_1',
        status: 'completed',
        action: { type: 'search' },
      }),
    ],
    [
      'a custom call and its result',
      only(
        { type: 'custom_tool_call', call_id: 'a', name: 'sql', input: 'select 1' },
        { type: 'custom_tool_call_output', call_id: 'a', output: '1' },
      ),
    ],
  ],
  [
    ['a separate system text', { system: [], messages: [user] }, /^system/],
    ['an unknown role', only({ role: 'tool', content: 'x' }), /unknown role tool/],
    ['an unknown item', only({ type: 'tool_use', id: 'a' }), /unknown item tool_use/],
    ['an unknown field', only({ ...user, name: 'Ann' }), /Unrecognized key/],
    ['an empty text', only({ role: 'user', content: '' }), /content/],
    ['an empty list of parts', only({ role: 'user', content: [] }), /content/],
    ['parts of chat completions', said({ type: 'text', text: 'x' }), /content\[0\]/],
    [
      'input text by the assistant',
      only({ role: 'assistant', content: [{ type: 'input_text', text: 'x' }] }),
      /content\[0\]/,
    ],
    ['output text by the user', said({ type: 'output_text', text: 'x' }), /content\[0\]/],
    ['an image without a source', said({ type: 'input_image' }), /0 sources/],
    [
      'an image with two sources',
      said({ type: 'input_image', image_url: 'https://a.b/c', file_id: 'f' }),
      /2 sources/,
    ],
    [
      'an image of another type',
      said({ type: 'input_image', image_url: 'data:image/bmp;base64,AAAA' }),
      /image_url/,
    ],
    [
      'file data without a name',
      said({ type: 'input_file', file_data: 'data:application/pdf;base64,AAAA' }),
      /without a name/,
    ],
    [
      'sound, which only chat takes',
      said({ type: 'input_audio', input_audio: {} }),
      /content\[0\]/,
    ],
    [
      'an item id of another kind',
      only(call('a', { id: 'call_1' }), result('a')),
      /begin with fc_/,
    ],
    [
      'an item id that is used twice',
      only(reasoning, reasoning, answer),
      /item id rs_1 is used twice/,
    ],
    ['a call id that is too long', only(call('x'.repeat(65))), /call_id/],
    ['an illegal function name', only(call('a', { name: 'get it' })), /name of a function/],
    ['arguments that are cut off', only(call('a', { arguments: '{"a' })), /arguments/],
    ['arguments that are an object', only(call('a', { arguments: {} })), /arguments/],
    ['a call without a result', only(call('a')), /end: calls without results: a/],
    ['a call whose result is late', only(call('a'), user, result('a')), /\[1\]: calls without/],
    ['one of two results', only(call('a'), call('b'), result('a'), answer), /results: b/],
    ['a result without a call', only(result('a')), /without a call/],
    ['a call id that is used twice', only(call('a'), call('a')), /used twice/],
    [
      'results in another order',
      only(call('a'), call('b'), result('b'), result('a')),
      /where that of call a is due/,
    ],
    ['a result that is an object', only(call('a'), result('a', { ok: true })), /output/],
    ['an empty list as a result', only(call('a'), result('a', [])), /output/],
    [
      'reasoning without its encrypted form',
      only({ ...reasoning, encrypted_content: undefined }, answer),
      /encrypted_content/,
    ],
    ['reasoning that is last', only(user, reasoning), /without its following item/],
    ['reasoning before a user', only(reasoning, user), /without its following item/],
  ],
);
