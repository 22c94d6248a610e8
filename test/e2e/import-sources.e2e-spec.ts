import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runExport } from '../../src/cli/export-command.js';
import { runImport } from '../../src/cli/import-command.js';
import { zipFiles } from '../../src/cli/zip-file.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { zipOf } from '../support/zip.js';

const node = (id: string, parent: string | null, role: string, text: string) => ({
  [id]: {
    id,
    parent,
    message: { id, author: { role }, content: { content_type: 'text', parts: [text] } },
  },
});
const chatGpt = (id: string, ...texts: string[]) => ({
  conversation_id: id,
  title: id,
  mapping: Object.assign(
    {},
    ...texts.map((text, i) => node(`${id}${i}`, i === 0 ? null : `${id}${i - 1}`, 'user', text)),
  ) as object,
});

describe('importing exports as they are delivered', () => {
  let app: TestApp;
  let url: string;
  let directory: string;

  beforeAll(async () => {
    app = await createTestApp();
    url = await app.listen();
    directory = await mkdtemp(join(tmpdir(), 'threadkeep-sources-'));
  });
  afterAll(async () => {
    await app.close();
    await rm(directory, { recursive: true, force: true });
  });

  const file = async (name: string, content: string | Buffer) => {
    await writeFile(join(directory, name), content);
    return join(directory, name);
  };
  async function run(...args: string[]) {
    const out: string[] = [];
    const error: string[] = [];
    const code = await runImport([...args, '--url', url, '--key', app.serviceKey], {
      out: (line) => out.push(line),
      error: (line) => error.push(line),
    });
    return { code, out, error };
  }
  const conversations = async (user: string) => {
    const { body } = await app.actingFor(user).get('/v1/conversations?sort=createdAt').expect(200);
    return body.data as { id: string; title: string; lastSeq: number }[];
  };

  it('reads the conversations of a ZIP in the order of its files, and skips the others', async () => {
    const path = await file(
      'export.bin',
      zipOf({
        'conversations-001.json': JSON.stringify([chatGpt('c', 'x')]),
        'conversations-000.json': JSON.stringify([chatGpt('a', 'x'), chatGpt('b', 'x', 'y')]),
        'user.json': JSON.stringify({ id: 'u', email: 'a@b', phone_number: null }),
        'chat.html': '<html></html>',
        'images/': '',
        'images/1.png': '\u0089PNG',
      }),
    );
    expect(await run(path, '--user', 'zip')).toEqual({
      code: 0,
      out: [
        '1 a: imported, 1 messages',
        '2 b: imported, 2 messages',
        '1 c: imported, 1 messages',
        '3 imported, 0 already there, 0 failed',
      ],
      error: [expect.stringMatching(/^Skipped user\.json: not a conversation: it looks like/)],
    });
  });

  it('reads a folder with its ZIPs, and says when there is nothing to import', async () => {
    const folder = join(directory, 'takeout');
    await mkdir(join(folder, 'b'), { recursive: true });
    await writeFile(join(folder, 'b', 'one.json'), JSON.stringify(chatGpt('one', 'x'), null, 2));
    await writeFile(
      join(folder, 'a.zip'),
      zipOf({ 'two.txt': JSON.stringify(chatGpt('two', 'x')) }),
    );
    expect((await run(folder, '--user', 'folder')).out).toEqual([
      '1 two: imported, 1 messages',
      '1 one: imported, 1 messages',
      '2 imported, 0 already there, 0 failed',
    ]);
    const empty = await file('other.zip', zipOf({ 'readme.md': 'hello' }));
    expect(await run(empty)).toMatchObject({
      code: 1,
      error: [
        `cannot read ${empty}: readme.md: it looks like text that is not JSON; JSON or JSON lines can be imported`,
      ],
    });
  });

  it.each([
    [
      'is damaged',
      Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(100)]),
      'the ZIP is damaged',
    ],
    [
      'says another size than it has',
      zipOf({ 'a.json': '[{}]' }, { declaredBytes: 3 }),
      'the ZIP is damaged',
    ],
    [
      'would unpack to a thousand times its size',
      zipOf({ 'a.json': ' '.repeat(4_000_000) }),
      'which no export is',
    ],
  ])('refuses a ZIP that %s', async (name, content, reason) => {
    const path = await file(`${name}.zip`, content);
    const { code, error } = await run(path, '--user', 'bombed');
    expect({ code, error }).toEqual({
      code: 1,
      error: [expect.stringContaining(`cannot read ${path}: `)],
    });
    expect(error[0]).toContain(reason);
  });

  it('refuses a ZIP with too many files, with too much in all, and with files that share bytes', async () => {
    const path = await file('many.zip', zipOf({ 'a.json': '{}', 'b.json': '{}', 'c.json': '{}' }));
    const listed = async (limits: { entries: number; totalBytes: number; ratio: number }) => {
      for await (const { name } of zipFiles(path, limits)) expect(name).toMatch(/json$/);
    };
    const limits = { entries: 3, totalBytes: 100, ratio: 100 };
    await listed(limits);
    await expect(listed({ ...limits, entries: 2 })).rejects.toThrow('more than 2 files');
    await expect(listed({ ...limits, totalBytes: 5 })).rejects.toThrow('6 bytes unpacked');
    const packed = deflateRawSync(' '.repeat(100_000)).length;
    const shared = await file(
      'shared.zip',
      zipOf({ 'a.json': '{}' }, { packedBytes: packed + 1_000 }),
    );
    expect((await run(shared)).error[0]).toContain('damaged');
  });

  it('with --dry-run sends nothing, and says what would be imported', async () => {
    const path = await file('dry.json', JSON.stringify([chatGpt('a', 'x', 'y')]));
    expect(await run(path, '--user', 'dry', '--dry-run')).toEqual({
      code: 0,
      out: ['1 a: 2 messages', '1 would be imported, 0 failed'],
      error: [],
    });
    expect(await conversations('dry')).toEqual([]);
  });

  it('adds what is new of a grown export, and names what differs without stopping', async () => {
    const before = await file(
      'month.json',
      JSON.stringify([chatGpt('a', 'x'), chatGpt('b', 'x', 'y')]),
    );
    await run(before, '--user', 'grows');
    const after = await file(
      'month.json',
      JSON.stringify([chatGpt('b', 'edited', 'y', 'z'), chatGpt('a', 'x', 'y')]),
    );
    expect(await run(after, '--user', 'grows')).toEqual({
      code: 1,
      out: [
        '1 b: already there',
        '2 a: 1 new messages imported',
        '0 imported, 1 grown, 0 already there, 1 failed',
      ],
      error: ['item 1, b: 1 newer messages are not imported: message 1 is another one there'],
    });
    expect((await conversations('grows')).map(({ lastSeq }) => lastSeq).sort()).toEqual([2, 2]);
  });

  it('says that a conversation was deleted, and leaves it so', async () => {
    const path = await file('gone.json', JSON.stringify([chatGpt('a', 'x')]));
    await run(path, '--user', 'deletes');
    const { id } = (await conversations('deletes'))[0]!;
    await app.actingFor('deletes').delete(`/v1/conversations/${id}`).expect(204);
    expect((await run(path, '--user', 'deletes')).out[0]).toBe('1 a: was deleted here');
    expect(await conversations('deletes')).toEqual([]);
  });

  it('imports memories once, and those that another product kept when asked', async () => {
    const context = chatGpt('a', 'x');
    Object.assign(context.mapping, {
      k: {
        id: 'k',
        parent: 'a0',
        message: {
          author: { role: 'system' },
          content: { content_type: 'model_editable_context', model_set_context: '1. Likes tea.' },
        },
      },
    });
    const mem0 = {
      id: 'm',
      memory: 'Has a cat',
      user_id: 'ada',
      created_at: '2025-01-01T00:00:00Z',
    };
    const path = await file('memories.json', JSON.stringify([context, mem0]));
    const memories = async () => {
      const { body } = await app.actingFor('remembers').get('/v1/memories').expect(200);
      return (body.data as { content: string }[]).map(({ content }) => content).sort();
    };
    expect((await run(path, '--user', 'remembers')).out.at(-1)).toBe(
      '1 imported, 1 memories, 0 already there, 0 failed. 1 memories were found: add --memories to import them, too',
    );
    expect(await memories()).toEqual(['Has a cat']);
    for (const line of [
      '0 imported, 1 memories, 2 already there, 0 failed',
      '0 imported, 3 already there, 0 failed',
    ])
      expect((await run(path, '--user', 'remembers', '--memories')).out.at(-1)).toBe(line);
    expect(await memories()).toEqual(['Has a cat', 'Likes tea.']);
  });

  it('gives calls and results of every product to contexts', async () => {
    const claude = {
      uuid: 'claude',
      name: 'Claude',
      chat_messages: [
        { uuid: 'q', sender: 'human', content: [{ type: 'text', text: 'Weather?' }] },
        {
          uuid: 'a',
          sender: 'assistant',
          content: [
            { type: 'tool_use', name: 'w', input: {} },
            { type: 'tool_result', name: 'w', content: [{ type: 'text', text: '18C' }] },
            { type: 'text', text: 'Mild.' },
          ],
        },
      ],
    };
    const libre = {
      conversationId: 'libre',
      title: 'LibreChat',
      messages: [
        { messageId: 'q', parentMessageId: '0', isCreatedByUser: true, text: 'Weather?' },
        {
          messageId: 'a',
          parentMessageId: 'q',
          isCreatedByUser: false,
          content: [
            { type: 'tool_call', tool_call: { id: 't', name: 'w', args: '{}', output: '18C' } },
            { type: 'text', text: 'Mild.' },
          ],
        },
      ],
    };
    await run(
      await file('tools.jsonl', `${JSON.stringify(claude)}\n${JSON.stringify(libre)}`),
      '--user',
      'tools',
    );
    const listed = await conversations('tools');
    expect(listed).toHaveLength(2);
    for (const { id } of listed) {
      const { body } = await app
        .actingFor('tools')
        .post(`/v1/conversations/${id}/context`, { budgetTokens: 1_000 });
      expect(body.messages).toMatchObject([
        { role: 'user', content: 'Weather?' },
        { role: 'assistant', tool_calls: [{ function: { name: 'w' } }] },
        { role: 'tool', content: '18C' },
        { role: 'assistant', content: 'Mild.' },
      ]);
    }
  });

  it('keeps the branches of a chat, adds those that are new, and exports an equal tree', async () => {
    const user = 'branches';
    const chat = (head: string, ...nodes: object[]) =>
      file(
        'branches.json',
        JSON.stringify([
          { ...chatGpt('t'), mapping: Object.assign({}, ...nodes) as object, current_node: head },
        ]),
      );
    const [q, a, b] = [
      node('q', null, 'user', 'q'),
      node('a', 'q', 'assistant', 'first'),
      node('b', 'q', 'assistant', 'second'),
    ];
    const shown = async (path: string) => {
      const [conversation] = await conversations(user);
      const address = `/v1/conversations/${conversation!.id}/messages?order=asc${path}`;
      const { body } = await app.actingFor(user).get(address).expect(200);
      return (body.data as { content: string }[]).map(({ content }) => content);
    };
    const first = await run(await chat('b', q, a, b), '--user', user);
    expect(first.out).toEqual([
      '1 t: imported, 3 messages, 1 branches',
      '1 imported, 0 already there, 0 failed',
    ]);
    expect(await shown('')).toEqual(['q', 'second']);
    expect((await run(await chat('b', q, a, b), '--user', user)).out[0]).toBe('1 t: already there');
    const c = node('c', 'a', 'user', 'more');
    const grown = await run(await chat('c', q, a, c, b), '--user', user);
    expect(grown.out).toEqual([
      '1 t: 1 new messages imported, 1 branches',
      '0 imported, 1 grown, 0 already there, 0 failed',
    ]);
    expect(await shown('')).toEqual(['q', 'first', 'more']);
    expect(await shown('&all=true')).toEqual(['q', 'first', 'second', 'more']);

    const path = join(directory, 'branches.jsonl');
    const own = ['--url', url, '--key', app.serviceKey, '--user', user, '--out', path];
    expect(await runExport(own, { out: process.stdout, error: () => undefined })).toBe(0);
    expect((await run(path, '--user', user)).out[0]).toBe('1 t: already there');
    expect((await run(path, '--user', 'branches-copy')).out[0]).toBe(
      '1 t: imported, 4 messages, 2 branches',
    );
  });
});
