// What was deleted here is not brought back by importing its file again, unless somebody says so.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runExport } from '../../src/cli/export-command.js';
import { runImport } from '../../src/cli/import-command.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

const IMPORT = '/v1/conversations/import';
const said = (content: string) => ({ role: 'user', content });
const talk = (importKey: string) => ({
  importKey,
  title: importKey,
  messages: [said('one'), said('two')],
});
const fact = (importKey: string, content: string, conversation?: string) => ({
  importKey,
  conversation,
  memory: { content },
});

describe('importing again what was deleted', () => {
  let app: TestApp;
  let url: string;
  let directory: string;
  let user: string;
  let ada: Caller;
  let users = 0;

  beforeAll(async () => {
    app = await createTestApp();
    url = await app.listen();
    directory = await mkdtemp(join(tmpdir(), 'threadkeep-deleted-'));
  });
  beforeEach(() => {
    user = `ada${++users}`;
    ada = app.actingFor(user);
  });
  afterAll(async () => {
    await app.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function file(...lines: object[]): Promise<string> {
    const path = join(directory, `${user}.jsonl`);
    await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'));
    return path;
  }
  async function run(path: string, ...args: string[]) {
    const out: string[] = [];
    const error: string[] = [];
    const own = ['--user', user, '--url', url, '--key', app.serviceKey];
    const code = await runImport([path, ...own, ...args], {
      out: (line) => out.push(line),
      error: (line) => error.push(line),
    });
    return { code, last: out.at(-1), error };
  }
  const listed = async (path: string) =>
    (await ada.get(path).expect(200)).body.data as { id: string; content: string }[];
  const conversations = () => listed('/v1/conversations');
  const memories = async () => (await listed('/v1/memories')).map(({ content }) => content).sort();
  /** As a day later: answers are no longer remembered. */
  const forgetAnswers = () => app.database.admin('delete from threadkeep.idempotency_key');
  const purge = (id: string) => ada.delete(`/v1/conversations/${id}?purge=true`).expect(200);

  it('leaves conversations and memories deleted, names them, and brings them back with --again', async () => {
    const path = await file(
      talk('purged'),
      talk('binned'),
      fact('m1', 'Likes tea.'),
      fact('m2', 'Has a cat.'),
      fact('m3', 'Likes rain.'),
    );
    expect((await run(path)).last).toBe('2 imported, 3 memories, 0 already there, 0 failed');
    const [binned, purged] = await conversations();
    await ada.delete(`/v1/conversations/${binned!.id}`).expect(204);
    await purge(purged!.id);
    for (const { id, content } of await listed('/v1/memories'))
      if (content !== 'Likes rain.')
        await ada
          .delete(`/v1/memories/${id}?purge=${String(content === 'Has a cat.')}`)
          .expect(204);
    for (const wait of [() => Promise.resolve(), forgetAnswers]) {
      await wait();
      const stays = 'was deleted here, and stays so; --again brings it back';
      expect(await run(path)).toEqual({
        code: 0,
        last: '0 imported, 5 already there, 0 failed, 4 warnings',
        error: [
          `line 1, purged: warning: the conversation ${stays}`,
          `line 2, binned: warning: the conversation ${stays}`,
          `line 3, Likes tea.: warning: the memory ${stays}`,
          `line 4, Has a cat.: warning: the memory ${stays}`,
        ],
      });
    }
    expect(await conversations()).toEqual([]);
    expect(await memories()).toEqual(['Likes rain.']);
    expect(await run(path, '--again')).toEqual({
      code: 0,
      last: '1 imported, 2 memories, 2 already there, 0 failed',
      error: [],
    });
    expect(await conversations()).toHaveLength(2);
    expect(await memories()).toEqual(['Has a cat.', 'Likes rain.', 'Likes tea.']);
    expect((await run(path)).error).toEqual([]);
  });

  it('knows what an export named by its id', async () => {
    const made = await ada.post('/v1/conversations', { title: 'Mine' }).expect(201);
    const id = made.body.id as string;
    await ada.post(`/v1/conversations/${id}/messages`, said('hello')).expect(201);
    const memory = (await ada.post('/v1/memories', { content: 'Likes tea.' }).expect(201)).body;
    const path = join(directory, `${user}.jsonl`);
    const args = ['--user', user, '--out', path, '--url', url, '--key', app.serviceKey];
    const lines: string[] = [];
    expect(await runExport(args, { out: process.stdout, error: (line) => lines.push(line) })).toBe(
      0,
    );
    await purge(id);
    await ada.delete(`/v1/memories/${memory.id as string}`).expect(204);
    expect((await run(path)).last).toBe('0 imported, 2 already there, 0 failed, 2 warnings');
    expect([await conversations(), await memories()]).toEqual([[], []]);
    expect((await run(path, '--again')).last).toBe(
      '1 imported, 1 memories, 0 already there, 0 failed',
    );
  });

  it.each([
    ['task', '/v1/tasks', { title: 'Buy tea' }],
    ['event', '/v1/events', { title: 'Tea', start: '2030-01-01' }],
  ])('leaves each %s that was deleted', async (kind, route, fields) => {
    const keys = ['kept', 'binned', 'purged', 'restored'];
    const path = await file(...keys.map((importKey) => ({ importKey, [kind]: fields })));
    await run(path);
    const all = (await ada.get(`${route}?fields=id,metadata`).expect(200)).body.data as {
      id: string;
      metadata: { importKey: string };
    }[];
    const idOf = (key: string) => all.find(({ metadata }) => metadata.importKey === key)!.id;
    await ada.delete(`${route}/${idOf('binned')}`).expect(204);
    await ada.delete(`${route}/${idOf('purged')}?purge=true`).expect(204);
    await ada.delete(`${route}/${idOf('restored')}`).expect(204);
    await ada.post(`${route}/${idOf('restored')}/restore`).expect(200);
    await forgetAnswers();
    expect((await run(path)).last).toBe('0 imported, 4 already there, 0 failed, 2 warnings');
    expect(await listed(route)).toHaveLength(2);
    const body = { ...fields, metadata: { importKey: 'purged' } };
    const refused = await ada.post(`${route}?unlessDeleted=true`, body);
    expectProblem(refused, 410, `${kind}.deleted_import`);
    expect(refused.body.errors).toMatchObject([{ pointer: '/metadata/importKey' }]);
    await run(path, '--again');
    expect(await listed(route)).toHaveLength(4);
  });

  it('knows an id in capital letters', async () => {
    const { body } = await ada.post('/v1/conversations', { title: 'Mine' }).expect(201);
    const memory = (await ada.post('/v1/memories', { content: 'Likes tea.' }).expect(201)).body;
    const [id, memoryId] = [body.id as string, memory.id as string];
    const lines = [
      { ...talk(id.toUpperCase()), messages: [] },
      fact(memoryId.toUpperCase(), 'Likes tea.'),
    ];
    expect((await run(await file(...lines))).last).toBe('0 imported, 2 already there, 0 failed');
    await ada.delete(`/v1/conversations/${id}?purge=true`).expect(200);
    await ada.delete(`/v1/memories/${memoryId}`).expect(204);
    expectProblem(await ada.post(IMPORT, lines[0]), 410, 'conversation.deleted_import');
    expect((await run(await file(...lines))).last).toBe(
      '0 imported, 2 already there, 0 failed, 2 warnings',
    );
    expect([await conversations(), await memories()]).toEqual([[], []]);
  });

  it('says so to clients of the API', async () => {
    const { body } = await ada.post(IMPORT, talk('gone')).expect(201);
    await purge(body.conversation.id as string);
    expectProblem(await ada.post(IMPORT, talk('gone')), 410, 'conversation.deleted_import');
    await ada.post(IMPORT, talk('other')).expect(201);
    await app.actingFor(`${user}-friend`).post(IMPORT, talk('gone')).expect(201);
    const again = await ada.post(IMPORT, { ...talk('gone'), again: true }).expect(201);
    expect(again.body).toMatchObject({ imported: true, added: 2 });

    const memory = (importKey: string) => ({ content: importKey, metadata: { importKey } });
    const first = await ada.post('/v1/memories', memory('m')).expect(201);
    await ada.delete(`/v1/memories/${first.body.id as string}`).expect(204);
    const path = '/v1/memories?unlessDeleted=true';
    const one = await ada.post(path, memory('m'));
    expectProblem(one, 410, 'memory.deleted_import');
    expect(one.body.errors).toMatchObject([{ pointer: '/metadata/importKey' }]);
    const batch = await ada.post(path, { memories: [memory('n'), memory('m')] });
    expectProblem(batch, 410, 'memory.deleted_import');
    expect(batch.body.errors).toMatchObject([{ pointer: '/memories/1/metadata/importKey' }]);
    await ada.post(path, { memories: [memory('n'), { content: 'no key' }] }).expect(201);
    await ada.post('/v1/memories', memory('m')).expect(201);
  });

  it('restores nothing when the import is refused', async () => {
    const { body } = await ada.post(IMPORT, talk('binned')).expect(201);
    await ada.delete(`/v1/conversations/${body.conversation.id as string}`).expect(204);
    const wrong = { ...talk('binned'), again: true, firstSeq: 9 };
    expectProblem(await ada.post(IMPORT, wrong), 409, 'conversation.head_moved');
    expect(await conversations()).toEqual([]);
  });

  it('keeps removed messages removed, and says how many there are', async () => {
    const path = await file(talk('kept'));
    await run(path);
    const id = (await conversations())[0]!.id;
    const [message] = await listed(`/v1/conversations/${id}/messages?order=asc`);
    await ada.delete(`/v1/conversations/${id}/messages/${message!.id}`).expect(200);
    expect((await run(path)).error).toEqual([
      'item 1, kept: warning: 1 messages were removed or redacted here, and stay so',
    ]);
    expect((await listed(`/v1/conversations/${id}/messages?order=asc`))[0]!.content).toBe('');
  });

  it('keeps a hash and nothing else, which goes with the user', async () => {
    await ada.post(IMPORT, talk('secret name')).expect(201);
    await purge((await conversations())[0]!.id);
    const rows = await app.database.admin(
      `select d.*, u.external_id from threadkeep.deleted_import d
         join threadkeep.app_user u on u.id = d.user_id where u.external_id = $1`,
      [user],
    );
    expect(rows.rows).toHaveLength(1);
    expect(Object.keys(rows.rows[0]!).sort()).toEqual(['digest', 'external_id', 'user_id']);
    expect(rows.rows[0]!['digest']).toHaveLength(32);
    await ada.post(IMPORT, talk('other')).expect(201);
    const id = rows.rows[0]!['user_id'] as string;
    await app.service.delete(`/v1/users/${id}`).expect(204);
    const left = await app.database.admin(
      'select from threadkeep.deleted_import where user_id = $1',
      [id],
    );
    expect(left.rows).toEqual([]);
    await ada.post(IMPORT, talk('secret name')).expect(201);
  });

  it('does not make the conversation that was refused, for a memory of it', async () => {
    const path = await file(
      { importKey: 'bad', messages: [{ role: 'critic', content: 'x' }] },
      fact('m1', 'For the refused one.', 'bad'),
      fact('m2', 'For a good one.', 'good'),
      { importKey: 'good', messages: [said('x')] },
      fact('m2', 'For a good one.', 'good'),
      { importKey: 't1', conversation: 'bad', task: { title: 'Call' } },
    );
    const { code, last, error } = await run(path, '--on-error', 'skip');
    expect(code).toBe(1);
    expect(last).toBe('1 imported, 1 memories, 1 tasks, 0 already there, 3 failed');
    expect(error.slice(1)).toEqual([
      'line 2: the conversation bad, which it is for, is not there',
      'line 3: the conversation good, which it is for, is not there',
    ]);
    const there = await conversations();
    expect(there).toHaveLength(1);
    expect(await listed('/v1/memories')).toMatchObject([{ conversationId: there[0]!.id }]);
    expect(await listed('/v1/tasks')).toMatchObject([{ title: 'Call', conversationId: null }]);
    expect((await run(await file(fact('m4', 'Later.', 'good')))).code).toBe(0);
  });
});
