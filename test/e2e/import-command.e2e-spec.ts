import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runImport } from '../../src/cli/import-command.js';
import { createTestApp, type TestApp } from '../support/app.js';

const chat = (importKey: string, more: object = {}) => ({
  importKey,
  messages: [{ role: 'user', content: `hello from ${importKey}` }],
  ...more,
});

describe('the import command', () => {
  let app: TestApp;
  let url: string;
  let directory: string;

  beforeAll(async () => {
    app = await createTestApp({ MAX_BODY_BYTES: '100000' });
    url = await app.listen();
    directory = await mkdtemp(join(tmpdir(), 'threadkeep-import-'));
  });
  afterAll(async () => {
    await app.close();
    await rm(directory, { recursive: true, force: true });
  });

  const file = async (name: string, content: string | Buffer) => {
    await writeFile(join(directory, name), content);
    return join(directory, name);
  };

  async function run(path: string, ...flags: string[]) {
    const out: string[] = [];
    const error: string[] = [];
    const args = [path, '--url', url, '--key', app.serviceKey, ...flags];
    const code = await runImport(args, {
      out: (line) => out.push(line),
      error: (line) => error.push(line),
    });
    return { code, out, error };
  }

  const titles = async (user: string) => {
    const { body } = await app.actingFor(user).get('/v1/conversations').expect(200);
    return (body.data as { title: string }[]).map(({ title }) => title).sort();
  };

  it('reads JSONL with a byte order mark, blank lines and no final line feed', async () => {
    const lines = [
      '\ufeff',
      JSON.stringify(chat('a', { title: 'A\u2028A' })),
      '\r\n',
      '\n',
      '  \n',
      JSON.stringify(chat('b', { title: 'B' })),
    ].join('');
    const path = await file('marked.jsonl', lines);
    expect(await run(path, '--user', 'lines')).toEqual({
      code: 0,
      out: [
        '1 A A: imported, 1 messages',
        '4 B: imported, 1 messages',
        '2 imported, 0 already there, 0 failed',
      ],
      error: [],
    });
    expect(await titles('lines')).toEqual(['A\u2028A', 'B']);
  });

  it("imports OpenAI's chat files, and changes what cannot be stored with a warning", async () => {
    const messages = String.raw`[{"role":"developer","content":"Be brief.\u0000"},{"role":"user","content":"Weather?","name":"ada"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"w","arguments":"{\"id\":1}"},"n":9007199254740993}]},{"role":"tool","tool_call_id":"c","content":"18"}]`;
    const path = await file('chat.jsonl', `{"messages":${messages},"tools":[]}`);
    const { code, out, error } = await run(path, '--user', 'openai');
    expect({ code, out: out.at(-1), error }).toEqual({
      code: 0,
      out: '1 imported, 0 already there, 0 failed, 1 warnings',
      error: [
        expect.stringMatching(
          /^item 1, sha256:.*: warning: 1 texts with NUL or lone surrogates have U\+FFFD in their place$/,
        ),
      ],
    });
    const { body } = await app.actingFor('openai').get('/v1/conversations').expect(200);
    const [{ id, metadata }] = body.data as [{ id: string; metadata: object }];
    expect(metadata).toEqual({ source: 'openai-chat', tools: [] });
    const list = await app
      .actingFor('openai')
      .get(`/v1/conversations/${id}/messages?order=asc`)
      .expect(200);
    expect(list.text).toContain('"n":9007199254740993');
    expect(
      (list.body.data as { role: string; content: unknown; metadata: object }[]).map(
        ({ role, content, metadata }) => [role, typeof content, metadata],
      ),
    ).toEqual([
      ['system', 'string', { role: 'developer' }],
      ['user', 'string', { name: 'ada' }],
      ['assistant', 'object', {}],
      ['tool', 'string', { tool_call_id: 'c' }],
    ]);
  });

  it('imports for the user `import` by default', async () => {
    await run(await file('default.jsonl', JSON.stringify(chat('a', { title: 'Mine' }))));
    expect(await titles('import')).toEqual(['Mine']);
  });

  it('reads an array from a file of any name, and reports wrong items', async () => {
    const path = await file(
      'array.txt',
      `\n [${JSON.stringify(chat('a'))}, {"a": 1}, nonsense, ${JSON.stringify(chat('b'))}]`,
    );
    const { code, out, error } = await run(path, '--user', 'array', '--on-error', 'skip');
    expect({ code, out }).toEqual({
      code: 1,
      out: [
        '1 a: imported, 1 messages',
        '4 b: imported, 1 messages',
        '2 imported, 0 already there, 2 failed',
      ],
    });
    expect(error).toEqual([
      expect.stringMatching(/^item 2: not a conversation/),
      'item 3: not JSON in UTF-8',
    ]);
  });

  it('reads one conversation of many lines from a .json file', async () => {
    const path = await file('one.json', JSON.stringify(chat('a', { title: 'Pretty' }), null, 2));
    expect((await run(path, '--user', 'pretty')).out).toEqual([
      '1 Pretty: imported, 1 messages',
      '1 imported, 0 already there, 0 failed',
    ]);
  });

  it('imports the complete conversations of a truncated file', async () => {
    const path = await file(
      'cut.json',
      `[${JSON.stringify(chat('a'))}, ${JSON.stringify(chat('b')).slice(0, 40)}`,
    );
    expect(await run(path, '--user', 'cut')).toEqual({
      code: 1,
      out: ['1 a: imported, 1 messages', '1 imported, 0 already there, 1 failed'],
      error: [`cannot read ${path}: the file ends in the middle of its JSON`],
    });
  });

  it('reports each bad line, and continues with --on-error skip', async () => {
    const role = {
      ...chat('b'),
      messages: [
        { role: 'user', content: 'x' },
        { role: 'critic', content: 'x' },
      ],
    };
    const large = chat('c', { messages: [{ role: 'user', content: 'x'.repeat(100_001) }] });
    const lines = [
      JSON.stringify(role),
      JSON.stringify(large),
      '{"importKey":"d","metadata":{"id":12345678901234567890},"messages":[]}',
      JSON.stringify(chat('e')),
    ];
    const path = await file(
      'bad.jsonl',
      Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), Buffer.from([0xff, 0x0a])]),
    );
    const { code, out, error } = await run(path, '--user', 'bad', '--on-error', 'skip');
    expect({ code, out }).toEqual({
      code: 1,
      out: ['4 e: imported, 1 messages', '1 imported, 0 already there, 4 failed'],
    });
    expect(error).toEqual([
      'line 1: 422 The body is not valid: /messages/1/role must be one of user, assistant, system, tool',
      'line 2: 413 The body is too large: The body may have at most 100000 bytes; see MAX_BODY_BYTES of the server',
      'line 3: 422 The body is not valid: /metadata/id the number 12345678901234567890 cannot be kept exactly; send it as a string',
      'line 5: not JSON in UTF-8',
    ]);
  });

  it('finds nothing in an empty file', async () => {
    expect(await run(await file('empty.jsonl', ''))).toEqual({
      code: 0,
      out: ['0 imported, 0 already there, 0 failed'],
      error: [],
    });
  });

  it('reports in one line why it cannot run', async () => {
    const path = await file('good.jsonl', JSON.stringify(chat('a')));
    const missing = join(directory, 'missing.jsonl');
    expect(await run(missing)).toMatchObject({
      code: 2,
      out: [],
      error: [expect.stringMatching(/^cannot read .*missing\.jsonl: ENOENT/)],
    });
    expect(await run(path, '--key', `tk_${'x'.repeat(40)}`)).toEqual({
      code: 2,
      out: [],
      error: [expect.stringContaining(`${url} answers 401 A valid credential is needed: `)],
    });
    expect(await run(path, '--key', '')).toEqual({
      code: 2,
      out: [],
      error: ['--key (or THREADKEEP_API_KEY) is missing'],
    });
    expect(await run(path, '--url', 'http://127.0.0.1:1')).toMatchObject({
      code: 2,
      out: [],
      error: [expect.stringMatching(/^cannot reach http:\/\/127\.0\.0\.1:1: /)],
    });
    expect(await run(path, '--on-error', 'ask')).toEqual({
      code: 2,
      out: [],
      error: ['--on-error must be stop or skip'],
    });
    expect(await run(path, '--help')).toMatchObject({
      code: 0,
      out: [expect.stringContaining('Usage: threadkeep import')],
    });
  });

  it('explains how to continue when the server ends the import', async () => {
    const path = await file(
      'half.jsonl',
      `${JSON.stringify(chat('a'))}\n${JSON.stringify(chat('b'))}\n`,
    );
    let calls = 0;
    const server = createServer(({ url }, response) => {
      // A server of an earlier release takes no batches.
      const status = url!.endsWith('/batch') ? 404 : calls++ === 0 ? 201 : 401;
      response
        .writeHead(status)
        .end('{"imported":true,"conversation":{"lastSeq":1},"title":"Who are you"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const answer = await run(path, '--url', address);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(answer).toEqual({
      code: 2,
      out: ['1 a: imported, 1 messages', '1 imported, 0 already there, 0 failed'],
      error: [
        `${address} answers 401 Who are you. Stopped. To go on, run the same command again: what is there already is not imported twice.`,
      ],
    });
  });

  it('does not hide an unexpected error', async () => {
    const path = await file('good.jsonl', JSON.stringify(chat('z')));
    const broken = () => {
      throw new TypeError('the terminal is gone');
    };
    await expect(
      runImport([path, '--url', url, '--key', app.serviceKey], { out: broken, error: broken }),
    ).rejects.toThrow('the terminal is gone');
  });
});
