import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let ada: Caller;
let bob: Caller;
let path: string;
beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = [app.actingFor('ada'), app.actingFor('bob')];
  path = `/v1/conversations/${(await ada.post('/v1/conversations').expect(201)).body.id}/messages`;
  await bob.post('/v1/conversations').expect(201);
});
afterAll(() => app.close());

/** What a client gets back: once in the answer to the append, once when it reads. As JSON text, which shows the order of keys too. */
async function roundTrip(message: object): Promise<{ content: string; metadata: unknown }[]> {
  const appended = (await ada.post(path, message).expect(201)).body.data[0];
  const read = (await ada.get(`${path}?limit=1`).expect(200)).body.data[0];
  expect(read).toEqual(appended);
  return [appended, read].map(({ content, metadata }) => ({
    content: JSON.stringify(content),
    metadata,
  }));
}

async function expectUnchanged(content: unknown): Promise<void> {
  for (const back of await roundTrip({ role: 'assistant', content }))
    expect(back.content).toBe(JSON.stringify(content));
}

const parse = (text: string) => JSON.parse(text) as unknown;

describe('message text is returned exactly', () => {
  it.each([
    ['nothing', ''],
    ['spaces and line breaks', '  \t\r\n \n\n'],
    ['quotes and backslashes', `"'\`\\ \\n \\u0041 {"json": [1]} $1 %s ; --`],
    ['what looks like parts', '[{"type":"text","text":"x"}]'],
    ['what looks like JSON', 'null'],
    ['emoji with joiners and skin tones', '👩‍👩‍👧‍👦 👍🏽 🇳🇴 ❤️'],
    ['right-to-left text with marks', '\u202bשָׁלוֹם\u202c مرحبا \u200f123'],
    ['combining characters, not normalised', 'e\u0301 é \u1100\u1161 가 ﬁ Å'],
    ['rare characters', '\u0001\u001f\u007f\u0085\u2028\u2029\ufeff\ufffd\uffff\u{10ffff}'],
    ['special tokens', '<|endoftext|><|im_start|>'],
    ['long text', 'All work and no play. '.repeat(50_000)],
  ])('%s', async (_what, content) => {
    await expectUnchanged(content);
  });

  it('any text that can be stored', async () => {
    const storable = fc
      .string({ unit: 'binary', maxLength: 200 })
      .filter((text) => !text.includes('\0') && text.isWellFormed());
    await fc.assert(fc.asyncProperty(storable, expectUnchanged), { numRuns: 40 });
  });
});

describe('message parts are returned exactly', () => {
  it.each([
    ['a text', '[{"type":"text","text":"Hello"}]'],
    [
      'image and file',
      '[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBOR=","detail":"low"}},{"type":"file","file":{"file_id":"f1"}}]',
    ],
    [
      'a tool call',
      '[{"type":"tool_call","id":"call_1","name":"weather","arguments":{"city":"Oslo","days":[1,2.5,-3e-7]}},{"type":"function","arguments":"{\\"a\\": 1}"}]',
    ],
    [
      'a tool result',
      '[{"type":"tool_result","tool_use_id":"x","content":[{"type":"text","text":"sunny"}],"is_error":false}]',
    ],
    [
      'reasoning',
      '[{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"…"}],"encrypted_content":null},{"type":"thinking","thinking":"hm","signature":"s=="}]',
    ],
    ['types nobody knows', '[{"type":"x.future/v9"},{"type":"😀","":{}}]'],
    [
      'odd keys',
      '[{"type":"t","constructor":1,"toString":{},"hasOwnProperty":null,"valueOf":[],"__defineGetter__":0,"$ref":"#","a.b":"c","":"","id":7,"seq":-1,"userId":"x"}]',
    ],
    [
      'keys that look like numbers, in the order of JavaScript',
      '[{"1":"a","2":"b","type":"t","z":1,"a":2}]',
    ],
    [
      'numbers',
      '[{"type":"n","v":[0,1,-1,0.1,1e+21,1e-7,5e-324,1.7976931348623157e+308,9007199254740991]}]',
    ],
    ['empty things', '[{"type":"e","a":{},"b":[],"c":"","d":null,"e":false,"f":[[],[{}]]}]'],
  ])('%s', async (_what, text) => {
    const content = parse(text);
    expect(JSON.stringify(content)).toBe(text);
    await expectUnchanged(content);
  });

  it('nested 60 levels deep', async () => {
    await expectUnchanged([
      { type: 'deep', value: parse(`${'[{"a":'.repeat(29)}1${'}]'.repeat(29)}`) },
    ]);
  });

  it('1,000 of them', async () => {
    await expectUnchanged(
      Array.from({ length: 1_000 }, (_, i) => ({ type: 'text', text: `part ${i}`, index: i })),
    );
  });

  it('any JSON that can be stored', async () => {
    const value = fc
      .jsonValue({ maxDepth: 4 })
      .filter((json) => !JSON.stringify(json).includes('__proto__'));
    const part = fc.record({ type: fc.constant('x'), value });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async (content) =>
        expectUnchanged(parse(JSON.stringify(content))),
      ),
      { numRuns: 40 },
    );
  });
});

describe('message metadata is returned equal', () => {
  it.each([
    '{}',
    '{"a":1,"nested":{"b":[true,null,{"c":"é😀"}]}}',
    '{"constructor":{"prototype":{}},"toString":1,"":"empty key","__defineSetter__":[]}',
    '{"n":[0,0.1,-5,1e21,1e-7,5e-324,1.7976931348623157e308]}',
  ])('%s', async (text) => {
    for (const back of await roundTrip({ role: 'user', content: 'x', metadata: parse(text) }))
      expect(back.metadata).toEqual(parse(text));
  });

  it('is an empty object when none was sent', async () => {
    for (const back of await roundTrip({ role: 'user', content: 'x', metadata: null }))
      expect(back.metadata).toEqual({});
  });
});

describe('message content that cannot be stored exactly is refused', () => {
  const send = (body: string) =>
    ada.with({ 'content-type': 'application/json' }).call('post', path).send(body);

  it.each([
    ['NUL', '{"role":"user","content":"a\\u0000b"}'],
    ['a lone surrogate', '{"role":"user","content":"a\\ud800b"}'],
    ['NUL in the key of metadata', '{"role":"user","content":"x","metadata":{"a\\u0000":1}}'],
    ['a number no double holds', '{"role":"user","content":"x","metadata":{"v":9007199254740993}}'],
    ['a number of 401 digits', `{"role":"user","content":[{"type":"t","v":${'9'.repeat(401)}}]}`],
    ['the key __proto__', '{"role":"user","content":[{"type":"t","__proto__":{"x":1}}]}'],
    [
      '65 levels',
      `{"role":"user","content":[{"type":"t","v":${'['.repeat(62)}${']'.repeat(62)}}]}`,
    ],
  ])('%s', async (_what, body) => {
    expectProblem(await send(body), 422, 'request.invalid_body');
  });

  it('a text of more than 4 MiB', async () => {
    expectProblem(
      await ada.post(path, { role: 'user', content: 'x'.repeat(4_194_305) }),
      422,
      'request.invalid_body',
    );
  });

  it('and nothing of it is stored', async () => {
    const before = (await ada.get(`${path}?limit=1`)).body.data[0]?.seq;
    await send('{"role":"user","content":"a\\u0000b"}');
    expect((await ada.get(`${path}?limit=1`)).body.data[0]?.seq).toBe(before);
    expectProblem(await bob.get(path), 404, 'conversation.not_found');
  });
});
