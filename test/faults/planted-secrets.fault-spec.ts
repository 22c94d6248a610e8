// Secrets that are planted wherever secrets go in, and looked for wherever anything comes out: on the paths that succeed and on those that fail.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { vaultKey } from '../support/app.js';
import { CountingServer } from '../support/counting-server.js';
import { bodyOf } from '../support/cache.js';
import { createTestDatabase, type TestDatabase, withClient } from '../support/database.js';
import { answering } from '../support/mcp-servers.js';
import { Started } from '../support/processes.js';
import { RedisServer } from '../support/redis-server.js';
import { bearer } from '../support/tenants.js';
import { Wire, type WireResponse } from '../support/wire.js';

const SERVERS = 50;
const KEY = randomBytes(32).toString('base64url');
const serviceKey = `tk_${KEY}`;
/** Each begins with this, so that one search finds them all. */
const CANARY = 'plantedcanary';
let planted = 0;
const secret = (): string => `${CANARY}${++planted}x${randomBytes(6).toString('hex')}`;

const acting = { ...bearer(serviceKey), 'threadkeep-user': 'ada' };
const PATH = '/v1/mcp-servers';

let database: TestDatabase;
let redis: RedisServer;
let server: Started;
let wire: Wire;
let leaky: CountingServer;
const answers: WireResponse[] = [];

beforeAll(async () => {
  [database, redis] = [await createTestDatabase(), await RedisServer.start()];
  server = Started.run({
    DATABASE_URL: database.adminUrl,
    REDIS_URL: redis.url,
    BOOTSTRAP_API_KEY: serviceKey,
    LOG_LEVEL: 'trace',
    VAULT_KEYS: vaultKey('one'),
    EGRESS_ALLOW: '127.0.0.1',
    MCP_CHECK_TIMEOUT: '2',
    MCP_STDIO_COMMANDS: '[["/opt/none"]]',
    MCP_STDIO_VARIABLES: 'TOKEN,PASSWORD',
  });
  wire = new Wire(await server.url());
  // It says all it was told.
  leaky = await CountingServer.start((request, response) =>
    answering(() => ({
      tools: [
        {
          name: 'x',
          description: JSON.stringify([request.headers, request.url]),
          inputSchema: { type: 'object' },
        },
      ],
    }))(request, response),
  );
});
afterAll(async () => {
  await leaky?.stop();
  wire?.close();
  await server?.kill('SIGKILL');
  await redis?.stop();
  await database.drop();
});

async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = acting,
): Promise<WireResponse> {
  const answer = await wire.json(method, path, headers, body);
  answers.push(answer);
  return answer;
}

const idOf = ({ text }: WireResponse): string => (JSON.parse(text) as { id: string }).id;
const remote = (name: string) => ({
  name,
  transport: 'http',
  url: 'https://mcp.invalid/',
  headers: { Authorization: `Bearer ${secret()}`, 'X-Key': secret() },
  query: { key: secret() },
});
const command = (name: string) => ({
  name,
  transport: 'stdio',
  command: '/opt/none',
  env: { TOKEN: secret(), PASSWORD: secret() },
});

/** All that the database holds, as text: of bytes also what they would be as text. */
async function dump(): Promise<string> {
  return withClient(database.adminUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const texts: string[] = [];
    for (const { name } of rows)
      texts.push(
        ...(await client.query<{ row: string }>(`select t::text as row from ${name} t`)).rows.map(
          ({ row }) => row,
        ),
      );
    const text = texts.join('\n');
    return (
      text +
      text.replace(/\\\\?x((?:[0-9a-f]{2})+)/g, (_, hex: string) =>
        Buffer.from(hex, 'hex').toString('latin1'),
      )
    );
  });
}

/** As it is stored, and unpacked. */
async function cached(): Promise<string> {
  const values = await redis.ask(async (client) =>
    Promise.all(
      (await client.keys('*')).map(async (key) => [
        key,
        (await client.type(key)) === 'string' ? await client.get(key) : null,
      ]),
    ),
  );
  return values.map(([key, value]) => `${key}\n${value}\n${unpacked(String(value))}`).join('\n');
}

function unpacked(text: string): string {
  try {
    return bodyOf((JSON.parse(text) as { value: string }).value);
  } catch {
    return '';
  }
}

const found = (text: string): string[] => [
  ...new Set(text.match(new RegExp(`${CANARY}\\w*`, 'g'))),
];

