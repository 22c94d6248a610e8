// What the charts of the overview show, from two readings of the metrics.
import { type Sample, sum, valuesOf } from './prometheus.js';

/** One reading of the metrics. */
export interface Reading {
  /** Seconds since 1970. */
  readonly at: number;
  readonly samples: readonly Sample[];
  /** Milliseconds from the request for the metrics to their last byte, in this page. */
  readonly answerMs: number;
}

type Line = readonly [label: string, value: number | null];

export interface Panel {
  readonly title: string;
  readonly unit: string;
  /** The lines of a moment, from a reading and the one before it. */
  readonly lines: (now: Reading, before: Reading | undefined) => readonly Line[];
}

const MS = 1_000;
const scaled = (value: number | null, factor: number): number | null =>
  value === null || Number.isNaN(value) ? null : value * factor;

/** How much a counter grows in a second; null for the first reading and after a restart. */
export function rate(now: Reading, before: Reading | undefined, name: string, labels = {}) {
  const value = sum(now.samples, name, labels);
  const last = before ? sum(before.samples, name, labels) : null;
  if (value === null || !before || value < (last ?? 0)) return null;
  return (value - (last ?? 0)) / (now.at - before.at);
}

/** The mean of what a histogram counted since the last reading; null when it counted nothing. */
export function mean(now: Reading, before: Reading | undefined, name: string): number | null {
  const count = rate(now, before, `${name}_count`);
  const total = rate(now, before, `${name}_sum`);
  return count === null || total === null || count === 0 ? null : total / count;
}

const byLabel =
  (name: string, label: string) =>
  (now: Reading, before: Reading | undefined): Line[] =>
    valuesOf(now.samples, name, label).map((value) => [
      value,
      rate(now, before, name, { [label]: value }),
    ]);

const REQUESTS = 'threadkeep_http_requests_total';
/** The first digit of a status says what became of a request. */
const CLASSES = ['2xx', '3xx', '4xx', '5xx'];

/** Requests by the class of their status in place of all other labels. */
const byClass = (reading: Reading): Reading => ({
  ...reading,
  samples: reading.samples.flatMap(({ name, labels, value }) =>
    name === REQUESTS ? [{ name, labels: { class: `${labels['status']?.[0]}xx` }, value }] : [],
  ),
});

const EVENT_LOOP = 'threadkeep_event_loop_delay_seconds';
const POOL = 'threadkeep_db_pool_connections';
const QUANTILES = [
  ['half', '0.5'],
  ['99 %', '0.99'],
  ['longest', '1'],
] as const;

export const PANELS: readonly Panel[] = [
  {
    title: 'Requests, by status',
    unit: 'a second',
    lines: (reading, last) => {
      const [now, before] = [byClass(reading), last && byClass(last)];
      return CLASSES.map((one) => [one, rate(now, before, REQUESTS, { class: one })]);
    },
  },
  {
    title: 'Time of requests',
    unit: 'ms',
    lines: (now, before) => [
      ['mean', scaled(mean(now, before, 'threadkeep_http_request_seconds'), MS)],
    ],
  },
  {
    title: 'Delay of the event loop',
    unit: 'ms',
    lines: ({ samples }) =>
      QUANTILES.map(([label, quantile]) => [
        label,
        scaled(sum(samples, EVENT_LOOP, { quantile }), MS),
      ]),
  },
  {
    title: 'Answer time in this page',
    unit: 'ms',
    lines: ({ answerMs }) => [['answer', answerMs]],
  },
  {
    title: 'Connections of the pool',
    unit: '',
    lines: ({ samples }) => [
      ...valuesOf(samples, POOL, 'state').map((state): Line => [
        state,
        sum(samples, POOL, { state }),
      ]),
      ['waiting requests', sum(samples, 'threadkeep_db_pool_waiting')],
    ],
  },
  {
    title: 'Wait for a connection',
    unit: 'ms',
    lines: (now, before) => [
      ['mean', scaled(mean(now, before, 'threadkeep_db_pool_wait_seconds'), MS)],
    ],
  },
  {
    title: 'Lookups of the cache',
    unit: 'a second',
    lines: byLabel('threadkeep_cache_requests_total', 'result'),
  },
  {
    title: 'Jobs that ended',
    unit: 'a second',
    lines: byLabel('threadkeep_jobs_total', 'result'),
  },
  {
    title: 'Age of the oldest job that is due',
    unit: 's',
    lines: ({ samples }) => [['age', scaled(sum(samples, 'threadkeep_jobs_oldest_seconds'), 1)]],
  },
  {
    title: 'Calls of models',
    unit: 'a second',
    lines: byLabel('threadkeep_model_calls_total', 'outcome'),
  },
];
