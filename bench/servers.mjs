// Starts the servers, each a process of its own, and stops them by pid whatever happens.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BARE_API, threadkeepApi } from './workloads.mjs';

const START_LIMIT = 60_000;
const STOP_LIMIT = 15_000;
const running = new Set();

process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export const logDirectory = () =>
  (logDirectory.path ??= mkdtempSync(join(tmpdir(), 'threadkeep-bench-')));

export async function startBare(name, database) {
  const server = await start(
    name,
    [join(import.meta.dirname, 'bare-server.mjs')],
    { DATABASE_URL: database.url },
    '/health',
  );
  return { ...server, api: BARE_API, database };
}

/**
 * Everything at its defaults, the log at level info, but for the rate, whose limit counts and is out of reach, the pool where its size is given, and the
 * embedder: the bare server has none.
 */
export async function startThreadkeep(name, dist, database, poolSize) {
  const key = `tk_${randomBytes(32).toString('base64url')}`;
  const environment = {
    DATABASE_URL: database.url,
    BOOTSTRAP_API_KEY: key,
    RATE_LIMIT_PER_SECOND: '1000000',
    EMBEDDER: 'none',
  };
  if (poolSize !== undefined)
    Object.assign(environment, { DB_POOL_SIZE: String(poolSize), DB_POOL_OVERFLOW: '0' });
  // As npm start runs it.
  const server = await start(
    name,
    ['--max-semi-space-size=32', join(dist, 'src', 'main.js')],
    environment,
    '/health/ready',
  );
  return { ...server, api: threadkeepApi(key), database };
}

export async function stopAll() {
  await Promise.all([...running].map(stop));
}

export async function start(name, args, environment, health) {
  const port = await freePort();
  const log = join(logDirectory(), `${name.replaceAll(' ', '-')}.log`);
  const file = openSync(log, 'a');
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, args, {
    env: { PATH, HOME, PORT: String(port), ...environment },
    stdio: ['ignore', file, file],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  await ready(name, child, `http://127.0.0.1:${port}${health}`, log);
  return { name, port, pid: child.pid };
}

async function ready(name, child, url, log) {
  const limit = Date.now() + START_LIMIT;
  while (child.exitCode === null && child.signalCode === null && Date.now() < limit) {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    `${name} did not start; the end of ${log}:\n${readFileSync(log, 'utf8').slice(-2_000)}`,
  );
}

async function stop(child) {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
  await gone;
  clearTimeout(forced);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
