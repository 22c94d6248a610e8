// What the command line says.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { WORKLOADS } from './workloads.mjs';

const HELP = `node bench/run.mjs [options]
  --users N          ordinary users in the databases, 100 messages each            (10000)
  --rounds N         rounds; a ratio is taken within each                           (5)
  --seconds N        seconds of each measurement, after --warmup seconds            (3)
  --warmup N         seconds of load before each measurement                        (1)
  --clients N[,N]    connections that always have one request under way             (50)
  --workloads A,B    of ${Object.keys(WORKLOADS).join(', ')}                           (all)
  --pool N           connections of Threadkeep's pool, and none beyond it
  --against DIR      another build of Threadkeep takes the bare server's place, on a database of its own
  --aa               the bare server against itself: shows the noise
  --seed-only        make the databases and stop
  --reseed           make the databases again
  --keep             keep the databases this run made
  --dist DIR         the build of Threadkeep to measure                             (dist)
BENCH_ADMIN_URL: a superuser of the PostgreSQL to use (postgres://postgres@127.0.0.1:5432/postgres)`;

const flag = { type: 'boolean', default: false };
const text = (fallback) => ({ type: 'string', default: fallback });

const shape = {
  users: text('10000'),
  rounds: text('5'),
  seconds: text('3'),
  warmup: text('1'),
  clients: text('50'),
  workloads: text(Object.keys(WORKLOADS).join(',')),
  dist: text(resolve(import.meta.dirname, '..', 'dist')),
  pool: { type: 'string' },
  against: { type: 'string' },
  aa: flag,
  'seed-only': flag,
  reseed: flag,
  keep: flag,
  help: { ...flag, short: 'h' },
};

export class UsageError extends Error {}

/**
 * @returns the options, or only `help` when that is asked for.
 * @throws UsageError with the help text for what cannot be read.
 */
export function readOptions(args) {
  const values = parse(args);
  if (values.help) return { help: HELP };
  const workloads = values.workloads.split(',');
  const unknown = workloads.filter((name) => !(name in WORKLOADS));
  if (unknown.length > 0) throw new UsageError(`unknown workload: ${unknown.join(', ')}\n${HELP}`);
  return {
    users: positive('users', values.users),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    warmup: positive('warmup', values.warmup),
    clients: values.clients.split(',').map((count) => positive('clients', count)),
    workloads,
    dist: resolve(values.dist),
    poolSize: values.pool === undefined ? undefined : positive('pool', values.pool),
    against: values.against === undefined ? undefined : resolve(values.against),
    againstItself: values.aa,
    seedOnly: values['seed-only'],
    reseed: values.reseed,
    keep: values.keep || values['seed-only'],
    adminUrl: process.env.BENCH_ADMIN_URL || 'postgres://postgres@127.0.0.1:5432/postgres',
  };
}

function parse(args) {
  try {
    return parseArgs({ args, options: shape }).values;
  } catch (error) {
    throw new UsageError(`${error.message}\n${HELP}`);
  }
}

function positive(name, value) {
  const number = Number(value);
  if (number > 0) return number;
  throw new UsageError(`--${name} must be a number above 0\n${HELP}`);
}
