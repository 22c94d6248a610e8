// Measures turns: what they add to a model's first token, many at once on a small pool, and replies from
// the cache. The model is a stand-in on loopback. See README.md.
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { start, stopAll } from './servers.mjs';

const ADMIN_URL = process.env.BENCH_ADMIN_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const DATABASE = 'bench_turns';
const dist = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'dist'));

const AT_ONCE = 500;
const POOL = 5;
/** Milliseconds of a reply when many run at once, and of the first token otherwise. */
const LONG_MS = 2_000;
const FIRST_TOKEN_MS = 50;
const SAMPLES = 100;

const say = (line) => process.stdout.write(`${line}\n`);
const quantile = (values, q) =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * q)];
const spread = (values) =>
  `p50 ${quantile(values, 0.5).toFixed(1)}, p99 ${quantile(values, 0.99).toFixed(1)} ms`;

/** Speaks as much of OpenAI's wire format as a turn needs. */
class Model {
  firstTokenMs = FIRST_TOKEN_MS;
  calls = 0;
  running = 0;
  peak = 0;

  async listen() {
    this.server = createServer((request, response) => void this.answer(request, response));
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${this.server.address().port}/v1`;
  }

  async answer(request, response) {
    for await (const chunk of request) void chunk;
    this.calls++;
    this.peak = Math.max(this.peak, ++this.running);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    await sleep(this.firstTokenMs);
    const chunk = (delta, reason = null) =>
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 0, model: 'm', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
    for (let i = 0; i < 20; i++) response.write(chunk({ content: `word ${i} ` }));
    response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
    this.running--;
  }
}

class Client {
  constructor(url, key, user) {
    this.url = url;
    this.headers = {
      authorization: `Bearer ${key}`,
      'threadkeep-user': user,
      'content-type': 'application/json',
    };
  }

  async call(method, path, body) {
    const response = await fetch(`${this.url}/v1/${path}`, {
      method,
      headers: this.headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }

  json = async (...request) => (await this.call(...request)).json();
  talk = async () => (await this.json('POST', 'conversations', {})).id;
}

const turnOf = (content, fields = {}) => ({
  messages: [{ role: 'user', content }],
  model: { provider: 'stand-in', name: 'm' },
  ...fields,
});

/** Milliseconds until the stream that is asked for has said `mark`. */
async function timeUntil(mark, ask) {
  const begun = performance.now();
  const response = await ask();
  let [text, first] = ['', null];
  for await (const chunk of response.body) {
    text += Buffer.from(chunk).toString();
    if (first === null && text.includes(mark)) first = performance.now() - begun;
  }
  return first;
}

const firstDelta = (client, talk, body) =>
  timeUntil('event: delta', () =>
    client.call('POST', `conversations/${talk}/turns?stream=threadkeep`, body),
  );

/** The model is asked by the same client, in turns with the service: its own time has the way there. */
async function firstTokens(client, model, modelUrl) {
  model.firstTokenMs = FIRST_TOKEN_MS;
  const [own, ofTurns] = [[], []];
  const body = JSON.stringify({ model: 'm', stream: true, messages: [] });
  for (let i = 0; i < SAMPLES; i++) {
    own.push(await timeUntil('word 0', () => fetch(modelUrl, { method: 'POST', body })));
    ofTurns.push(await firstDelta(client, await client.talk(), turnOf(`question ${i}`)));
  }
  const added = (q) =>
    (quantile(ofTurns.slice(SAMPLES / 10), q) - quantile(own.slice(SAMPLES / 10), q)).toFixed(1);
  say(
    `first token: of the model ${spread(own)}; of a turn ${spread(ofTurns)}; added p50 ${added(0.5)}, p99 ${added(0.99)} ms`,
  );
}

async function cacheHits(client, model) {
  model.firstTokenMs = 0;
  const replyCache = { ttlSeconds: 600 };
  await firstDelta(client, await client.talk(), turnOf('the same', { replyCache }));
  const { calls } = model;
  const asked = { question: { text: 'the same' } };
  await client.call('PUT', 'reply-cache', {
    ...asked,
    reply: { text: 'An answer.' },
    ttlSeconds: 600,
  });
  const [hits, lookups, reads] = [[], [], []];
  const timed = async (times, ...request) => {
    const begun = performance.now();
    await client.json(...request);
    times.push(performance.now() - begun);
  };
  for (let i = 0; i < SAMPLES; i++) {
    const talk = await client.talk();
    hits.push(await firstDelta(client, talk, turnOf('the same', { replyCache })));
    await timed(reads, 'GET', `conversations/${talk}/messages?limit=20`);
    await timed(lookups, 'POST', 'reply-cache/lookup', asked);
  }
  say(
    `hit of the cache: looked up ${spread(lookups)}; a read ${spread(reads)}; a turn, which stores question and reply, ${spread(hits)} to its first token; calls ${model.calls - calls}`,
  );
}

/** Reads as another user until it is told to stop. */
async function readUntil(client, talk, ended) {
  const times = [];
  while (!ended()) {
    const begun = performance.now();
    await client.json('GET', `conversations/${talk}/messages?limit=20`);
    times.push(performance.now() - begun);
    await sleep(20);
  }
  return times;
}

/** Returns the share of waits for a connection that took longer than a second. */
async function longWaits(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = (bucket) =>
    [...text.matchAll(/^threadkeep_db_pool_wait_seconds_bucket\{(.*)\} (\d+)$/gm)]
      .filter(([, labels]) => labels.includes(`le="${bucket}"`))
      .reduce((sum, [, , count]) => sum + Number(count), 0);
  return { all: counts('+Inf'), within: counts('1') };
}

async function manyAtOnce(url, key, model) {
  model.firstTokenMs = LONG_MS;
  model.peak = 0;
  const clients = Array.from({ length: 50 }, (_, i) => new Client(url, key, `many-${i}`));
  const talks = [];
  for (let i = 0; i < AT_ONCE; i++) talks.push([clients[i % 50], await clients[i % 50].talk()]);
  const reader = new Client(url, key, 'reader');
  const read = await reader.talk();
  await reader.json('POST', `conversations/${read}/messages`, { role: 'user', content: 'Hi' });
  const quietUntil = performance.now() + 3_000;
  const quiet = await readUntil(reader, read, () => performance.now() > quietUntil);
  const before = await longWaits(url);
  let isOver = false;
  const busy = readUntil(reader, read, () => isOver);
  const begun = performance.now();
  const turns = await Promise.all(
    talks.map(async ([client, talk]) => {
      const { id } = await client.json('POST', `conversations/${talk}/turns`, turnOf('Hi'));
      return [client, talk, id];
    }),
  );
  const accepted = performance.now() - begun;
  const states = {};
  for (const [client, talk, id] of turns) {
    let turn;
    do {
      turn = await client.json('GET', `conversations/${talk}/turns/${id}`);
      if (['queued', 'running'].includes(turn.state)) await sleep(100);
    } while (['queued', 'running'].includes(turn.state));
    states[turn.state] = (states[turn.state] ?? 0) + 1;
  }
  isOver = true;
  const after = await longWaits(url);
  const [all, within] = [after.all - before.all, after.within - before.within];
  say(
    `${AT_ONCE} turns on ${POOL} connections: accepted in ${accepted.toFixed(0)} ms, done in ${(performance.now() - begun).toFixed(0)} ms`,
  );
  say(
    `  ${JSON.stringify(states)}, at most ${model.peak} at a time; ${all - within} of ${all} waits for a connection above 1 s`,
  );
  say(`  reads of another user: ${spread(await busy)}; before, ${spread(quiet)}`);
}

async function main() {
  const admin = new pg.Client({ connectionString: ADMIN_URL });
  await admin.connect();
  const model = new Model();
  try {
    await admin.query(`drop database if exists ${DATABASE} with (force)`);
    await admin.query(`create database ${DATABASE}`);
    const databaseUrl = new URL(ADMIN_URL);
    databaseUrl.pathname = DATABASE;
    const key = `tk_${randomBytes(32).toString('base64url')}`;
    const modelUrl = await model.listen();
    const { port } = await start(
      'turns',
      [join(dist, 'src', 'main.js')],
      {
        DATABASE_ADMIN_URL: databaseUrl.href,
        BOOTSTRAP_API_KEY: key,
        RATE_LIMIT_PER_SECOND: '1000000',
        EMBEDDER: 'none',
        DB_POOL_SIZE: String(POOL),
        DB_POOL_OVERFLOW: '0',
        MODEL_PROVIDERS: JSON.stringify({ 'stand-in': { baseUrl: modelUrl } }),
        TITLE_MODEL: 'off',
        SUMMARY_MODEL: 'off',
      },
      '/health/ready',
    );
    const url = `http://127.0.0.1:${port}`;
    const client = new Client(url, key, 'one');
    await firstTokens(client, model, `${modelUrl}/chat/completions`);
    await cacheHits(client, model);
    await manyAtOnce(url, key, model);
  } finally {
    await stopAll();
    model.server?.close();
    await admin.query(`drop database if exists ${DATABASE} with (force)`);
    await admin.end();
  }
}

await main();
process.exit(0);
