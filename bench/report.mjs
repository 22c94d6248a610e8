// Turns the measurements into a table: medians over the rounds, ratios within a round.
import { WORKLOADS } from './workloads.mjs';

const COLUMNS = [
  'workload',
  'clients',
  'server',
  'req/s',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'errors',
  'server CPU us/op',
  'Postgres CPU us/op',
  'ratio of req/s (95 %)',
  'ratio of CPU (95 %)',
];

export function median(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** One line for each measurement, while the run goes on. */
export function lineOf({
  round,
  workload,
  clients,
  server,
  rate,
  p50,
  p95,
  p99,
  errors,
  firstError,
  serverCpu,
  postgresCpu,
  generatorCpu,
}) {
  const cpu = `cpu/op server ${whole(serverCpu)} us, postgres ${whole(postgresCpu)} us, load ${whole(generatorCpu)} us`;
  const times = `${whole(rate).padStart(6)}/s  ${tenths(p50)}/${tenths(p95)}/${tenths(p99)} ms`;
  const failures = errors > 0 ? `  ${errors} errors, the first: ${firstError}` : '';
  return `${round} ${workload.padEnd(4)}c${clients}  ${server.padEnd(12)} ${times}  ${cpu}${failures}`;
}

/** A Markdown table. `base` is the server the others are compared with. */
export function tableOf(results, base) {
  const groups = groupedBy(results, groupOf);
  const rows = [...groups.values()].flatMap((group) => rowsOf(group, base));
  const cells = [COLUMNS, ...rows];
  const widths = COLUMNS.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const format = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [
    format(COLUMNS),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...rows.map(format),
  ].join('\n');
}

const groupOf = ({ workload, clients }) => `${workload} ${clients}`;

function groupedBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function rowsOf(group, base) {
  const ofBase = group.filter(({ server }) => server === base);
  return [...new Set(group.map(({ server }) => server))].map((server) =>
    rowOf(
      group.filter((result) => result.server === server),
      ofBase,
    ),
  );
}

function rowOf(own, base) {
  const [{ workload, clients, server }] = own;
  const of = (field) => median(own.map((result) => result[field]));
  const compared =
    own === base || server === base[0].server
      ? ['', '']
      : [ratioOf(own, base, ({ rate }) => rate), ratioOf(own, base, cpuOf)];
  return [
    `${workload} ${WORKLOADS[workload].title}`,
    String(clients),
    server,
    whole(of('rate')),
    tenths(of('p50')),
    tenths(of('p95')),
    tenths(of('p99')),
    String(own.reduce((total, { errors }) => total + errors, 0)),
    whole(of('serverCpu')),
    whole(of('postgresCpu')),
    ...compared,
  ];
}

const cpuOf = ({ serverCpu, postgresCpu }) => serverCpu + postgresCpu;

function ratioOf(own, base, valueOf) {
  const ratios = own.map(
    (result) => valueOf(result) / valueOf(base.find(({ round }) => round === result.round)),
  );
  if (!ratios.every(Number.isFinite)) return '-';
  const [low, high] = medianInterval(ratios);
  return `${median(ratios).toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
}

/**
 * The 95 % confidence interval of the median by order statistics, which assumes nothing about the distribution.
 * Below 6 values no such interval exists and the least and the greatest are given.
 */
export function medianInterval(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.floor((sorted.length - 1.96 * Math.sqrt(sorted.length)) / 2);
  const low = Math.max(0, rank - 1);
  return [sorted[low], sorted[sorted.length - 1 - low]];
}

const whole = (value) => (Number.isFinite(value) ? value.toFixed(0) : '-');
const tenths = (value) => (Number.isFinite(value) ? value.toFixed(1) : '-');
