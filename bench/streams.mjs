// Opens streams of one conversation on one process, and prints what each costs in memory. See README.md.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import WebSocket from 'ws';
import { start, stopAll } from './servers.mjs';

const ADMIN_URL = process.env.BENCH_ADMIN_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const DATABASE = 'bench_streams';
const STREAMS = Number(process.env.STREAMS ?? 2_000);
const SETTLE_MS = 3_000;
const IDLE_MS = 20_000;
const INSPECTOR = '127.0.0.1:9339';
const dist = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'dist'));

const key = `tk_${randomBytes(32).toString('base64url')}`;
const headers = {
  authorization: `Bearer ${key}`,
  'threadkeep-user': 'ada',
  'content-type': 'application/json',
};
const admin = async (sql) => {
  const client = new pg.Client({ connectionString: ADMIN_URL });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};
const residentKb = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

/** Bytes of the process's heap, and of its buffers, after its garbage was collected. */
const heapBytes = async () => {
  const [{ webSocketDebuggerUrl }] = await (await fetch(`http://${INSPECTOR}/json/list`)).json();
  const socket = new WebSocket(webSocketDebuggerUrl);
  await once(socket, 'open');
  const call = async (method, params = {}) => {
    socket.send(JSON.stringify({ id: 1, method, params }));
    for (;;) {
      const [message] = await once(socket, 'message');
      const { id, result } = JSON.parse(message);
      if (id === 1) return result;
    }
  };
  await call('HeapProfiler.collectGarbage');
  const expression = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())';
  const { result } = await call('Runtime.evaluate', { expression });
  socket.close();
  return result.value;
};

/** Transactions of the database while nothing changes. */
const committed = async () => {
  const client = new pg.Client({ connectionString: databaseUrl.href });
  await client.connect();
  const count = async () => {
    await client.query('select pg_stat_clear_snapshot()');
    const { rows } = await client.query(
      'select xact_commit::int as commits from pg_stat_database where datname = $1',
      [DATABASE],
    );
    return rows[0].commits;
  };
  const first = await count();
  await sleep(IDLE_MS);
  const last = await count();
  await client.end();
  return last - first;
};

const agent = new Agent({ maxSockets: Infinity });
const open = (url) =>
  new Promise((done, fail) =>
    get(url, { headers, agent }, (response) => {
      if (response.statusCode !== 200) fail(new Error(String(response.statusCode)));
      response.on('error', () => undefined).once('data', done);
    }).on('error', fail),
  );

const databaseUrl = new URL(ADMIN_URL);
databaseUrl.pathname = DATABASE;
await admin(`drop database if exists ${DATABASE} with (force)`);
await admin(`create database ${DATABASE}`);
try {
  const { port, pid } = await start(
    'streams',
    [`--inspect=${INSPECTOR}`, join(dist, 'src', 'main.js')],
    {
      DATABASE_ADMIN_URL: databaseUrl.href,
      BOOTSTRAP_API_KEY: key,
      STREAMS_PER_USER: String(STREAMS),
      MAX_CONNECTIONS: String(STREAMS + 100),
      RATE_LIMIT_PER_SECOND: '1000000',
      EMBEDDER: 'none',
    },
    '/health/ready',
  );
  const url = `http://127.0.0.1:${port}`;
  const made = await fetch(`${url}/v1/conversations`, { method: 'POST', headers, body: '{}' });
  const { id } = await made.json();
  const events = `${url}/v1/conversations/${id}/events`;
  await open(events);
  await sleep(SETTLE_MS);
  const before = { heap: await heapBytes(), resident: residentKb(pid) };
  for (let i = 1; i < STREAMS; i += 50)
    await Promise.all(Array.from({ length: Math.min(50, STREAMS - i) }, () => open(events)));
  await sleep(SETTLE_MS);
  const transactions = (await committed()) / (IDLE_MS / 1_000);
  const resident = (residentKb(pid) - before.resident) / STREAMS;
  const heap = ((await heapBytes()) - before.heap) / 1_024 / STREAMS;
  process.stdout.write(`${STREAMS} streams, each ${heap.toFixed(1)} kB of heap and buffers, `);
  process.stdout.write(`${resident.toFixed(1)} kB of resident memory; `);
  process.stdout.write(`${transactions.toFixed(1)} transactions a second while nothing changes\n`);
} finally {
  agent.destroy();
  await stopAll();
  await admin(`drop database if exists ${DATABASE} with (force)`);
}
