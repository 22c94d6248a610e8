import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { sentValues } from '../form.js';
import { useLoad } from '../loading.js';
import type { Row } from '../overview/history.js';
import { PANELS, type Panel } from '../overview/panels.js';
import { useMetrics } from '../overview/readings.js';
import { Page, Shown } from '../parts/page.js';
import { type Column, Table } from '../parts/table.js';
import { Facts, State, Text } from '../parts/values.js';
import { baseUrl } from '../session.js';

interface Health {
  status: string;
  version?: string;
  details?: Record<string, { status: string; [name: string]: unknown }>;
}

type Part = [name: string, state: { status: string; [name: string]: unknown }];

const PARTS: readonly Column<Part>[] = [
  { name: 'Part', of: ([name]) => name },
  { name: 'State', of: ([, { status }]) => <State of={status} /> },
  {
    name: 'Details',
    of: ([, state]) => (
      <Text
        of={Object.entries(state)
          .filter(([name, value]) => name !== 'status' && value !== null)
          .map(([name, value]) => `${name}: ${String(value)}`)
          .join(', ')}
      />
    ),
  },
];

/** Health, version, and charts of the metrics. */
export function OverviewPage() {
  const [token, setToken] = useState('');
  const health = useLoad((signal) => readHealth(token, signal), [token]);
  return (
    <Page title="Overview" aside={<button onClick={health.reload}>Check again</button>}>
      <Shown of={health}>{(value) => <HealthView health={value} />}</Shown>
      <h2>Metrics of this process</h2>
      <MetricsView token={token} onToken={setToken} />
    </Page>
  );
}

/** A service that is not ready says so by a problem document with the status 503. */
async function readHealth(token: string, signal: AbortSignal): Promise<Health> {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${baseUrl()}/health/ready`, { headers, signal });
  const body = (await response.json()) as Partial<Health>;
  return { ...body, status: response.ok ? (body.status ?? 'ok') : 'down' };
}

const HealthView = ({ health: { status, version, details } }: { health: Health }) => (
  <>
    <Facts
      of={[
        ['Ready', <State of={status} />],
        ['Version', version ?? 'shown to operators only'],
      ]}
    />
    {details && (
      <Table
        label="Health of the parts"
        columns={PARTS}
        items={Object.entries(details)}
        idOf={([name]) => name}
      />
    )}
  </>
);

interface MetricsProps {
  token: string;
  onToken: (token: string) => void;
}

function MetricsView({ token, onToken }: MetricsProps) {
  const metrics = useMetrics(token);
  switch (metrics.state) {
    case 'loading':
      return <p class="hint">Loading…</p>;
    case 'token-needed':
      return <AskForToken wasWrong={token !== ''} onToken={onToken} />;
    case 'elsewhere':
      return (
        <p class="refusal">
          The service shows its metrics to operators only (403). Set METRICS_TOKEN to see them here;
          with METRICS_PORT they are on that port.
        </p>
      );
    case 'unreachable':
      return (
        <>
          <p class="failure" role="alert">
            The service does not answer. It is asked again every few seconds.
          </p>
          <Charts rows={metrics.rows} />
        </>
      );
    case 'refused':
      return (
        <>
          <p class="failure" role="alert">
            {refusalText(metrics.status)} It is asked again later.
          </p>
          <Charts rows={metrics.rows} />
        </>
      );
    case 'read':
      return <Charts rows={metrics.rows} />;
  }
}

const refusalText = (status: number): string =>
  status === 429
    ? 'The service was asked for metrics too often (429).'
    : `The service gives no metrics: it answers ${status}.`;

function AskForToken({ wasWrong, onToken }: { wasWrong: boolean; onToken: (t: string) => void }) {
  const submit = (event: SubmitEvent) => onToken(sentValues(event)('token'));
  return (
    <form class="search" onSubmit={submit} autocomplete="off">
      <label>
        Token of operators (METRICS_TOKEN)
        <input name="token" type="password" autocomplete="off" required />
      </label>
      <button type="submit">Show the metrics</button>
      {wasWrong && <p role="alert">This is not the token.</p>}
    </form>
  );
}

type ChartType = ComponentType<{ panel: Panel; place: number; rows: readonly Row[] }>;

/** The library of the charts is loaded when it is needed. Another release has it at another address. */
function Charts({ rows }: { rows: readonly Row[] }) {
  const [Chart, setChart] = useState<ChartType | 'gone' | null>(null);
  useEffect(() => {
    import('../overview/chart.js').then(
      (loaded) => setChart(() => loaded.default),
      () => setChart('gone'),
    );
  }, []);
  if (Chart === 'gone')
    return (
      <p class="failure" role="alert">
        A newer release runs. Reload the page.
      </p>
    );
  if (rows.length === 0) return null;
  if (Chart === null) return <p class="hint">Loading…</p>;
  return (
    <div class="charts">
      {PANELS.map((panel, place) => (
        <Chart key={panel.title} panel={panel} place={place} rows={rows} />
      ))}
    </div>
  );
}
