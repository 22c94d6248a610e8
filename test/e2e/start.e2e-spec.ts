import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type Appended } from '../support/api.js';
import { DataDirectory, freePort, isAlive, parentOf, Started } from '../support/processes.js';
import { eventually } from '../support/wait.js';

const MESSAGES = 400;
const KEY = /^service key: (tk_\S+)$/gm;

interface Page {
  data: { seq: number; content: string }[];
}

/** One data directory through its life: each test finds it as the one before left it. */
describe('a start with nothing but a data directory', () => {
  let directory: DataDirectory;
  let key: string;
  let conversation: string;
  const started: Started[] = [];
  const acknowledged = new Map<string, number>();

  beforeAll(async () => {
    directory = await DataDirectory.create();
  });
  afterEach(async () => {
    for (const one of started.splice(0)) if (!one.ended) await one.kill('SIGKILL');
  });
  afterAll(() => directory.remove());

  const start = (environment: Record<string, string> = {}): Started => {
    const one = Started.run({ DATA_DIR: directory.path, ...environment });
    started.push(one);
    return one;
  };
  const apiOf = (url: string) =>
    new Api(url, { authorization: `Bearer ${key}`, 'threadkeep-user': 'ada' }, 20);
  const append = (api: Api, name: string) =>
    api
      .insist<Appended>(
        `/v1/conversations/${conversation}/messages`,
        { role: 'user', content: name },
        name,
      )
      .then(({ status, body }) => {
        expect(status).toBe(201);
        acknowledged.set(name, body.data[0]!.seq);
      });

  async function expectAllAcknowledged(api: Api): Promise<void> {
    const stored = new Map<string, number>();
    for (let after = 0, full = true; full;) {
      const { body } = await api.read<Page>(
        `/v1/conversations/${conversation}/messages?order=asc&limit=100&afterSeq=${after}`,
      );
      for (const { content, seq } of body.data) {
        expect([seq, stored.has(content)]).toEqual([stored.size + 1, false]);
        stored.set(content, seq);
      }
      after += body.data.length;
      full = body.data.length === 100;
    }
    expect(stored).toEqual(acknowledged);
  }

  it('shows a key once, and the address of its documentation, and stops in order with its database', async () => {
    const server = start();
    const url = await server.url();
    await eventually(() => Promise.resolve(server.output.includes('Try:')));
    const keys = [...server.output.matchAll(KEY)].map(([, value]) => value!);
    expect(keys.length).toBe(1);
    key = keys[0]!;
    expect(server.output).toContain(`${url}/docs`);
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    const api = apiOf(url);
    conversation = (await api.post<{ id: string }>('/v1/conversations', { title: 'kept' })).body.id;
    await append(api, 'first');
    api.close();

    const postgres = (await directory.postgres())!;
    expect(isAlive(postgres)).toBe(true);
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(isAlive(postgres)).toBe(false);
    expect(await directory.postgres()).toBeNull();
    expect(server.errors).toBe('');
  });

  it('finds its data again and shows no key', async () => {
    const server = start();
    const api = apiOf(await server.url());
    await expectAllAcknowledged(api);
    expect(server.output.match(KEY)).toBeNull();
    expect(server.output).not.toContain(key);
    api.close();
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
  });

  it('stops while a client holds a connection that it never used', async () => {
    const server = start();
    const socket = connect(Number(new URL(await server.url()).port), '127.0.0.1');
    await once(socket, 'connect');
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    socket.destroy();
  });

  it('refuses a directory that is in use, and leaves the one who uses it alone', async () => {
    const first = start();
    const api = apiOf(await first.url());
    const second = start();
    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.errors).toContain(
      `The data directory ${directory.path} is in use by another Threadkeep.`,
    );
    expect(second.errors).not.toContain('    at ');
    await append(api, 'still-here');
    api.close();
    expect(await first.kill('SIGTERM')).toMatchObject({ code: 0 });
  });

  it('has every acknowledged message once after it was killed in the middle of writing', async () => {
    const port = await freePort();
    const first = start({ PORT: String(port) });
    const api = apiOf(await first.url());
    const names = Array.from({ length: MESSAGES }, (_, i) => `message-${i}`);
    const writing = Promise.all(names.map((name) => append(api, name)));
    await eventually(() => Promise.resolve(acknowledged.size > MESSAGES / 4));
    expect(await first.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    expect(acknowledged.size).toBeLessThan(MESSAGES);
    const second = start({ PORT: String(port) });
    await second.url();
    await writing;
    expect(api.repeated).toBeGreaterThan(0);
    await expectAllAcknowledged(api);
    api.close();
    expect(await second.kill('SIGTERM')).toMatchObject({ code: 0 });
  });

  it('stops a PostgreSQL that outlived its parents, and goes on with its data', async () => {
    const first = start();
    const api = apiOf(await first.url());
    await append(api, 'before-the-orphan');
    api.close();
    const orphan = (await directory.postgres())!;
    process.kill(parentOf(orphan), 'SIGKILL');
    await first.kill('SIGKILL');
    expect(isAlive(orphan)).toBe(true);

    const second = start();
    const again = apiOf(await second.url());
    expect(isAlive(orphan)).toBe(false);
    await append(again, 'after-the-orphan');
    await expectAllAcknowledged(again);
    again.close();
    expect(await second.kill('SIGTERM')).toMatchObject({ code: 0 });
  });
});
