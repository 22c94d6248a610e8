// The disk of the database runs full: writes say so, reads go on, and when there is room again everything does.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '../../src/platform/database/index.js';
import { schema } from '../../src/schema.js';
import { type Answer, Api, type Appended } from '../support/api.js';
import { withClient } from '../support/database.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { Started } from '../support/processes.js';
import { SmallDisk } from '../support/small-disk.js';

const MEGABYTES = 64;
const WRITERS = 10;

interface Problem {
  code: string;
  status: number;
}

describe('a full disk', () => {
  const key = `tk_${randomBytes(32).toString('base64url')}`;
  let disk: SmallDisk;
  let postgres: PrivatePostgres;
  let server: Started;
  let url: string;

  beforeAll(async () => {
    postgres = await PrivatePostgres.start({
      prepare: async (directory) =>
        void (disk = await SmallDisk.mount(join(directory, 'small'), MEGABYTES)),
    });
    // The data alone: without room for its log, PostgreSQL stops altogether.
    await withClient(postgres.url(), (client) =>
      client.query(`create tablespace small location '${disk.path}'`),
    );
    await withClient(postgres.url(), (client) =>
      client.query('create database app tablespace small'),
    );
    await migrate(schema, postgres.url('app'));
    server = Started.run({
      DATABASE_URL: postgres.url('app'),
      BOOTSTRAP_API_KEY: key,
      JOB_CONCURRENCY: '0',
      LOG_LEVEL: 'fatal',
    });
    url = await server.url();
  });
  afterAll(async () => {
    await server?.kill('SIGKILL');
    await postgres?.shutDown('immediate');
    disk?.unmount();
    await postgres?.stop();
  });

  it('answers writes with 507, still serves reads, and loses no acknowledged write', async () => {
    const api = new Api(url, { authorization: `Bearer ${key}`, 'threadkeep-user': 'ada' });
    const conversation = `/v1/conversations/${(await api.post<{ id: string }>('/v1/conversations')).body.id}`;
    const acknowledged = new Map<string, Appended['data'][number]>();
    /** Names of messages, and the status of the answer. */
    const refused: [name: string, status: number][] = [];
    const statuses: Record<number, number> = {};
    const append = async (name: string): Promise<Answer<Appended | Problem>> => {
      // What compresses would take long to fill anything.
      const content = `${name} ${randomBytes(15_000).toString('base64')}`;
      const answer = await api.post<Appended | Problem>(
        `${conversation}/messages`,
        { role: 'user', content },
        { 'idempotency-key': name },
      );
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      if (answer.status === 201) acknowledged.set(content, (answer.body as Appended).data[0]!);
      else refused.push([name, answer.status]);
      return answer;
    };
    const round = (name: string) =>
      Promise.all(Array.from({ length: WRITERS }, (_, i) => append(`${name}-${i}`)));

    await round('early');
    expect(refused).toEqual([]);
    await disk.fill(1024 * 1024);
    for (let n = 0; refused.length < WRITERS * 3 && n < 100; n++) {
      for (const { status, headers, body } of await round(`full-${n}`)) {
        if (status === 201) continue;
        expect({ status, code: (body as Problem).code, type: headers['content-type'] }).toEqual({
          status: 507,
          code: 'server.storage_full',
          type: expect.stringContaining('application/problem+json'),
        });
      }
    }
    expect(refused.length).toBeGreaterThanOrEqual(WRITERS * 3);

    const readable = [
      '/health/ready',
      '/v1/conversations',
      conversation,
      `${conversation}/messages?limit=20`,
      '/v1/users/me',
      '/v1/memories',
    ];
    for (const path of readable) expect([path, (await api.get(path)).status]).toEqual([path, 200]);

    // A search writes nothing.
    await disk.fill(0);
    expect((await api.get('/v1/messages/search?q=early')).status).toBe(200);

    await disk.free();
    expect((await api.get('/v1/messages/search?q=early')).status).toBe(200);
    const again = [...refused];
    refused.length = 0;
    await Promise.all(again.map(([name]) => append(name)));
    await round('after');
    expect(refused).toEqual([]);
    console.log(JSON.stringify(statuses));

    const { rows } = await withClient(postgres.url('app'), (client) =>
      client.query<{ id: string; seq: number; content: string }>(
        'select id, seq, content from threadkeep.message order by seq',
      ),
    );
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
    expect(rows.length).toBe(acknowledged.size);
    expect(
      rows.filter(
        ({ id, seq, content }) =>
          acknowledged.get(content)?.id !== id || acknowledged.get(content)?.seq !== seq,
      ),
    ).toEqual([]);
    api.close();
  });
});
