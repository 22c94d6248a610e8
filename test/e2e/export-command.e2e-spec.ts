import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runExport } from '../../src/cli/export-command.js';
import { runImport } from '../../src/cli/import-command.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';

type Row = Record<string, unknown>;

describe('the export command', () => {
  let app: TestApp;
  let url: string;
  let directory: string;

  beforeAll(async () => {
    app = await createTestApp();
    url = await app.listen();
    directory = await mkdtemp(join(tmpdir(), 'threadkeep-export-'));
  });
  afterAll(async () => {
    await app.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function run(...args: string[]) {
    const error: string[] = [];
    const out = new PassThrough();
    const chunks: Buffer[] = [];
    out.on('data', (chunk: Buffer) => chunks.push(chunk));
    const code = await runExport(['--url', url, '--key', app.serviceKey, ...args], {
      out,
      error: (line) => error.push(line),
    });
    return { code, error, text: Buffer.concat(chunks).toString() };
  }
  async function load(path: string, user: string) {
    const lines: string[] = [];
    const output = {
      out: (line: string) => lines.push(line),
      error: (line: string) => lines.push(line),
    };
    await runImport([path, '--user', user, '--url', url, '--key', app.serviceKey], output);
    return lines;
  }

  /** Everything but ids, and the times and counts that the server makes. */
  async function essence(caller: Caller) {
    const rows = async (path: string) =>
      ((await caller.get(path).expect(200)).body as { data: Row[] }).data;
    const conversations = await rows('/v1/conversations?sort=createdAt');
    const place = new Map(conversations.map(({ id }, i) => [id, i]));
    const pick = (row: Row, names: string[]) => ({
      ...Object.fromEntries(names.map((name) => [name, row[name]])),
      conversation: place.get(row['conversationId']),
    });
    return {
      conversations: await Promise.all(
        conversations.map(async (row) => ({
          ...pick(row, [
            'title',
            'tags',
            'metadata',
            'status',
            'createdAt',
            'updatedAt',
            'lastSeq',
          ]),
          messages: (
            await rows(`/v1/conversations/${String(row['id'])}/messages?order=asc&limit=100`)
          ).map((message) =>
            pick(message, ['seq', 'role', 'content', 'metadata', 'createdAt', 'tokenCount']),
          ),
        })),
      ),
      memories: (await rows('/v1/memories?sort=updatedAt')).map((row) =>
        pick(row, [
          'content',
          'kind',
          'tags',
          'importance',
          'agentId',
          'validFrom',
          'validTo',
          'expiresAt',
        ]),
      ),
      blocks: (await rows('/v1/memory-blocks')).map((row) =>
        pick(row, ['label', 'agentId', 'content']),
      ),
      tasks: (await rows('/v1/tasks')).map((row) =>
        pick(row, ['title', 'description', 'status', 'priority', 'dueAt']),
      ),
      events: (await rows('/v1/events')).map((row) =>
        pick(row, ['title', 'location', 'start', 'end', 'timeZone', 'allDay']),
      ),
    };
  }

  it('writes a user whom an import makes again, equal, once', async () => {
    const ada = app.actingFor('ada');
    const { body: chat } = await ada.post('/v1/conversations', { title: 'Tea', tags: ['food'] });
    await ada.post(`/v1/conversations/${chat.id}/messages`, {
      messages: Array.from({ length: 40 }, (_, i) => ({
        role: 'user',
        content: [{ type: 'text', text: `${i}` }],
      })),
    });
    await ada.post('/v1/conversations', { title: 'Empty' });
    await ada.post('/v1/memories', {
      content: 'Likes tea',
      tags: ['food'],
      validFrom: '2025-01-01',
    });
    await ada.post('/v1/memories', { content: 'Only here', conversationId: chat.id });
    await ada.put('/v1/memory-blocks/persona', { content: 'Kind.' });
    await ada.put('/v1/memory-blocks/persona?agentId=a', { content: 'Stern.' });
    await ada.post('/v1/tasks', { title: 'Buy tea', conversationId: chat.id, status: 'completed' });
    await ada.post('/v1/events', {
      title: 'Tea',
      start: '2026-05-01T10:00:00',
      timeZone: 'Europe/Oslo',
    });

    const path = join(directory, 'ada.jsonl');
    expect(await run('--user', 'ada', '--out', path)).toMatchObject({
      code: 0,
      error: ['8 lines written'],
    });
    expect((await load(path, 'charles')).at(-1)).toBe(
      '2 imported, 2 memories, 1 tasks, 1 events, 2 memory blocks, 0 already there, 0 failed',
    );
    const charles = app.actingFor('charles');
    expect(await essence(charles)).toEqual(await essence(ada));
    const before = await essence(ada);
    for (const user of ['charles', 'ada'])
      expect((await load(path, user)).at(-1)).toBe('0 imported, 8 already there, 0 failed');
    expect(await essence(ada)).toEqual(before);
    expect(await essence(charles)).toEqual(before);
  });

  it('writes one conversation to standard output', async () => {
    const { body } = await app.actingFor('one').post('/v1/conversations', { title: 'One' });
    await app.actingFor('one').post('/v1/conversations', { title: 'Two' });
    const { code, text } = await run('--user', 'one', '--conversation', body.id as string);
    expect({
      code,
      lines: text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as Row)['title']),
    }).toEqual({
      code: 0,
      lines: ['One'],
    });
  });

  it('leaves another memory block of the same name as it is', async () => {
    const path = join(directory, 'block.jsonl');
    await writeFile(path, '{"block":{"label":"persona","agentId":null,"content":"Other."}}\n');
    await app.actingFor('blocked').put('/v1/memory-blocks/persona', { content: 'Mine.' });
    expect((await load(path, 'blocked'))[0]).toBe(
      'line 1: there is another memory block persona, which stays',
    );
    const { body } = await app.actingFor('blocked').get('/v1/memory-blocks/persona').expect(200);
    expect(body.content).toBe('Mine.');
  });

  it('tries a conversation again whose answer breaks off, and writes whole lines only', async () => {
    let calls = 0;
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://local');
      if (!pathname.endsWith('/export')) response.end('{"data":[],"nextCursor":null}');
      else {
        response.write(`{"importKey":"k","messages":[]}\n{"importKey":"k","firstSeq":1`);
        if (calls++ === 0) setTimeout(() => response.destroy(), 50);
        else response.end(',"messages":[]}\n');
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, text } = await run('--user', 'x', '--conversation', 'c', '--url', address);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(code).toBe(0);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    expect(lines.map(({ firstSeq }) => firstSeq)).toEqual([undefined, undefined, 1]);
  });

  it('says in one line why it cannot run', async () => {
    expect(await run('--user', 'nobody', '--conversation', 'no-id')).toMatchObject({ code: 2 });
    expect((await run()).error[0]).toMatch(/^--user is missing/);
    expect((await run('--fast')).error[0]).toContain('--fast');
    expect((await run('--user', 'a', '--out', directory)).error[0]).toContain('EISDIR');
    expect((await run('--user', 'a', '--url', 'http://127.0.0.1:1')).error[0]).toMatch(
      /^cannot reach/,
    );
    expect((await run('--help')).text).toContain('Usage: threadkeep export');
    expect(await readFile(join(directory, 'ada.jsonl'), 'utf8')).toContain('"importKey"');
  });

  it('writes what conversations show in a dialect', async () => {
    const dora = app.actingFor('dora');
    const { body } = await dora.post('/v1/conversations', { title: 'Trip' }).expect(201);
    const path = `/v1/conversations/${body.id as string}/messages`;
    const call = {
      type: 'tool_use',
      id: 'c1',
      name: 'find',
      input: { q: 'harbour' },
    };
    const messages = [
      { role: 'user', content: 'Where is it?' },
      { role: 'assistant', content: [call] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'north' }] },
      { role: 'assistant', content: 'In the south.' },
    ];
    const sent = (await dora.post(path, { messages }).expect(201)).body.data as Row[];
    const again = { messages: [{ role: 'assistant', content: 'In the north.' }] };
    await dora.post(path, { ...again, parentId: sent[2]!['id'] }).expect(201);
    await dora.post('/v1/memories', { content: 'Likes harbours.' }).expect(201);
    const { code, text, error } = await run('--user', 'dora', '--format', 'openai');
    expect({ code, error }).toEqual({ code: 0, error: ['1 lines written'] });
    expect(JSON.parse(text)).toMatchObject({
      title: 'Trip',
      importKey: body.id as string,
      messages: [
        { role: 'user', content: 'Where is it?' },
        { role: 'assistant', tool_calls: [{ id: 'c1', function: { name: 'find' } }] },
        { role: 'tool', tool_call_id: 'c1', content: 'north' },
        { role: 'assistant', content: 'In the north.' },
      ],
      omitted: [],
    });
    const refused = await run('--user', 'dora', '--format', 'latin');
    expect(refused.code).toBe(1);
    expect(refused.error[0]).toContain('format');
  });
});
