// Compares an import of many conversations with COPY of the very same rows. See README.md.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { copyFrom, copyTo } from './copy.mjs';
import { PostgresMeter, processTime } from './cpu.mjs';
import { FORMATS } from './import-files.mjs';
import { median } from './report.mjs';
import { start, stopAll } from './servers.mjs';

const ADMIN_URL = process.env.BENCH_ADMIN_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const DATABASE = 'bench_import';
const USER = 'ada';
const CONVERSATIONS = Number(process.env.CONVERSATIONS ?? 1_000);
const MESSAGES = Number(process.env.MESSAGES ?? 30);
const ROUNDS = Number(process.env.ROUNDS ?? 7);
const formats = (process.env.FORMATS ?? Object.keys(FORMATS).join(',')).split(',');
const dist = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'dist'));

const key = `tk_${randomBytes(32).toString('base64url')}`;
const databaseUrl = new URL(ADMIN_URL);
databaseUrl.pathname = DATABASE;
const folder = mkdtempSync(join(tmpdir(), 'threadkeep-import-'));

const connect = async (url) => {
  const client = new pg.Client({ connectionString: String(url) });
  await client.connect();
  return client;
};

/** Rows of each table whose rows are all of users. */
async function countRows(client) {
  const { rows } = await client.query(
    `select c.oid::regclass::text as table, (xpath('/row/n/text()', query_to_xml('select count(*) as n from ' || c.oid::regclass, false, true, '')))[1]::text::int as count
       from pg_class c where c.relnamespace = 'threadkeep'::regnamespace and c.relkind = 'r'
        and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'user_id' and a.attnotnull)`,
  );
  return new Map(rows.map(({ table, count }) => [table, count]));
}

const empty = async (client) => {
  await client.query('truncate threadkeep.conversation cascade');
  await client.query('checkpoint');
};

/** Processor time of the commands that have ended, in seconds: the kernel keeps it in 1/100 s. */
function childrenTime() {
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ').at(-1).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

async function command(port, path) {
  const child = spawn(
    process.execPath,
    // As npm run import does.
    [
      '--max-semi-space-size=32',
      join(dist, 'src', 'cli', 'threadkeep.js'),
      ...['import', path, '--user', USER],
    ],
    {
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        THREADKEEP_API_KEY: key,
        THREADKEEP_URL: `http://127.0.0.1:${port}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (said = (said + chunk).slice(-500)));
  const code = await new Promise((done) => child.once('close', done));
  if (code !== 0) throw new Error(`the import ended with ${code}: ${said}`);
}

/** @returns wall time and processor time in seconds, by process */
async function measured(meter, own, work) {
  await meter.look();
  const before = own();
  meter.start();
  const startedAt = performance.now();
  await work();
  const wall = (performance.now() - startedAt) / 1000;
  meter.end();
  const after = own();
  const cpu = { ...Object.fromEntries(Object.keys(after).map((k) => [k, after[k] - before[k]])) };
  return { wall, cpu: { ...cpu, postgres: meter.spent } };
}

async function importOnce(world, path) {
  const own = () => ({ command: childrenTime(), server: processTime(world.pid) });
  return measured(world.meter, own, () => command(world.port, path));
}

/** As the owner of all: row-level security refuses COPY FROM to the roles that it holds for. */
async function copyOnce(world, tables) {
  const client = await connect(databaseUrl);
  const own = () => ({ client: processTime(process.pid) });
  try {
    return await measured(world.meter, own, async () => {
      await client.query('begin');
      for (const [table, bytes] of tables) await copyFrom(client, table, bytes);
      await client.query('commit');
    });
  } finally {
    await client.end();
  }
}

/** The roles of a database have its number, and stay when it goes. */
async function dropWithRoles(admin) {
  const { rows } = await admin.query(
    `select format('drop role %I', r.rolname) as drop from pg_database d, pg_roles r
      where d.datname = $1 and r.rolname ~ ('^threadkeep_(app|system)_' || d.oid || '(_login_[0-9]+)?$')`,
    [DATABASE],
  );
  await admin.query(`drop database if exists ${DATABASE} with (force)`);
  for (const { drop } of rows) await admin.query(drop);
}

const sumOf = (cpu) => Object.values(cpu).reduce((sum, seconds) => sum + seconds, 0);
const seconds = (value) => value.toFixed(2).padStart(6);
const partsOf = (cpu) =>
  Object.entries(cpu)
    .map(([name, value]) => `${name} ${value.toFixed(2)}`)
    .join(', ');

async function compare(world, format) {
  const path = join(folder, `${format}.json`);
  writeFileSync(path, FORMATS[format]({ conversations: CONVERSATIONS, messages: MESSAGES }));
  // The first import makes the user, and warms the server up.
  await importOnce(world, path);
  await empty(world.client);
  const before = await countRows(world.client);
  await importOnce(world, path);
  const after = await countRows(world.client);
  const filled = [...after].filter(([table, count]) => count > before.get(table));
  console.log(`\n${format}: ${filled.map(([table, count]) => `${count} in ${table}`).join(', ')}`);
  // Parents before their children.
  filled.sort(([a], [b]) => a.localeCompare(b));
  const rounds = [];
  for (let round = 1; round <= ROUNDS; round++) {
    await empty(world.client);
    const imported = await importOnce(world, path);
    const tables = [];
    for (const [table] of filled) tables.push([table, await copyTo(world.client, table)]);
    await empty(world.client);
    const copied = await copyOnce(world, tables);
    const wall = imported.wall / copied.wall;
    const cpu = sumOf(imported.cpu) / sumOf(copied.cpu);
    rounds.push({ wall, cpu });
    console.log(
      `${round}  import ${seconds(imported.wall)} s (CPU s: ${partsOf(imported.cpu)})  COPY ${seconds(copied.wall)} s (CPU s: ${partsOf(copied.cpu)})  wall x ${wall.toFixed(2)}  CPU x ${cpu.toFixed(2)}  load ${loadavg()[0].toFixed(1)}`,
    );
  }
  const of = (name) => median(rounds.map((round) => round[name])).toFixed(2);
  console.log(`${format}: median of ${ROUNDS}: wall x ${of('wall')}, CPU x ${of('cpu')}`);
  await empty(world.client);
}

const admin = await connect(ADMIN_URL);
await admin.query(`drop database if exists ${DATABASE} with (force)`);
await admin.query(`create database ${DATABASE} template template0 encoding 'UTF8'`);
let client;
try {
  const { port, pid } = await start(
    'import',
    ['--max-semi-space-size=32', join(dist, 'src', 'main.js')],
    {
      DATABASE_ADMIN_URL: databaseUrl.href,
      BOOTSTRAP_API_KEY: key,
      RATE_LIMIT_PER_SECOND: '1000000',
      EMBEDDER: 'none',
    },
    '/health/ready',
  );
  client = await connect(databaseUrl);
  const world = { port, pid, client, meter: new PostgresMeter(admin, DATABASE) };
  for (const format of formats) await compare(world, format);
} finally {
  await stopAll();
  await client?.end();
  await dropWithRoles(admin);
  await admin.end();
  rmSync(folder, { recursive: true, force: true });
}
