// Asks a running server how it is.
import { z } from 'zod';
import type { Config } from '../../platform/config/config.js';
import { fail, type Finding, ok, warn } from './finding.js';

const ANSWER_TIMEOUT_MS = 3_000;

const healthSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string().optional(),
  details: z
    .record(z.string(), z.looseObject({ status: z.string(), effect: z.string().optional() }))
    .default({}),
});

/** Where a client on this machine reaches the server. */
function addressOf({ host, port }: Config): string {
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** @returns null when no Threadkeep answers */
export async function askServer(config: Config): Promise<Finding[] | null> {
  const address = addressOf(config);
  const { metricsToken } = config.door;
  try {
    const answer = await fetch(`${address}/health/ready`, {
      headers: metricsToken ? { authorization: `Bearer ${metricsToken}` } : {},
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const body: unknown = await answer.json();
    const health = healthSchema.safeParse(body);
    if (health.success) return findingsOf(address, health.data);
    return isProblem(body)
      ? [fail('server', `${address} is not ready (${answer.status}): its log says why.`)]
      : null;
  } catch {
    return null;
  }
}

const isProblem = (body: unknown): boolean =>
  (body as { code?: unknown } | null)?.code === 'server.unavailable';

function findingsOf(
  address: string,
  { status, version = 'an unknown version', details }: z.infer<typeof healthSchema>,
): Finding[] {
  const parts = Object.entries(details)
    .filter(([, part]) => part.status !== 'up')
    .map(([name, part]) =>
      warn(name, `${part.effect ?? part.status}: the log of the server says more.`),
    );
  return [
    ok('server', `${address} is ${status === 'ok' ? 'ready' : status}, Threadkeep ${version}`),
    ...parts,
  ];
}
