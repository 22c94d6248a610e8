// Reads the metrics again and again while a page shows them.
import { useEffect, useState } from 'preact/hooks';
import { baseUrl } from '../session.js';
import { NO_HISTORY, type Row, withReading } from './history.js';
import type { Reading } from './panels.js';
import { samplesIn } from './prometheus.js';

const INTERVAL_MS = 5_000;
/** After an answer 429 without `Retry-After`. */
const LATER_SECONDS = 60;

/** What became of a reading. */
type Outcome =
  /** The token is not that of operators, or there is none. */
  | { readonly state: 'token-needed' }
  /** Metrics are served elsewhere. */
  | { readonly state: 'elsewhere' }
  | { readonly state: 'unreachable' }
  /** Another status than 200. */
  | { readonly state: 'refused'; readonly status: number; readonly retryMs: number }
  | { readonly state: 'read'; readonly reading: Reading };

export type Metrics =
  | { readonly state: 'loading' | 'token-needed' | 'elsewhere' }
  | { readonly state: 'unreachable' | 'read'; readonly rows: readonly Row[] }
  | { readonly state: 'refused'; readonly status: number; readonly rows: readonly Row[] };

/** @param token of operators, where the service has one; it is kept in memory only */
export function useMetrics(token: string): Metrics {
  const [metrics, setMetrics] = useState<Metrics>({ state: 'loading' });
  useEffect(() => {
    const abort = new AbortController();
    let history = NO_HISTORY;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      const outcome = await readOnce(token, abort.signal);
      if (abort.signal.aborted) return;
      if (outcome.state === 'read') history = withReading(history, outcome.reading);
      setMetrics(shownOf(outcome, history.rows));
      // A refusal of the token does not change by itself, and each one counts as an attempt.
      if (outcome.state === 'token-needed' || outcome.state === 'elsewhere') return;
      const waitMs = outcome.state === 'refused' ? outcome.retryMs : INTERVAL_MS;
      timer = setTimeout(() => void read(), waitMs);
    };
    void read();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [token]);
  return metrics;
}

/** Without the reading, which has all samples. */
function shownOf(outcome: Outcome, rows: readonly Row[]): Metrics {
  const { state } = outcome;
  if (state === 'refused') return { state, status: outcome.status, rows };
  return state === 'read' || state === 'unreachable' ? { state, rows } : { state };
}

async function readOnce(token: string, signal: AbortSignal): Promise<Outcome> {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  const begun = performance.now();
  try {
    const response = await fetch(`${baseUrl()}/metrics`, { headers, signal });
    if (response.status === 401) return { state: 'token-needed' };
    if (response.status === 403) return { state: 'elsewhere' };
    if (!response.ok) return refusedBy(response);
    const samples = samplesIn(await response.text());
    const [at, answerMs] = [Date.now() / 1_000, performance.now() - begun];
    return { state: 'read', reading: { at, samples, answerMs } };
  } catch {
    return { state: 'unreachable' };
  }
}

function refusedBy({ status, headers }: Response): Outcome {
  const seconds = Number(headers.get('retry-after') ?? (status === 429 ? LATER_SECONDS : 0));
  const retryMs = Number.isFinite(seconds) ? seconds * 1_000 : 0;
  return { state: 'refused', status, retryMs: Math.max(retryMs, INTERVAL_MS) };
}
