import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type FetchLike, type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type Egress, EgressError, type EgressLimits } from '../../platform/egress/index.js';
import { headersFault } from './header-rules.js';
import { McpFault } from './mcp-fault.js';
import { type RemoteServer } from './mcp-server.js';

/** @throws McpFault */
function checkHeaders(headers: Record<string, string>): void {
  const fault = headersFault(headers);
  if (fault !== null) throw new McpFault('invalid', fault);
}

/**
 * Reports refusals of the egress rules to `fail`, because the SDK turns some errors of fetch into
 * plain text.
 */
function reportingRefusals(
  egress: Egress,
  limits: EgressLimits,
  fail: (error: Error) => void,
): FetchLike {
  return async (url, init) => {
    try {
      return await egress.fetch(url, init, { ...limits, onTooLarge: fail });
    } catch (error) {
      const refusal = EgressError.behind(error);
      if (refusal) fail(refusal);
      throw error;
    }
  };
}

/**
 * Opens no stream on which the server could speak unasked: each would keep a connection to the host
 * from other users. A stream that broke off is resumed by its last event.
 */
const withoutUnaskedStream =
  (fetch: FetchLike): FetchLike =>
  async (url, init) =>
    init?.method === 'GET' && !new Headers(init.headers).has('last-event-id')
      ? new Response(null, { status: 405 })
      : fetch(url, init);

/**
 * Creates a transport over HTTP that connects through `Egress`.
 * @param url a URL that `EgressRules` has accepted
 * @param fail called when the connection cannot continue
 * @throws McpFault
 */
export function remoteTransport(
  url: URL,
  { transport, headers }: RemoteServer,
  egress: Egress,
  limits: EgressLimits,
  fail: (error: Error) => void,
): Transport {
  checkHeaders(headers);
  // 'follow' makes the SDK leave redirects to fetch; ours has stricter rules.
  const fetch = reportingRefusals(egress, limits, fail);
  const options = {
    fetch: transport === 'sse' ? fetch : withoutUnaskedStream(fetch),
    requestInit: { headers },
    redirectPolicy: 'follow' as const,
  };
  // SSE is deprecated, but many servers still use it.
  return transport === 'sse'
    ? new SSEClientTransport(url, options)
    : new StreamableHTTPClientTransport(url, options);
}

/** Ends the session on a server that keeps sessions, and waits no longer than `timeoutMs`. */
export async function leaveSession(transport: Transport, timeoutMs: number): Promise<void> {
  if (!(transport instanceof StreamableHTTPClientTransport)) return;
  await Promise.race([
    transport.terminateSession().catch(() => {}),
    new Promise((resolve) => setTimeout(resolve, timeoutMs).unref()),
  ]);
}
