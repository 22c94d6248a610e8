import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type FetchLike, type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type Egress, EgressError, type EgressLimits } from '../../platform/egress/index.js';
import { McpFault } from './mcp-fault.js';
import { type RemoteServer } from './mcp-server.js';

/** They say how a message is framed or whom it is for, which is not the user's business. */
const CONNECTION_HEADERS =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|proxy-.*|mcp-.*)$/i;

/** What is wrong with headers, or null. */
export function headersFault(headers: Record<string, string>): string | null {
  try {
    new Headers(headers);
  } catch {
    return 'A header has a name or a value that cannot be sent.';
  }
  return Object.keys(headers).some((name) => CONNECTION_HEADERS.test(name))
    ? 'A header is one that the connection sets itself, such as Host.'
    : null;
}

/** @throws McpFault */
function checkHeaders(headers: Record<string, string>): void {
  const fault = headersFault(headers);
  if (fault !== null) throw new McpFault('invalid', fault);
}

/** The SDK makes words of some errors of fetch, so they are told here. */
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
 * MCP over HTTP through the way out.
 * @param url that the rules have let through
 * @param fail told once the conversation cannot go on
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
  // To the SDK, 'follow' means to leave redirects to fetch; ours has stricter rules than its own.
  const options = {
    fetch: reportingRefusals(egress, limits, fail),
    requestInit: { headers },
    redirectPolicy: 'follow' as const,
  };
  // SSE is deprecated, and what many servers still speak.
  return transport === 'sse'
    ? new SSEClientTransport(url, options)
    : new StreamableHTTPClientTransport(url, options);
}

/** Tells a server that keeps sessions that this one is over; it may take its time, but not ours. */
export async function leaveSession(transport: Transport, timeoutMs: number): Promise<void> {
  if (!(transport instanceof StreamableHTTPClientTransport)) return;
  await Promise.race([
    transport.terminateSession().catch(() => {}),
    new Promise((resolve) => setTimeout(resolve, timeoutMs).unref()),
  ]);
}
