import { checkAnthropic } from './anthropic.js';
import { describeRules, only } from './rule-examples.js';

const says = (...content: object[]) => ({ role: 'user', content });
const answers = (...content: object[]) => ({ role: 'assistant', content });
const words = { type: 'text', text: 'hello' };
const hello = says(words);
const use = (id: string, more = {}) => ({
  type: 'tool_use',
  id,
  name: 'weather',
  input: {},
  ...more,
});
const result = (id: string, more = {}) => ({ type: 'tool_result', tool_use_id: id, ...more });
const thinking = { type: 'thinking', thinking: 'hm', signature: 'sig' };
const image = { type: 'image', source: { type: 'url', url: 'https://a.b/c.png' } };
const picture = (media: string, data = 'AAAA') => ({
  type: 'image',
  source: { type: 'base64', media_type: media, data },
});
const document = (source: object) => says({ type: 'document', source });
const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} };
const found = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] };

describeRules(
  'Anthropic',
  checkAnthropic,
  [
    ['no messages', only()],
    ['texts that are no lists', only({ role: 'user', content: 'hello' })],
    ['system texts in their own place', { system: [words], messages: [hello] }],
    [
      'parallel calls and their results',
      only(hello, answers(use('a'), use('b')), says(result('a'), result('b'), words)),
    ],
    [
      'a result with an image',
      only(hello, answers(use('a')), says(result('a', { content: [image] }))),
    ],
    ['an empty result', only(hello, answers(use('a')), says(result('a', { content: '' })))],
    ['thinking before a call', only(hello, answers(thinking, use('a')), says(result('a')))],
    ['redacted thinking', only(hello, answers({ type: 'redacted_thinking', data: 'x' }, words))],
    ['a server tool with its result', only(hello, answers(search, found, words))],
    ['a PDF', only(document({ type: 'base64', media_type: 'application/pdf', data: 'AAAA' }))],
    ['a text document', only(document({ type: 'text', media_type: 'text/plain', data: 'x' }))],
    [
      'four cache breakpoints',
      only(says(...Array(4).fill({ ...words, cache_control: { type: 'ephemeral' } }))),
    ],
  ],
  [
    ['a conversation that begins with the assistant', only(answers(words)), /\[0\]: by assistant/],
    ['two messages of a user in a row', only(hello, hello), /\[1\]: by user/],
    ['a system message', only({ role: 'system', content: 'x' }), /by system/],
    ['an unknown field', only({ ...hello, id: 'm' }), /Unrecognized key/],
    ['an unknown block', only(says({ type: 'image_url' })), /content\[0\]/],
    ['an unknown field of a block', only(says({ ...words, id: 'x' })), /Unrecognized key/],
    ['an empty message', only(says()), /content/],
    ['a blank text', only(says({ type: 'text', text: ' \n' })), /blank text/],
    [
      'a blank system text',
      { system: [{ type: 'text', text: '' }], messages: [hello] },
      /^system\[0\]/,
    ],
    ['an image by the assistant', only(hello, answers(image)), /\[1\]\.content\[0\]/],
    ['a call by the user', only(says(use('a'))), /content\[0\]/],
    ['thinking by the user', only(says(thinking)), /content\[0\]/],
    ['an illegal id', only(hello, answers(use('a/b'))), /id of a tool use/],
    ['an illegal name', only(hello, answers(use('a', { name: 'get.it' }))), /name of a tool/],
    [
      'a name that is too long',
      only(hello, answers(use('a', { name: 'x'.repeat(129) }))),
      /name of a tool/,
    ],
    ['input that is text', only(hello, answers(use('a', { input: '{}' }))), /input/],
    ['an id that is used twice', only(hello, answers(use('a'), use('a'))), /used twice/],
    ['a call without a result', only(hello, answers(use('a'))), /end: calls without results/],
    [
      'a call whose result is late',
      only(hello, answers(use('a')), hello),
      /\[2\]: calls without results/,
    ],
    [
      'one of two results',
      only(hello, answers(use('a'), use('b')), says(result('a'))),
      /results: b/,
    ],
    ['a result without a call', only(says(result('a'))), /without a call/],
    [
      'results in another order',
      only(hello, answers(use('a'), use('b')), says(result('b'), result('a'))),
      /call a is due/,
    ],
    [
      'results that are not first',
      only(hello, answers(use('a')), says(words, result('a'))),
      /not first/,
    ],
    [
      'a blank text in a result',
      only(hello, answers(use('a')), says(result('a', { content: [{ type: 'text', text: '' }] }))),
      /content\[0\]/,
    ],
    [
      'an error without content',
      only(hello, answers(use('a')), says(result('a', { is_error: true }))),
      /error is empty/,
    ],
    [
      'an error with an image',
      only(hello, answers(use('a')), says(result('a', { is_error: true, content: [image] }))),
      /no text/,
    ],
    ['an image of another type', only(says(picture('image/tiff'))), /media_type/],
    ['an image without data', only(says(picture('image/png', ''))), /data/],
    ['an image whose data is no base64', only(says(picture('image/png', '%%%%'))), /no base64/],
    [
      'a document of another type',
      only(document({ type: 'base64', media_type: 'text/csv', data: 'AAAA' })),
      /media_type/,
    ],
    [
      'an address that is no web address',
      only(says({ ...image, source: { type: 'url', url: 'gs://a/b' } })),
      /no web address/,
    ],
    [
      'thinking without a signature',
      only(hello, answers({ ...thinking, signature: '' }, words)),
      /signature/,
    ],
    ['thinking that is last', only(hello, answers(words, thinking)), /final block is thinking/],
    [
      'a server tool without its result',
      only(hello, answers(search, words)),
      /without results: srvtoolu_1/,
    ],
    ['a server result without its use', only(hello, answers(found, words)), /without its use/],
    ['a server result before its use', only(hello, answers(found, search)), /without its use/],
    [
      'a server tool id that is used twice',
      only(hello, answers(search, found, search, found)),
      /used twice/,
    ],
    [
      'a server tool id of another form',
      only(hello, answers({ ...search, id: 'toolu_1' })),
      /id of a server tool/,
    ],
    ['a server tool that is unknown', only(hello, answers({ ...search, name: 'weather' })), /name/],
    ['final white space', only(hello, answers({ type: 'text', text: 'and ' })), /white space/],
    [
      'five cache breakpoints',
      only(says(...Array(5).fill({ ...words, cache_control: { type: 'ephemeral' } }))),
      /5 blocks with cache_control/,
    ],
  ],
);
