// Keeps 200 logins under way on one process, and prints what that does to another route. Then compares the
// three kinds of failed logins. See README.md.
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { processTime } from './cpu.mjs';
import { start, stopAll } from './servers.mjs';

const ADMIN_URL = process.env.BENCH_ADMIN_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const DATABASE = 'bench_logins';
const LOGINS = Number(process.env.LOGINS ?? 200);
const ROUNDS = Number(process.env.ROUNDS ?? 6);
const ROUND_MS = 4_000;
const READERS = 4;
const PACE_MS = 10;
const FAILURES_OF_A_KIND = Number(process.env.FAILURES ?? 240);
const BLOCK = 20;
const PASSWORD = 'three owls on a raft';
const dist = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'dist'));

const key = `tk_${randomBytes(32).toString('base64url')}`;
const databaseUrl = new URL(ADMIN_URL);
databaseUrl.pathname = DATABASE;
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
let port;

const admin = async (sql) => {
  const client = new pg.Client({ connectionString: ADMIN_URL });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};

/** @returns the status, the body, and the milliseconds until the answer was read */
const send = (method, path, body, headers = {}) =>
  new Promise((done, fail) => {
    const began = performance.now();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = request({
      ...{ port, host: '127.0.0.1', method, path, agent },
      headers: { ...(text && { 'content-type': 'application/json' }), ...headers },
    });
    sent.on('error', fail).on('response', (response) => {
      let answer = '';
      response.on('data', (chunk) => (answer += chunk)).on('error', fail);
      response.on('end', () => {
        const ms = performance.now() - began;
        const retryAfter = Number(response.headers['retry-after'] ?? 0);
        done({ status: response.statusCode, answer, ms, retryAfter });
      });
    });
    sent.end(text);
  });

const service = { authorization: `Bearer ${key}` };
const made = async (path, body, headers = {}) => {
  const { status, answer } = await send('POST', path, body, { ...service, ...headers });
  if (status !== 201) throw new Error(`${path}: ${status} ${answer}`);
  return JSON.parse(answer);
};
const percentile = (sorted, part) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const median = (values) =>
  percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

/** Every login comes from an address of its own, so that no limit of an address ends the storm. */
let logins = 0;
const login = (name, password) => {
  const n = ++logins;
  const address = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
  return send('POST', '/v1/auth/login', { login: name, password }, { 'x-forwarded-for': address });
};

/** Keeps as many logins under way. One that is refused waits as it is told to. */
function storm(count) {
  const statuses = {};
  let isOver = false;
  const client = async (i) => {
    while (!isOver) {
      const name = i % 2 ? 'known@mail.example' : `unknown${i}@mail.example`;
      const { status, retryAfter } = await login(name, PASSWORD);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (retryAfter > 0 && !isOver) await sleep(retryAfter * 1_000);
    }
  };
  const all = Array.from({ length: count }, (_, i) => client(i));
  const end = async () => {
    isOver = true;
    await Promise.all(all);
    return statuses;
  };
  return { end };
}

/** Reads at a fixed pace, so that a slow answer does not make the others fewer. */
async function readFor(path, headers) {
  const times = [];
  const failed = {};
  const until = performance.now() + ROUND_MS;
  const reader = async () => {
    while (performance.now() < until) {
      const { status, ms } = await send('GET', path, undefined, headers);
      if (status === 200) times.push(ms);
      else failed[status] = (failed[status] ?? 0) + 1;
      await sleep(PACE_MS);
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  times.sort((a, b) => a - b);
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), count: times.length, failed };
}

const say = (text) => process.stdout.write(`${text}\n`);

async function compareStorms(path, headers) {
  const ratios = { p50: [], p99: [] };
  for (let round = 1; round <= ROUNDS; round++) {
    const quiet = await readFor(path, headers);
    const { end } = storm(LOGINS);
    await sleep(500);
    const loud = await readFor(path, headers);
    const statuses = await end();
    for (const part of ['p50', 'p99']) ratios[part].push(loud[part] / quiet[part]);
    say(
      `round ${round}: p50 ${quiet.p50.toFixed(1)} -> ${loud.p50.toFixed(1)} ms, p99 ${quiet.p99.toFixed(1)} -> ${loud.p99.toFixed(1)} ms, ` +
        `reads ${quiet.count} and ${loud.count}, logins ${JSON.stringify(statuses)}, failed reads ${JSON.stringify(loud.failed)}`,
    );
  }
  say(
    `with ${LOGINS} logins under way: p50 x ${median(ratios.p50).toFixed(2)}, p99 x ${median(ratios.p99).toFixed(2)} (medians of ${ROUNDS} rounds)`,
  );
}

async function compareKinds(pid) {
  const kinds = {
    'unknown user': ['nobody@mail.example', PASSWORD],
    'wrong password': ['known@mail.example', 'four herons under a bridge'],
    'disabled user': ['disabled@mail.example', PASSWORD],
  };
  const results = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, { ms: [], cpu: 0 }]));
  for (let block = 0; block < FAILURES_OF_A_KIND / BLOCK; block++) {
    const order = Object.keys(kinds);
    for (const kind of [...order.slice(block % 3), ...order.slice(0, block % 3)]) {
      const before = processTime(pid);
      for (let i = 0; i < BLOCK; i++) {
        const { status, ms } = await login(...kinds[kind]);
        if (status !== 401) throw new Error(`${kind}: ${status}`);
        results[kind].ms.push(ms);
      }
      results[kind].cpu += processTime(pid) - before;
    }
  }
  for (const [kind, { ms, cpu }] of Object.entries(results)) {
    ms.sort((a, b) => a - b);
    say(
      `${kind}: median ${percentile(ms, 0.5).toFixed(1)} ms, p90 ${percentile(ms, 0.9).toFixed(1)} ms, processor ${((cpu / ms.length) * 1_000).toFixed(1)} ms (${ms.length} logins)`,
    );
  }
}

await admin(`drop database if exists ${DATABASE} with (force)`);
await admin(`create database ${DATABASE}`);
try {
  const server = await start(
    'logins',
    [join(dist, 'src', 'main.js')],
    {
      DATABASE_ADMIN_URL: databaseUrl.href,
      BOOTSTRAP_API_KEY: key,
      VAULT_KEYS: `bench:${randomBytes(32).toString('base64')}`,
      TRUST_PROXY: '127.0.0.1',
      LOGINS_PER_MINUTE: '1000000',
      RATE_LIMIT_PER_SECOND: '1000000',
      EMBEDDER: 'none',
    },
    '/health/ready',
  );
  port = server.port;
  for (const name of ['known', 'disabled']) {
    const { id } = await made('/v1/users', { email: `${name}@mail.example` });
    await send('PUT', `/v1/users/${id}/password`, { password: PASSWORD }, service);
    if (name === 'disabled')
      await send('PATCH', `/v1/users/${id}`, { status: 'disabled' }, service);
  }
  const reader = { ...service, 'threadkeep-user': 'reader' };
  const { id } = await made('/v1/conversations', {}, reader);
  const messages = `/v1/conversations/${id}/messages`;
  for (let i = 0; i < 20; i++)
    await made(messages, { role: 'user', content: `message ${i} `.repeat(20) }, reader);
  await readFor(messages, reader);
  await compareKinds(server.pid);
  await compareStorms(messages, reader);
} finally {
  agent.destroy();
  await stopAll();
  await admin(`drop database if exists ${DATABASE} with (force)`);
}
