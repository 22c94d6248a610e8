import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { runImport } from '../support/import-process.js';

const turn = (n: number, speaker: string) => ({
  id: `D1:${n}`,
  session: 1,
  idx: n - 1,
  speaker,
  date: '2023-01-01T10:00:00.000Z',
  text: `turn ${n}`,
});
const dialogue = {
  conversation: 'talk-1',
  source: 'a test',
  speakers: ['Ada', 'Charles'],
  turns: [turn(1, 'Ada'), { ...turn(2, 'Charles'), caption: 'a wheel' }],
  questions: [],
};
const good = (n: number) =>
  JSON.stringify({ importKey: `chat-${n}`, messages: [{ role: 'user', content: `hello ${n}` }] });
const bad = (n: number) =>
  JSON.stringify({
    importKey: `chat-${n}`,
    messages: [{ role: 'user', content: 'hello' }, { role: 'user' }],
  });

describe('threadkeep import', () => {
  let app: TestApp;
  let url: string;
  let directory: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    app = await createTestApp();
    url = await app.listen();
    directory = await mkdtemp(join(tmpdir(), 'threadkeep-import-'));
    env = { THREADKEEP_API_KEY: app.serviceKey, THREADKEEP_URL: url };
  });
  afterAll(async () => {
    await app.close();
    await rm(directory, { recursive: true, force: true });
  });

  const file = async (name: string, lines: string[]) => {
    await writeFile(join(directory, name), lines.join('\n'));
    return join(directory, name);
  };

  it('imports a file once, however often it runs', async () => {
    const tree = {
      root: { id: 'root', parent: null, message: null },
      q: {
        id: 'q',
        parent: 'root',
        message: {
          id: 'q',
          author: { role: 'user' },
          content: { content_type: 'text', parts: ['why?'] },
        },
      },
    };
    const path = await file('mixed.jsonl', [
      JSON.stringify(dialogue),
      good(1),
      JSON.stringify({ id: 'g-1', title: 'Why', mapping: tree, current_node: 'q' }),
    ]);
    const first = await runImport([path, '--user', 'ada'], env);
    const progress = [
      '1 talk-1: imported, 2 messages',
      '2 chat-1: imported, 1 messages',
      '3 Why: imported, 1 messages',
    ];
    expect(first).toEqual({
      code: 0,
      out: [...progress, '3 imported, 0 already there, 0 failed'],
      error: [],
    });
    const second = await runImport([path, '--user', 'ada'], env);
    const known = ['1 talk-1: already there', '2 chat-1: already there', '3 Why: already there'];
    expect(second).toEqual({
      code: 0,
      out: [...known, '0 imported, 3 already there, 0 failed'],
      error: [],
    });

    const { body } = await app.actingFor('ada').get('/v1/conversations').expect(200);
    expect(body.data).toHaveLength(3);
    const talk = (body.data as { id: string; title: string }[]).find(
      ({ title }) => title === 'Ada and Charles',
    )!;
    const messages = await app
      .actingFor('ada')
      .get(`/v1/conversations/${talk.id}/messages?order=asc`)
      .expect(200);
    expect(messages.body.data).toMatchObject([
      {
        seq: 1,
        role: 'user',
        content: 'turn 1',
        createdAt: '2023-01-01T10:00:00.000Z',
        metadata: { speaker: 'Ada', session: 1, turnId: 'D1:1' },
      },
      {
        seq: 2,
        role: 'assistant',
        content: 'turn 2',
        metadata: { speaker: 'Charles', caption: 'a wheel' },
      },
    ]);
  });

  it('stops at a bad line, and continues there after it was corrected', async () => {
    const stopped = await runImport(
      [await file('resumed.jsonl', [good(1), bad(2), good(3)]), '--user', 'stops'],
      env,
    );
    expect(stopped.code).toBe(1);
    // The third one was on its way.
    expect(stopped.out).toEqual([
      '1 chat-1: imported, 1 messages',
      '3 chat-3: imported, 1 messages',
      '2 imported, 0 already there, 1 failed',
    ]);
    expect(stopped.error).toEqual([
      expect.stringMatching(
        /^line 2: 422 The body is not valid: \/messages\/1\/content is required/,
      ),
      expect.stringMatching(
        /^Stopped\. Correct line 2 or add --on-error skip, and run the same command again/,
      ),
    ]);
    const resumed = await runImport(
      [await file('resumed.jsonl', [good(1), good(2), good(3)]), '--user', 'stops'],
      env,
    );
    expect(resumed).toEqual({
      code: 0,
      out: [
        '1 chat-1: already there',
        '2 chat-2: imported, 1 messages',
        '3 chat-3: already there',
        '1 imported, 2 already there, 0 failed',
      ],
      error: [],
    });
  });

  it('skips bad lines with --on-error skip, and still exits with a failure', async () => {
    const path = await file('skipped.jsonl', [bad(1), '{"cut off', '', good(4)]);
    const { code, out, error } = await runImport(
      [path, '--user', 'skips', '--on-error', 'skip'],
      env,
    );
    expect({ code, out }).toEqual({
      code: 1,
      out: ['4 chat-4: imported, 1 messages', '1 imported, 0 already there, 2 failed'],
    });
    expect(error).toEqual([expect.stringMatching(/^line 1: 422 /), 'line 2: not JSON in UTF-8']);
    const { body } = await app.actingFor('skips').get('/v1/conversations').expect(200);
    expect(body.data).toHaveLength(1);
  });

  it('exits with 2 and one line when it cannot run', async () => {
    const { THREADKEEP_URL } = env as { THREADKEEP_URL: string };
    const withoutKey = await runImport([join(directory, 'any.jsonl')], { THREADKEEP_URL });
    expect(withoutKey).toEqual({
      code: 2,
      out: [],
      error: ['--key (or THREADKEEP_API_KEY) is missing'],
    });
  });
});
