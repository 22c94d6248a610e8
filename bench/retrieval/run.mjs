// How much of what is asked for Threadkeep finds: starts the built server, runs an evaluator against it over HTTP, prints its tables, stops the server.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { create } from './http-retriever.mjs';

const HELP = `node bench/retrieval/run.mjs --eval PATH/eval.mjs --data PATH/conversations.jsonl [options]
  --store messages|memories    how a conversation is stored                       (messages)
  --embedder none|local        with local, what is stored is found by meaning too  (none)
  --dist DIR                   the build of Threadkeep                            (dist)
  --out FILE                   every question with what was found for it, as JSON
DATABASE_URL, DATABASE_ADMIN_URL: the PostgreSQL to use; without them the server brings up its own in a fresh directory`;

const START_LIMIT = 180_000;
const STOP_LIMIT = 30_000;

const text = (fallback) => ({ type: 'string', ...(fallback && { default: fallback }) });
const shape = {
  eval: text(),
  data: text(),
  store: text('messages'),
  embedder: text('none'),
  dist: text(resolve(import.meta.dirname, '../../dist')),
  out: text(),
};

const options = readOptions();
const directory = mkdtempSync(join(tmpdir(), 'threadkeep-retrieval-'));
// PostgreSQL does not run as root: the server then starts it as another user, who must be able to enter.
chmodSync(directory, 0o711);
const log = join(directory, 'server.log');
let child;
process.on('exit', () => child?.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void stop().finally(() => process.exit(1)));

try {
  await measure(await start());
} finally {
  await stop();
  rmSync(directory, { recursive: true, force: true });
}

function readOptions() {
  try {
    const { values } = parseArgs({ options: shape });
    if (values.eval && values.data) return values;
  } catch (error) {
    console.error(error.message);
  }
  console.error(HELP);
  process.exit(2);
}

async function measure({ url, key }) {
  const { evaluate, aggregate, table, load } = await import(
    pathToFileURL(resolve(options.eval)).href
  );
  const retriever = await create({
    url,
    key,
    store: options.store,
    embeds: options.embedder !== 'none',
  });
  const { rows, summary, timing } = await evaluate(load(options.data), retriever);
  console.log(`## ${retriever.name} on ${options.data}\n\n${table(summary)}\n`);
  for (const name of new Set(rows.map(({ conversation }) => conversation))) {
    const { overall } = aggregate(rows.filter(({ conversation }) => conversation === name));
    console.log(`${name}: recall@10 of categories 1-4 ${(100 * overall['recall@10']).toFixed(1)}`);
  }
  console.log(
    `\nindex ${timing.index_ms_per_turn.toFixed(2)} ms a turn; search p50 ${timing.search_p50_ms.toFixed(2)} ms, p95 ${timing.search_p95_ms.toFixed(2)} ms, over HTTP`,
  );
  if (options.out)
    await (
      await import('node:fs/promises')
    ).writeFile(options.out, JSON.stringify({ name: retriever.name, summary, timing, rows }));
}

async function start() {
  const [port, key] = [await freePort(), `tk_${randomBytes(32).toString('base64url')}`];
  const { PATH, HOME, DATABASE_URL, DATABASE_ADMIN_URL } = process.env;
  const database = DATABASE_URL
    ? { DATABASE_URL, ...(DATABASE_ADMIN_URL && { DATABASE_ADMIN_URL }) }
    : { DATA_DIR: join(directory, 'data') };
  const env = {
    PATH,
    HOME,
    PORT: String(port),
    BOOTSTRAP_API_KEY: key,
    EMBEDDER: options.embedder,
    ...database,
  };
  const file = openSync(log, 'a');
  child = spawn(
    process.execPath,
    ['--max-semi-space-size=32', join(resolve(options.dist), 'src', 'main.js')],
    { env, cwd: resolve(options.dist, '..'), stdio: ['ignore', file, file] },
  );
  await ready(`http://127.0.0.1:${port}/health/ready`);
  return { url: `http://127.0.0.1:${port}`, key };
}

async function ready(url) {
  const limit = Date.now() + START_LIMIT;
  while (child.exitCode === null && child.signalCode === null && Date.now() < limit) {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
    if (response?.ok) return;
    await pause(100);
  }
  throw new Error(
    `the server did not start; the end of its log:\n${readFileSync(log, 'utf8').slice(-2_000)}`,
  );
}

async function stop() {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
  await gone;
  clearTimeout(forced);
}

function freePort() {
  return new Promise((done, fail) => {
    const probe = net.createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}
