import { checkGemini } from './gemini.js';
import { describeRules, only } from './rule-examples.js';

const says = (...parts: object[]) => ({ role: 'user', parts });
const answers = (...parts: object[]) => ({ role: 'model', parts });
const hello = says({ text: 'hello' });
const call = (name: string, more = {}) => ({ functionCall: { name, args: {}, ...more } });
const response = (name: string, more = {}) => ({
  functionResponse: { name, response: { output: 'rain' }, ...more },
});
const inline = (mimeType: string, data = 'AAAA') => ({ inlineData: { mimeType, data } });

describeRules(
  'Gemini',
  checkGemini,
  [
    ['no contents', only()],
    ['system texts in their own place', { system: [{ text: 'be kind' }], messages: [hello] }],
    [
      'parallel calls and their responses',
      only(hello, answers(call('f'), call('g')), says(response('f'), response('g'))),
    ],
    ["a user's words after responses", only(hello, answers(call('f')), says(response('f')), hello)],
    [
      'ids of calls',
      only(hello, answers(call('f', { id: 'a' })), says(response('f', { id: 'a' }))),
    ],
    [
      'a response with an image',
      only(hello, answers(call('f')), says(response('f', { parts: [inline('image/png')] }))),
    ],
    ['a thought', only(hello, answers({ text: 'hm', thought: true }, { text: 'yes' }))],
    ['a signature on an empty text', only(hello, answers({ text: '', thoughtSignature: 'AAAA' }))],
    ['an image', only(says(inline('image/png')))],
    [
      'an upload',
      only(says({ fileData: { fileUri: 'gs://bucket/a.pdf', mimeType: 'application/pdf' } })),
    ],
    [
      'code and its result',
      only(
        hello,
        answers(
          { executableCode: { language: 'PYTHON', code: '1' } },
          { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
        ),
      ),
    ],
  ],
  [
    [
      'a conversation that begins with the model',
      only(answers({ text: 'x' })),
      /begins with the model/,
    ],
    ['two contents of a user in a row', only(hello, hello), /second content of user/],
    [
      'two contents of the model in a row',
      only(hello, answers({ text: 'a' }), answers({ text: 'b' })),
      /second content of model/,
    ],
    ['an unknown role', only({ role: 'assistant', parts: [{ text: 'x' }] }), /role/],
    ['an unknown field', only({ ...hello, id: 'm' }), /Unrecognized key/],
    ['an unknown field of a part', only(says({ type: 'text', text: 'x' })), /Unrecognized key/],
    ['no parts', only(says()), /parts/],
    [
      'a part without data',
      only(hello, answers({ thoughtSignature: 'AAAA' })),
      /0 fields with data/,
    ],
    [
      'a part with two kinds of data',
      only(says({ text: 'x', ...inline('image/png') })),
      /2 fields with data/,
    ],
    ['an empty text', only(says({ text: '' })), /empty text/],
    ['an empty system text', { system: [{ text: '' }], messages: [hello] }, /^system\[0\]/],
    ['an image of another type', only(says(inline('image/gif'))), /media type/],
    ['an image without data', only(says(inline('image/png', ''))), /data/],
    [
      'an address that is no file',
      only(says({ fileData: { fileUri: 'ftp://example.com/a.png', mimeType: 'image/png' } })),
      /no address of a file/,
    ],
    ['a name of other letters', only(hello, answers(call('get it'))), /name of a function/],
    ['a name that begins with a digit', only(hello, answers(call('1st'))), /name of a function/],
    ['a name that is too long', only(hello, answers(call('x'.repeat(65)))), /name of a function/],
    ['arguments that are text', only(hello, answers(call('f', { args: '{}' }))), /args/],
    [
      'a response that is text',
      only(hello, answers(call('f')), says(response('f', { response: 'rain' }))),
      /response/,
    ],
    ['a call by the user', only(says(call('f'))), /functionCall of the other side/],
    [
      'a response by the model',
      only(hello, answers(response('f'))),
      /functionResponse of the other side/,
    ],
    [
      'a thought by the user',
      only(says({ text: 'hm', thought: true })),
      /thought of the other side/,
    ],
    ['a call without a response', only(hello, answers(call('f'))), /end: calls without responses/],
    [
      'a call whose response is late',
      only(hello, answers(call('f')), hello),
      /1 calls are answered by 0/,
    ],
    [
      'one of two responses',
      only(hello, answers(call('f'), call('g')), says(response('f'))),
      /2 calls are answered by 1/,
    ],
    ['a response without a call', only(says(response('f'))), /0 calls are answered by 1/],
    [
      'responses in another order',
      only(hello, answers(call('f'), call('g')), says(response('g'), response('f'))),
      /is due/,
    ],
    [
      'a response with another id',
      only(hello, answers(call('f', { id: 'a' })), says(response('f', { id: 'b' }))),
      /is due/,
    ],
    [
      'a call id that is used twice',
      only(
        hello,
        answers(call('f', { id: 'a' }), call('g', { id: 'a' })),
        says(response('f', { id: 'a' }), response('g', { id: 'a' })),
      ),
      /used twice/,
    ],
    [
      'words beside responses',
      only(hello, answers(call('f')), says(response('f'), { text: 'x' })),
      /beside function responses/,
    ],
  ],
);