describe(`${SERVERS} servers with planted secrets`, () => {
  it('leave none in any answer, in the log, the metrics, the database or Redis', async () => {
    const config = idOf(
      await send('POST', '/v1/agent-configs', { name: 'agent', systemPrompt: 'Hello' }),
    );
    const ids: string[] = [];
    for (let i = 0; i < SERVERS; i++) {
      const body = {
        ...(i % 2 === 0 ? remote(`s${i}`) : command(`s${i}`)),
        agentConfigId: i % 3 === 0 ? config : null,
      };
      const keyed = { ...acting, 'idempotency-key': `k${i}` };
      const made = await send('POST', PATH, body, keyed);
      expect(made.status).toBe(201);
      ids.push(idOf(made));
      await send('POST', PATH, body, keyed);
      // The same key for another body, the same name again, and a version that has gone by.
      await send('POST', PATH, { ...body, name: `t${i}` }, keyed);
      await send('POST', PATH, body);
      await send(
        'PATCH',
        `${PATH}/${ids[i]!}`,
        i % 2 === 0 ? { headers: { 'X-New': secret() } } : { env: { NEW: secret() } },
        { ...acting, 'if-match': '"1"' },
      );
      await send(
        'PATCH',
        `${PATH}/${ids[i]!}`,
        i % 2 === 0 ? { headers: { 'X-New': secret() } } : { env: { NEW: secret() } },
        { ...acting, 'if-match': '"1"' },
      );
      for (const path of [
        `${PATH}/${ids[i]!}`,
        `${PATH}?limit=100`,
        `/v1/agent-configs/${config}/effective`,
      ])
        await send('GET', path);
      if (i % 10 === 0) await send('POST', `${PATH}/${ids[i]!}/check`);
    }
    // What is wrong, with secrets in it.
    const [first] = ids as [string];
    for (const headers of [
      [secret()],
      secret(),
      { A: [secret()] },
      { A: { secret: true } },
      { A: `${secret()}\r\n` },
      { Host: secret() },
      { A: secret().repeat(2_000) },
    ])
      await send('PATCH', `${PATH}/${first}`, { headers });
    await send('PATCH', `${PATH}/${first}`, {
      url: 'https://other.invalid/',
      headers: { 'X-New': secret() },
    });
    await send('PATCH', `${PATH}/${first}`, { env: { A: secret() } });
    await send('POST', PATH, { ...remote('u'), url: 'https://127.0.0.2/', name: 'u' });
    await send('POST', PATH, {
      ...remote('v'),
      agentConfigId: '0195f2c0-0000-7000-8000-000000000000',
    });
    await send('POST', `/v1/admin/mcp-servers`, command('house'), bearer(serviceKey));
    answers.push(
      await wire.send({
        method: 'POST',
        path: PATH,
        headers: { ...acting, 'content-type': 'application/json' },
        body: `{"headers": ${secret()}`,
      }),
    );
    answers.push(
      await wire.send({
        method: 'POST',
        path: PATH,
        headers: { ...acting, 'content-type': 'text/plain' },
        body: secret(),
      }),
    );
    const told = idOf(await send('POST', PATH, { ...remote('told'), url: leaky.url }));
    expect((await send('POST', `${PATH}/${told}/check`)).text).toContain('"ok":true');
    // Swapped in the database, they cannot be opened, and the failure says nothing.
    await database.admin(
      'update threadkeep.mcp_server set secrets = (select secrets from threadkeep.mcp_server where id = $1) where id = $2',
      [ids[2], ids[4]],
    );
    await send('POST', `${PATH}/${ids[4]!}/check`);
    await send('DELETE', `${PATH}/${ids[6]!}`);
    const given = await wire.json(
      'GET',
      `/v1/agent-configs/${config}/effective?secrets=true`,
      acting,
    );
    expect([given.status, found(given.text).length]).toEqual([409, 0]);
    await send('DELETE', `${PATH}/${ids[4]!}`);
    const whole = await wire.json(
      'GET',
      `/v1/agent-configs/${config}/effective?secrets=true`,
      acting,
    );
    expect(found(whole.text).length).toBeGreaterThan(SERVERS);
    const metrics = await wire.json('GET', '/metrics', {});
    const out = {
      answers: answers.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n'),
      log: server.output + server.errors,
      metrics: metrics.text,
      database: await dump(),
      redis: await cached(),
    };
    expect(planted).toBeGreaterThan(SERVERS * 4);
    expect(
      Object.fromEntries(Object.entries(out).map(([place, text]) => [place, found(text)])),
    ).toEqual({ answers: [], log: [], metrics: [], database: [], redis: [] });
    // They were really looked at: what is no secret is there.
    expect([out.answers, out.log, out.database].map((text) => text.includes('mcp'))).toEqual([
      true,
      true,
      true,
    ]);
    expect(out.redis).toContain('agentConfig');
  });

  it('are found by this very search where they are kept as they are', async () => {
    await withClient(database.adminUrl, async (client: pg.Client) => {
      await client.query(`create table public.careless (value text, bytes bytea)`);
      await client.query(`insert into public.careless values ($1, convert_to($2, 'UTF8'))`, [
        `${CANARY}asText`,
        `${CANARY}asBytes`,
      ]);
    });
    expect(found(await dump())).toEqual([`${CANARY}asText`, `${CANARY}asBytes`]);
  });
});
