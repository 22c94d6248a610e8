// Compares Threadkeep with a bare fastify + pg server, in one run and by turns. See README.md.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { PostgresMeter, processTime } from './cpu.mjs';
import { bytesAMessage, dropDatabase, prepareDatabases } from './databases.mjs';
import { measure } from './load.mjs';
import { readOptions, UsageError } from './options.mjs';
import { lineOf, tableOf } from './report.mjs';
import { logDirectory, startBare, startThreadkeep, stopAll } from './servers.mjs';
import { requestsOf, verify, WORKLOADS } from './workloads.mjs';
import { createWorld } from './world.mjs';

/** Seconds of each workload before the first round, so that both servers run compiled code. */
const PREHEAT = 1;

const say = (line) => process.stdout.write(`${line}\n`);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return say(options.help);
  requireBuild(options);
  const admin = new pg.Client({ connectionString: options.adminUrl });
  await admin.connect();
  try {
    await sayConditions(admin);
    const databases = await prepareDatabases(admin, options, say);
    for (const database of databases) await saySize(database);
    if (!options.seedOnly) await compare(admin, options, databases);
    await stopAll();
    for (const database of databases)
      if (database.made && !options.keep) await dropDatabase(admin, database);
  } finally {
    await stopAll();
    await admin.end();
  }
}

function requireBuild({ againstItself, against, dist }) {
  for (const build of againstItself ? [] : [dist, against ?? dist]) {
    if (!existsSync(join(build, 'src', 'main.js')))
      throw new UsageError(`no build in ${build}: run "npm run build" first`);
  }
}

async function sayConditions(admin) {
  const { rows } = await admin.query(
    `select current_setting('server_version') as version, current_setting('shared_buffers') as buffers, current_setting('synchronous_commit') as commit`,
  );
  const [{ version, buffers, commit }] = rows;
  say(
    `PostgreSQL ${version}, shared_buffers ${buffers}, synchronous_commit ${commit}; Node ${process.version}; ${availableParallelism()} cores`,
  );
}

async function saySize(database) {
  const { count, heap, indexes, total } = await bytesAMessage(database);
  say(
    `${database.name}: ${count} messages, ${total.toFixed(0)} bytes each (table ${heap.toFixed(0)} + indexes ${indexes.toFixed(0)})`,
  );
}

async function compare(admin, options, databases) {
  const servers = await startServers(options, databases);
  say(`server logs in ${logDirectory()}`);
  const world = createWorld(options.users);
  for (const server of servers) await preheat(server, options, world);
  const results = [];
  for (const plan of plansOf(options, servers)) {
    const result = await measureOnce(admin, plan, options, world);
    results.push(result);
    say(lineOf(result));
  }
  say(`\n${tableOf(results, servers[0].name)}`);
}

async function startServers({ dist, against, againstItself, poolSize }, [base, compared]) {
  const first = against
    ? await startThreadkeep('before', against, base, poolSize)
    : await startBare('bare', base);
  const second = againstItself
    ? await startBare('bare again', base)
    : await startThreadkeep('threadkeep', dist, compared, poolSize);
  return [first, second];
}

async function preheat(server, { workloads }, world) {
  for (const name of workloads) {
    await verify(name, server, world);
    const next = requestsOf(WORKLOADS[name], server.api, world, 7);
    await measure({ port: server.port, next, clients: 20, seconds: PREHEAT, warmup: 0 });
  }
}

/** Every round measures each workload on both servers; who is first changes from round to round. */
function* plansOf({ rounds, clients, workloads }, servers) {
  for (let round = 1; round <= rounds; round++) {
    const turns = round % 2 ? servers : servers.toReversed();
    for (const count of clients)
      for (const workload of workloads)
        for (const server of turns) yield { round, clients: count, workload, server };
  }
}

async function measureOnce(
  admin,
  { round, clients, workload, server },
  { seconds, warmup },
  world,
) {
  const meter = new PostgresMeter(admin, server.database.name);
  const cpu = { start: null, end: null };
  const result = await measure({
    port: server.port,
    next: requestsOf(WORKLOADS[workload], server.api, world, 1000 + round),
    clients,
    seconds,
    warmup,
    beforeStart: () => meter.look(),
    atStart: () => {
      meter.start();
      cpu.start = processTime(server.pid);
    },
    atEnd: () => {
      cpu.end = processTime(server.pid);
      meter.end();
    },
  });
  const perOperation = (value) => (value === null ? NaN : (value * 1e6) / Math.max(1, result.ok));
  const spent = cpu.start === null ? null : cpu.end - cpu.start;
  return {
    round,
    workload,
    clients,
    server: server.name,
    ...result,
    serverCpu: perOperation(spent),
    postgresCpu: perOperation(meter.spent),
  };
}

main().catch((error) => {
  process.stderr.write(`${error instanceof UsageError ? error.message : error.stack}\n`);
  process.exitCode = 1;
});
