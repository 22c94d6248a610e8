// Imports of many conversations by the command, which sends them in batches.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { type Ended, runImport } from '../support/import-process.js';

/** A batch has 100 conversations at most. */
const MANY = 350;

const chat = (importKey: string, messages = 3) => ({
  importKey,
  title: importKey,
  messages: Array.from({ length: messages }, (_, n) => ({
    role: n % 2 === 0 ? 'user' : 'assistant',
    content: `message ${n + 1} of ${importKey}`,
  })),
});
const keyOf = (n: number) => `chat-${String(n).padStart(4, '0')}`;
const many = (): object[] => Array.from({ length: MANY }, (_, n) => chat(keyOf(n)));

describe('threadkeep import of many conversations', () => {
  let app: TestApp;
  let directory: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    app = await createTestApp();
    directory = await mkdtemp(join(tmpdir(), 'threadkeep-import-'));
    env = { THREADKEEP_API_KEY: app.serviceKey, THREADKEEP_URL: await app.listen() };
  });
  afterAll(async () => {
    await app.close();
    await rm(directory, { recursive: true, force: true });
  });

  const file = async (name: string, conversations: readonly object[]) => {
    const path = join(directory, name);
    await writeFile(path, conversations.map((one) => JSON.stringify(one)).join('\n'));
    return path;
  };
  /** Each conversation of the user as `key: number of messages, number of different messages`. */
  const storedOf = async (user: string): Promise<string[]> => {
    const { rows } = await app.database.admin(
      `select c.key || ': ' || c.last_seq || ', ' || count(m.id) || ', ' || count(distinct m.content) as stored
         from threadkeep.app_user u join threadkeep.conversation c on c.user_id = u.id
         left join threadkeep.message m on m.user_id = u.id and m.conversation_id = c.id
        where u.external_id = $1 group by c.key, c.last_seq order by c.key`,
      [user],
    );
    return (rows as { stored: string }[]).map(({ stored }) => stored);
  };
  const whole = (n: number) => `${keyOf(n)}: 3, 3, 3`;
  const all = Array.from({ length: MANY }, (_, n) => whole(n));
  const importedBy = ({ out }: Ended) => Number(/^(\d+) imported/.exec(out.at(-1)!)![1]);

  it('leaves out one that is bad in the middle of a batch, and no other', async () => {
    const conversations = many();
    const bad = 150;
    conversations[bad] = { ...chat(keyOf(bad)), messages: [{ role: 'nobody', content: 'x' }] };
    const args = [await file('bad.jsonl', conversations), '--user', 'bad', '--on-error', 'skip'];
    const { code, out, error } = await runImport(args, env);
    expect(code).toBe(1);
    expect(error).toEqual([expect.stringContaining(`line ${bad + 1}: `)]);
    expect(out.at(-1)).toBe(`${MANY - 1} imported, 0 already there, 1 failed`);
    expect(await storedOf('bad')).toEqual(all.filter((_, n) => n !== bad));
  });

  it('adds what is new of a key that comes again in the same file', async () => {
    const conversations = many();
    conversations.splice(20, 0, chat(keyOf(3), 5), chat(keyOf(4), 3));
    const args = [await file('twice.jsonl', conversations), '--user', 'twice'];
    const { code, out, error } = await runImport(args, env);
    expect({ code, error }).toEqual({ code: 0, error: [] });
    expect(out.at(-1)).toBe(`${MANY} imported, 1 grown, 1 already there, 0 failed`);
    const grown = all.map((one, n) => (n === 3 ? `${keyOf(3)}: 5, 5, 5` : one));
    expect(await storedOf('twice')).toEqual(grown);
  });

  it('stores each conversation once when two import the same file at a time', async () => {
    const path = await file('race.jsonl', many());
    const ended = await Promise.all([0, 1].map(() => runImport([path, '--user', 'race'], env)));
    for (const { code, error } of ended) expect({ code, error }).toEqual({ code: 0, error: [] });
    expect(ended.reduce((sum, one) => sum + importedBy(one), 0)).toBe(MANY);
    expect(await storedOf('race')).toEqual(all);
  });

  it('stores all of them once when it was killed in between and runs again', async () => {
    const args = [await file('killed.jsonl', many()), '--user', 'killed'];
    const killed = await runImport(args, env, (child) =>
      child.stdout!.once('data', () => child.kill('SIGKILL')),
    );
    expect(killed.code).toBeNull();
    const before = (await storedOf('killed')).length;
    expect(before).toBeGreaterThan(0);
    const again = await runImport(args, env);
    expect({ code: again.code, error: again.error }).toEqual({ code: 0, error: [] });
    expect(await storedOf('killed')).toEqual(all);
  });
});
